internal import Synchronization

/// The maximum number of content bytes that a command writes, so that a small image cannot fill a disk.
///
/// A node of the driver decompresses to 4 KiB at most, and so to less than 64 times its size; one that was made for it to thousands of times.
package final class ContentLimit: Sendable {
  private static let perImageByte: UInt64 = 64

  /// The bytes in total.
  let byteCount: UInt64
  private let left: Atomic<UInt64>

  /// - Parameter least: The minimum limit, for small images.
  init(imageByteCount: UInt64, least: UInt64) {
    let (product, overflow) = imageByteCount.multipliedReportingOverflow(by: Self.perImageByte)
    byteCount = max(least, overflow ? .max : product)
    left = Atomic(byteCount)
  }

  /// Takes note of bytes that are to be written, on any thread.
  ///
  /// - Returns: Whether they may be. Once they may not, no more may.
  func take(_ count: UInt64) -> Bool {
    var known = left.load(ordering: .relaxed)
    while true {
      let rest = known >= count ? known - count : 0
      let (isDone, found) = left.compareExchange(
        expected: known, desired: rest, ordering: .relaxed)
      if isDone { return known >= count }
      known = found
    }
  }

  /// Why something was not written.
  var reason: String {
    "unpacks to more than the \(byteCount) bytes allowed; if you trust the file: --max-unpacked SIZE"
  }
}
