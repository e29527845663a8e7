package import Storage

/// A format of libarchive's that a file starts as.
package enum ContainerFormat: String, Equatable, Sendable {
  case zip = "ZIP"
  case sevenZip = "7z"
  case tar, cpio, gzip, bzip2, xz, zstd, lz4, lzma
  case compress = "compress (.Z)"

  /// Whether members follow each other without a directory, so that passing one by means reading it.
  var isSequential: Bool { self != .zip }

  /// Whether it is one stream, which may have an archive in it.
  var isCompression: Bool {
    switch self {
    case .zip, .sevenZip, .tar, .cpio: false
    default: true
    }
  }

  private static let magics: [(format: ContainerFormat, offset: Int, bytes: [UInt8])] = [
    (.zip, 0, Array("PK\u{3}\u{4}".utf8)), (.zip, 0, Array("PK\u{5}\u{6}".utf8)),
    (.zip, 0, Array("PK00PK\u{3}\u{4}".utf8)),
    (.sevenZip, 0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    (.gzip, 0, [0x1F, 0x8B, 8]), (.bzip2, 0, Array("BZh".utf8)),
    (.xz, 0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), (.zstd, 0, [0x28, 0xB5, 0x2F, 0xFD]),
    (.lz4, 0, [0x04, 0x22, 0x4D, 0x18]), (.lz4, 0, [0x02, 0x21, 0x4C, 0x18]),
    (.compress, 0, [0x1F, 0x9D]), (.tar, 257, Array("ustar".utf8)),
    (.cpio, 0, Array("070701".utf8)), (.cpio, 0, Array("070702".utf8)),
    (.cpio, 0, Array("070707".utf8)), (.cpio, 0, [0xC7, 0x71]), (.cpio, 0, [0x71, 0xC7]),
  ]

  /// The format at the start of the range, or nil if it is none of these.
  ///
  /// libarchive's search is wider (for instance, it also starts from a file's end), and would treat a flash as an archive that is
  /// in it.
  package static func detect(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> ContainerFormat? {
    let start = try image.bytes(at: range.lowerBound, count: 512, within: range)
    let match = magics.first { magic in
      start.count >= magic.offset + magic.bytes.count
        && start[magic.offset...].starts(with: magic.bytes)
    }
    if let match { return match.format }
    return isLZMA(start) ? .lzma : isOldTar(start) ? .tar : nil
  }

  /// The classic header of LZMA has no magic number; encoders use few values of its fields.
  private static func isLZMA(_ start: [UInt8]) -> Bool {
    guard start.count > 13, start[0] < 9 * 5 * 5 else { return false }
    let dictionary = start[1..<5].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let size = start[5..<13].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // One bit, or two neighbors.
    let isUsual =
      dictionary >= 4096
      && (dictionary.nonzeroBitCount == 1
        || dictionary == 3 << UInt32(dictionary.trailingZeroBitCount))
    // Data begin with a byte of zero that the range decoder drops.
    return isUsual && (size == .max || size > 0 && size < 1 << 40) && start[13] == 0
  }

  /// The tar of Unix version 7 has no magic number either, but a checksum.
  private static func isOldTar(_ start: [UInt8]) -> Bool {
    guard start.count == 512, start[0] != 0 else { return false }
    let digits = start[148..<156].drop { $0 == 0x20 }.prefix { 0x30...0x37 ~= $0 }
    guard !digits.isEmpty else { return false }
    let stored = digits.reduce(0) { $0 << 3 | Int($1 & 7) }
    let computed = start.enumerated().reduce(0) { sum, byte in
      sum + (148..<156 ~= byte.offset ? 0x20 : Int(byte.element))
    }
    return stored == computed
  }
}

extension FlashImage {
  /// The bytes from an offset on, fewer where the range ends earlier.
  func bytes(
    at offset: UInt64, count: Int, within range: Range<UInt64>
  ) throws(StorageError) -> [UInt8] {
    guard range.contains(offset) else { return [] }
    var bytes = [UInt8](
      repeating: 0, count: Int(min(UInt64(count), range.upperBound - offset)))
    var span = bytes.mutableSpan
    try read(at: offset, into: &span)
    return bytes
  }
}

extension [UInt8] {
  func bigEndian32(at offset: Int) -> UInt32 {
    self[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
}
