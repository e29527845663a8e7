import Glibc

/// Standard output and error, written at once: nothing stays in a buffer that a fork would double.
package enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// - Returns: Whether all was written; otherwise `errno` says why not.
  @discardableResult
  package func write(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(rawValue, $0.baseAddress, $0.count)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return false }
      rest.removeFirst(written)
    }
    return true
  }
}
