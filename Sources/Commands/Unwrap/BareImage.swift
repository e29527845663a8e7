internal import Firmware
internal import JFFS2

/// `jffs2 unwrap`: the bytes of a file system alone, without containers, spare areas and neighbors.
package struct BareImage {
  private let fileSystem: OpenedFirmware.FileSystem
  private let paddedSize: UInt64

  /// - Parameter padding: Erased flash, 0xFF, is put after the image up to a multiple of this many bytes; 0 stands for the erase
  ///   size, nil for none.
  /// - Throws: ``CommandFailure`` with `.usage` for an image of more than 2^63 bytes.
  package init(
    _ fileSystem: OpenedFirmware.FileSystem, padding: UInt64?
  ) throws(CommandFailure) {
    self.fileSystem = fileSystem
    let length = UInt64(fileSystem.partition.range.length)
    guard let padding else {
      paddedSize = length
      return
    }
    let unit = padding == 0 ? UInt64(fileSystem.volume.eraseSize.byteCount) : padding
    let blockCount = (length + unit - 1) / unit
    let (size, overflow) = blockCount.multipliedReportingOverflow(by: unit)
    guard !overflow, size <= UInt64(Int64.max) else {
      throw CommandFailure("--pad: larger than any file can be", .usage)
    }
    paddedSize = size
  }

  /// Writes all of it.
  package func write(to output: ByteOutput) throws(CommandFailure) {
    let range = fileSystem.partition.range
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var offset: UInt32 = 0
    while offset < range.length {
      let count = Int(min(UInt32(buffer.count), range.length - offset))
      do throws(JFFS2Error) {
        var span = buffer.mutableSpan
        var part = span._mutatingExtracting(0..<count)
        try range.read(at: offset, into: &part)
      } catch {
        throw CommandFailure("\(error)", .unreadable)
      }
      try output.write(buffer[..<count])
      offset += UInt32(count)
    }
    for index in buffer.indices { buffer[index] = 0xFF }
    var written = UInt64(range.length)
    while written < paddedSize {
      let count = Int(min(UInt64(buffer.count), paddedSize - written))
      try output.write(buffer[..<count])
      written += UInt64(count)
    }
    try output.flush()
  }
}
