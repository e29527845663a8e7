import Glibc

/// A fault that a sanitizer must find, as a check of the sanitized run.
enum Fault: String {
  case address, thread

  /// Does it, in the process that reads the firmware.
  func commit() {
    switch self {
    case .address:
      let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
      bytes.initialize(repeating: 1, count: 16)
      bytes.deallocate()
      if bytes[0] > 1 { abort() }
    case .thread:
      var threads = [pthread_t](repeating: pthread_t(), count: 2)
      for index in threads.indices {
        pthread_create(&threads[index], nil, { _ in Counter.shared.count() }, nil)
      }
      for thread in threads { pthread_join(thread, nil) }
    }
  }
}

/// Not protected by anything, which is the point.
private final class Counter: @unchecked Sendable {
  static let shared = Counter()
  private var value = 0

  /// Counts for longer than starting a thread takes: the two must count at the same time.
  func count() -> UnsafeMutableRawPointer? {
    for _ in 0..<1000 {
      value += 1
      usleep(100)
    }
    return nil
  }
}
