internal import Firmware
package import FirmwareAccess
internal import JFFS2
internal import Synchronization

/// The maximum number of content bytes that a command writes, so that a small image cannot fill a disk.
///
/// A node written by the driver decompresses to at most 4 KiB, less than 64 times its size; a malicious one to thousands of times its size.
package final class OutputLimit: Sendable {
  private static let perImageByte: UInt64 = 64

  /// The bytes in total.
  let byteCount: UInt64
  private let left: Atomic<UInt64>

  /// The limit for what is in a firmware: at least what may be unpacked from it.
  package convenience init(_ firmware: FirmwareImage) {
    self.init(
      imageByteCount: firmware.fileSystems.reduce(0) { $0 + UInt64($1.partition.range.length) },
      least: firmware.maxUnpacked)
  }

  /// - Parameter least: The number of bytes that may be written for any image, including very small ones.
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
