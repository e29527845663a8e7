internal import JFFS2

/// Something else than JFFS2 that bytes start with, and the tool for it.
package struct Signature: Equatable, Sendable {
  /// What the tool is given, where the bytes stand at an offset.
  enum Advice: Sendable {
    /// The command, where the bytes start the file, and anywhere; `%` is the offset.
    case command(String, at: String)
    /// A program that reads from standard input.
    case unpacker(String)
    /// Text.
    case text(String)
  }

  /// What it is called.
  package let name: String
  /// Whether it is something that holds files, so that it is told before all else.
  let isFileSystem: Bool
  /// Whether it packs files or cuts them into pieces, and is not opened: nothing is looked for in it.
  let isClosed: Bool
  /// Whether it says something about the whole file, so that once is enough.
  let isOfWholeFile: Bool
  private let advice: Advice
  private let matches: @Sendable (Span<UInt8>) -> Bool

  init(
    _ name: String, _ advice: Advice, isFileSystem: Bool = false, isClosed: Bool = false,
    isOfWholeFile: Bool = false, _ matches: @escaping @Sendable (Span<UInt8>) -> Bool
  ) {
    self.name = name
    self.advice = advice
    self.isFileSystem = isFileSystem
    self.isClosed = isClosed
    self.isOfWholeFile = isOfWholeFile
    self.matches = matches
  }

  private init(
    _ name: String, _ magic: [UInt8], at offset: Int = 0, _ advice: Advice,
    isFileSystem: Bool = false, isClosed: Bool = false,
    when holds: @escaping @Sendable (Span<UInt8>) -> Bool = { _ in true }
  ) {
    self.init(name, advice, isFileSystem: isFileSystem, isClosed: isClosed) { bytes in
      bytes.has(magic, at: offset) && holds(bytes)
    }
  }

  package static func == (first: Signature, second: Signature) -> Bool { first.name == second.name }

  /// How many bytes decide.
  static let size = 2048

  /// What the bytes start with, if it is known. Two bytes of a magic number alone would be met by chance; more is asked then.
  ///
  /// - Parameter bytes: The first ``size`` bytes, or all that there are.
  static func match(_ bytes: Span<UInt8>) -> Signature? {
    for signature in all where signature.matches(bytes) { return signature }
    return nil
  }

  /// What to do with it.
  func advice(at offset: UInt64) -> String {
    switch advice {
    case .command(let atStart, let anywhere):
      offset == 0
        ? atStart : anywhere.split(separator: "%").joined(separator: String(offset))
    case .unpacker(let program):
      offset == 0 ? "\(program) < FILE" : "tail -c +\(offset + 1) FILE | \(program)"
    case .text(let text): text
    }
  }

  private static func mounted(_ type: String) -> Advice {
    .command(
      "mount -t \(type) -o loop FILE DIR", at: "mount -t \(type) -o loop,offset=% FILE DIR")
  }

  private static let all = exchanged + texts + known

  private static let known = [
    Signature(
      "squashfs", Array("hsqs".utf8),
      .command("squashfuse FILE DIR", at: "squashfuse -o offset=% FILE DIR"), isFileSystem: true),
    Signature(
      "big-endian squashfs", Array("sqsh".utf8),
      .command("unsquashfs FILE", at: "unsquashfs -o % FILE"), isFileSystem: true),
    Signature("cramfs", [0x45, 0x3D, 0xCD, 0x28], mounted("cramfs"), isFileSystem: true),
    Signature(
      "big-endian cramfs", [0x28, 0xCD, 0x3D, 0x45], .text("cramfsswap"), isFileSystem: true),
    Signature(
      "UBI", Array("UBI#".utf8),
      .command(
        "ubireader_extract_files FILE", at: "ubireader_extract_files -s % FILE"),
      isFileSystem: true),
    Signature(
      "UBIFS", [0x31, 0x18, 0x10, 0x06],
      .command("ubireader_extract_files FILE", at: "ubireader_extract_files -s % FILE"),
      isFileSystem: true),
    Signature("romfs", Array("-rom1fs-".utf8), mounted("romfs"), isFileSystem: true),
    Signature(
      "ext2/3/4", [0x53, 0xEF], at: 0x438,
      .command("fuse2fs -o ro FILE DIR", at: "fuse2fs -o ro,offset=% FILE DIR"),
      isFileSystem: true, when: { $0.isExtSuperblock }),
    Signature("a U-Boot image", [0x27, 0x05, 0x19, 0x56], .text("dumpimage -l")) { bytes in
      UImage(parsing: bytes)?.headerChecksum == .good
    },
    Signature("a device tree or FIT image", [0xD0, 0x0D, 0xFE, 0xED], .text("dumpimage -l")),
    Signature("a Linux kernel", Array("HdrS".utf8), at: 0x202, .text("no file system")),
    Signature("an ELF program", [0x7F, 0x45, 0x4C, 0x46], .text("no file system")),
    Signature("a ZIP archive", Array("PK\u{3}\u{4}".utf8), .text("unzip")),
    Signature("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .text("7z x")),
    Signature("a tar archive", Array("ustar".utf8), at: 257, .unpacker("tar x")),
    Signature("a cpio archive", Array("07070".utf8), .unpacker("cpio -i")),
    Signature("an ar archive", Array("!<arch>\n".utf8), .text("ar x")),
    Signature("gzip data", [0x1F, 0x8B, 8], .unpacker("gunzip")) { bytes in
      // No reserved flag, and the operating system is one of the list.
      bytes.count > 10 && bytes[3] & 0xE0 == 0 && (bytes[9] <= 13 || bytes[9] == 255)
        && [0, 2, 4].contains(bytes[8])
    },
    Signature("xz data", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .unpacker("unxz")),
    Signature("bzip2 data", Array("BZh".utf8), .unpacker("bunzip2")) { bytes in
      bytes.has([0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4)
    },
    Signature("zstd data", [0x28, 0xB5, 0x2F, 0xFD], .unpacker("unzstd")),
    Signature("LZ4 data", [0x04, 0x22, 0x4D, 0x18], .unpacker("unlz4")),
    Signature(
      "LZO data", [0x89, 0x4C, 0x5A, 0x4F, 0, 0x0D, 0x0A], .unpacker("lzop -d"), isClosed: true),
    Signature("lzip data", Array("LZIP".utf8), .unpacker("lzip -d"), isClosed: true),
    Signature("lrzip data", Array("LRZI".utf8), .text("lrunzip"), isClosed: true),
    Signature("a RAR archive", Array("Rar!\u{1A}\u{7}".utf8), .text("unrar x"), isClosed: true),
    Signature("a CAB archive", Array("MSCF\0\0\0\0".utf8), .text("cabextract"), isClosed: true),
    Signature(
      "a QEMU disk image", [0x51, 0x46, 0x49, 0xFB],
      .text("qemu-img convert -O raw FILE RAW"), isClosed: true),
    Signature(
      "an Android sparse image", [0x3A, 0xFF, 0x26, 0xED], .text("simg2img FILE RAW"),
      isClosed: true),
    Signature("a PDF document", Array("%PDF-".utf8), .text("no firmware")),
    Signature("a web page", .text("no firmware; download the file again")) { $0.isWebPage },
    Signature("LZMA data", [0x5D, 0, 0], .unpacker("unlzma")) {
      $0.isLZMAHeader
    },
  ]
}

extension Span<UInt8> {
  fileprivate func has(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard offset + bytes.count <= count else { return false }
    for (index, byte) in bytes.enumerated() where self[offset + index] != byte { return false }
    return true
  }

  private func little(at offset: Int, _ size: Int) -> UInt64 {
    (0..<size).reversed().reduce(0) { $0 << 8 | UInt64(self[offset + $1]) }
  }

  /// Whether HTML starts here, behind white space.
  fileprivate var isWebPage: Bool {
    let start = indices.prefix(256).map { self[$0] }.drop { $0 <= 0x20 }.prefix(14)
    let text = String(decoding: start, as: UTF8.self).lowercased()
    return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
  }

  /// Inodes, blocks, a block size of at most 64 KiB and a revision that exists.
  fileprivate var isExtSuperblock: Bool {
    count >= 0x450 && little(at: 0x400, 4) > 0 && little(at: 0x404, 4) > 0
      && little(at: 0x418, 4) <= 6 && little(at: 0x44C, 4) <= 1
  }

  /// A dictionary whose size is a power of two, and a size that is unknown or below 4 GiB.
  fileprivate var isLZMAHeader: Bool {
    guard count >= 13 else { return false }
    let (dictionary, size) = (little(at: 1, 4), little(at: 5, 8))
    return dictionary >= 1 << 12 && dictionary.nonzeroBitCount == 1
      && (size == .max || (size > 0 && size < 1 << 32))
  }
}
