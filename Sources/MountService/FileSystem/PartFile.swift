internal import Firmware
internal import FirmwareAccess
internal import JFFS2
internal import Storage
internal import SystemPackage

/// A part of the flash without JFFS2 as a file of the mount, read from the firmware.
struct PartFile: Sendable {
  private let image: FlashImage
  private let range: Range<UInt64>

  init(_ image: FlashImage, _ range: Range<UInt64>) {
    (self.image, self.range) = (image, range)
  }

  var byteCount: UInt64 { range.upperBound - range.lowerBound }

  /// Fills the buffer with the bytes from `offset` on.
  ///
  /// - Returns: The bytes filled; fewer than the buffer holds only at the end.
  func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(Errno) -> Int {
    guard offset < byteCount else { return 0 }
    let count = Int(min(UInt64(buffer.count), byteCount - offset))
    var part = buffer._mutatingExtracting(0..<count)
    do throws(StorageError) {
      try image.read(at: range.lowerBound + offset, into: &part)
    } catch {
      throw JFFS2Error.storage(error).errno
    }
    return count
  }
}

extension FirmwareImage {
  /// The parts of the firmware that are not JFFS2, with their names.
  func partFiles() throws(ProgramError) -> [(name: String, file: PartFile)] {
    let parts = try parts()
    return parts.files.filter { $0.part.contents != nil }.map { name, part in
      (name, PartFile(parts.area.image, part.range))
    }
  }
}
