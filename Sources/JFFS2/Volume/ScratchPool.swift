internal import Synchronization

/// The reusable resources of a reader: a decompressor and a buffer.
///
/// `@unchecked Sendable` is sound because ``ScratchPool`` hands each out to one reader at a time, under a lock.
final class Scratch: @unchecked Sendable {
  var decompressor = Decompressor()
  private var buffer: [UInt8] = []

  /// A buffer of at least `count` bytes with any contents, to be given back; a second one at a time is a new one.
  func borrowBuffer(_ count: Int) -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &buffer)
    return taken.count >= count ? taken : [UInt8](repeating: 0, count: count)
  }

  /// Keeps the larger of two buffers for the next time.
  func returnBuffer(_ given: [UInt8]) {
    if given.count > buffer.count { buffer = given }
  }
}

/// The scratch of readers that are not reading now.
final class ScratchPool: Sendable {
  private static let capacity = 16

  private let idle = Mutex<[Scratch]>([])

  /// An unused one.
  func borrow() -> Scratch {
    idle.withLock { $0.popLast() } ?? Scratch()
  }

  /// Ends the use of one.
  func giveBack(_ scratch: Scratch) {
    idle.withLock { if $0.count < Self.capacity { $0.append(scratch) } }
  }
}
