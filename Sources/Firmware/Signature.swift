internal import Storage

/// Something else than JFFS2 that a file starts with, and the tool for it.
package struct Signature: Equatable, Sendable {
  /// What it is called.
  package let name: String
  /// What to do with it.
  package let advice: String
  private let offset: Int
  private let bytes: [UInt8]

  private init(_ name: String, _ bytes: [UInt8], at offset: Int = 0, _ advice: String) {
    self.name = name
    self.offset = offset
    self.bytes = bytes
    self.advice = advice
  }

  private static let all = [
    Signature("squashfs", Array("hsqs".utf8), "use squashfuse"),
    Signature("squashfs (big-endian)", Array("sqsh".utf8), "use unsquashfs"),
    Signature("cramfs", [0x45, 0x3D, 0xCD, 0x28], "use cramfsck or fusecram"),
    Signature("UBI", Array("UBI#".utf8), "use ubireader_extract_files"),
    Signature("UBIFS", [0x31, 0x18, 0x10, 0x06], "use ubireader_extract_files"),
    Signature("romfs", Array("-rom1fs-".utf8), "mount it with -t romfs"),
    Signature("an ext file system", [0x53, 0xEF], at: 0x438, "use fuse2fs"),
    Signature("an ELF program", [0x7F, 0x45, 0x4C, 0x46], "it is no file system"),
    Signature("a device tree or FIT image", [0xD0, 0x0D, 0xFE, 0xED], "use dumpimage"),
    Signature("a ZIP archive", Array("PK\u{3}\u{4}".utf8), "unpack it first: unzip"),
    Signature("gzip data", [0x1F, 0x8B], "unpack them first: gunzip"),
    Signature("xz data", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "unpack them first: unxz"),
    Signature("bzip2 data", Array("BZh".utf8), "unpack them first: bunzip2"),
    Signature("zstd data", [0x28, 0xB5, 0x2F, 0xFD], "unpack them first: unzstd"),
    Signature("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "unpack it first: 7z x"),
    Signature("a tar archive", Array("ustar".utf8), at: 257, "unpack it first: tar x"),
  ]

  /// A FIT image that was looked into.
  static let emptyFIT = Signature("a FIT image without one", [], "list it with dumpimage -l")

  /// What the range of an image starts with, if it is known.
  static func find(_ image: FlashImage, _ range: Range<UInt64>) throws(StorageError) -> Signature? {
    let count = min(2048, Int(range.upperBound - range.lowerBound))
    var start = [UInt8](repeating: 0, count: count)
    var span = start.mutableSpan
    try image.read(at: range.lowerBound, into: &span)
    return all.first { signature in
      signature.offset + signature.bytes.count <= count
        && start[signature.offset...].starts(with: signature.bytes)
    }
  }
}

extension Signature: CustomStringConvertible {
  package var description: String { "\(name): \(advice)" }
}
