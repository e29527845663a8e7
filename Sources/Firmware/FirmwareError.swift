package import JFFS2
package import Storage

/// Why no file system was found in a firmware.
package enum FirmwareError: Error, Equatable {
  /// The bytes could not be read.
  case storage(StorageError)
  /// The file is empty.
  case empty
  /// `offset` or `length` points outside of the file.
  case outOfRange(byteCount: UInt64)
  /// A U-Boot image whose header CRC is wrong.
  case wrongHeaderCRC
  /// All bytes are 0xFF: flash that nothing was written to.
  case blank
  /// No JFFS2, with what was seen instead, as far as it is known.
  case noFileSystem(seen: [Sighting])
  /// A U-Boot image whose data hold no JFFS2 and are compressed by their label.
  case compressed(UImage.Compression)
  /// JFFS2 was found, but cannot be served.
  case volume(JFFS2Error)
}

extension FirmwareError: CustomStringConvertible {
  /// What is wrong and the way out, without the file's name.
  package var description: String {
    switch self {
    case .storage(let error): "\(error)"
    case .empty: "the file is empty"
    case .outOfRange(let count): "offset or length is outside of the file's \(count) bytes"
    case .wrongHeaderCRC:
      "a U-Boot image with a wrong header CRC; to read what follows the header: -o offset=64"
    case .blank: "blank flash, all bytes are 0xff"
    case .noFileSystem(let seen) where seen.isEmpty:
      "no JFFS2 file system found; if it lies at a known place: -o offset=BYTES"
    case .noFileSystem(let seen):
      "no JFFS2 file system found, but " + seen.map(\.description).joined(separator: "; ")
    case .compressed(let compression):
      "a U-Boot image whose data are compressed (\(compression.name)) and hold no JFFS2 as they "
        + "are; unpack them first"
    case .volume(let error): "\(error)"
    }
  }
}
