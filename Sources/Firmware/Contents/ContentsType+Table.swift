internal import JFFS2
internal import Storage

extension ContentsType {
  /// Every type that is known by how it starts, in the order in which they are looked for.
  static let all = reversed + texts + fileSystems + programs + compressed + archives + others

  private static let ubiReader = Hint.command(
    "ubireader_extract_files FILE", at: "ubireader_extract_files -s % FILE")

  private static let fileSystems = [
    ContentsType(
      "squashfs", .command("squashfuse FILE DIR", at: "squashfuse -o offset=% FILE DIR"),
      fileExtension: "squashfs", isFileSystem: true, detect: { Detected(squashFS: $0, .current) }),
    ContentsType(
      "old or big-endian squashfs", .command("unsquashfs FILE", at: "unsquashfs -o % FILE"),
      fileExtension: "squashfs", isFileSystem: true, detect: { Detected(squashFS: $0, .older) }),
    ContentsType(
      "squashfs with a vendor's magic number",
      .command("sasquatch FILE", at: "dd bs=1 skip=% if=FILE of=PART; sasquatch PART"),
      fileExtension: "squashfs", isFileSystem: true, detect: { Detected(squashFS: $0, .vendors) }),
    ContentsType(
      "cramfs", .mount("cramfs"), fileExtension: "cramfs", isFileSystem: true,
      detect: { Detected(cramFS: $0) }),
    ContentsType(
      "UBI", ubiReader, fileExtension: "ubi", isFileSystem: true,
      detect: { source throws(StorageError) in try Detected(ubi: source) }),
    ContentsType(
      "UBIFS", ubiReader, fileExtension: "ubifs", isFileSystem: true,
      detect: { source throws(StorageError) in try Detected(ubiFS: source) }),
    ContentsType(
      "romfs", .mount("romfs"), fileExtension: "romfs", isFileSystem: true,
      detect: { Detected(romFS: $0) }),
    ContentsType(
      "ext2/3/4", .command("fuse2fs -o ro FILE DIR", at: "fuse2fs -o ro,offset=% FILE DIR"),
      fileExtension: "ext", isFileSystem: true, detect: { Detected(ext: $0) }),
    ContentsType(
      "FAT", .mount("vfat"), fileExtension: "fat", isFileSystem: true,
      detect: { Detected(fat: $0) }),
  ]

  private static let programs = [
    ContentsType(
      "a U-Boot image", .none, fileExtension: "uimage", detect: { Detected(uImage: $0) }),
    ContentsType(
      "a U-Boot environment", .none, fileExtension: "env",
      detect: { source throws(StorageError) in try Detected(environment: source) }),
    ContentsType(
      "a device tree or FIT image", .text("dumpimage -l FILE"), fileExtension: "dtb",
      detect: { source throws(StorageError) in try Detected(deviceTree: source) }),
    ContentsType("a Linux kernel", .none, detect: { Detected(kernel: $0) }),
    ContentsType("an ELF program", .none, fileExtension: "elf", detect: { Detected(elf: $0) }),
  ]

  private static let compressed = [
    ContentsType(
      "gzip data", .unpacker("gunzip"), fileExtension: "gz", detect: { Detected(gzip: $0) }),
    ContentsType("xz data", .unpacker("unxz"), fileExtension: "xz", detect: { Detected(xz: $0) }),
    ContentsType(
      "bzip2 data", .unpacker("bunzip2"), magic: Array("BZh".utf8), fileExtension: "bz2"
    ) { $0.count > 10 && $0[4..<10].elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) },
    ContentsType(
      "zstd data", .unpacker("unzstd"), magic: [0x28, 0xB5, 0x2F, 0xFD], fileExtension: "zst"
    ) { $0.count > 8 && $0[4] & 8 == 0 },
    ContentsType(
      "LZ4 data", .unpacker("unlz4"), fileExtension: "lz4", detect: { Detected(lz4: $0) }),
    ContentsType(
      "LZO data", .unpacker("lzop -d"), magic: [0x89, 0x4C, 0x5A, 0x4F, 0, 0x0D, 0x0A],
      fileExtension: "lzo", isOpaque: true),
    ContentsType(
      "lzip data", .unpacker("lzip -d"), magic: Array("LZIP".utf8), fileExtension: "lz",
      isOpaque: true
    ) { $0.count > 6 && $0[4] <= 1 && 12...29 ~= $0[5] & 0x1F },
    ContentsType(
      "lrzip data", .text("lrunzip"), magic: Array("LRZI".utf8), fileExtension: "lrz",
      isOpaque: true
    ) { $0.count > 6 && $0[4] == 0 },
    ContentsType(
      "LZMA data", .unpacker("unlzma"), fileExtension: "lzma", detect: { Detected(lzma: $0) }),
  ]

  private static let archives = [
    ContentsType(
      "a ZIP archive", .text("unzip FILE"), magic: Array("PK\u{3}\u{4}".utf8), fileExtension: "zip"
    ) { $0.count >= 30 && $0.little(at: 4, 2) & 0xFF <= 63 && $0.little(at: 8, 2) <= 99 },
    ContentsType(
      "a 7z archive", .text("7z x FILE"), fileExtension: "7z", detect: { Detected(sevenZip: $0) }),
    ContentsType(
      "a tar archive", .unpacker("tar x"), fileExtension: "tar", detect: { Detected(tar: $0) }),
    ContentsType(
      "a cpio archive", .unpacker("cpio -i"), fileExtension: "cpio", detect: { Detected(cpio: $0) }),
    ContentsType(
      "an ar archive", .text("ar x FILE"), magic: Array("!<arch>\n".utf8), fileExtension: "a"),
    ContentsType(
      "a RAR archive", .text("unrar x FILE"), magic: Array("Rar!\u{1A}\u{7}".utf8),
      fileExtension: "rar", isOpaque: true),
    ContentsType(
      "a CAB archive", .text("cabextract FILE"), magic: Array("MSCF\0\0\0\0".utf8),
      fileExtension: "cab", isOpaque: true),
  ]

  private static let others = [
    ContentsType(
      "a QEMU disk image", .text("qemu-img convert -O raw FILE RAW"),
      magic: [0x51, 0x46, 0x49, 0xFB],
      fileExtension: "qcow2", isOpaque: true
    ) { 1...3 ~= $0.big(at: 4, 4) },
    ContentsType(
      "an Android sparse image", .text("simg2img FILE RAW"), magic: [0x3A, 0xFF, 0x26, 0xED],
      fileExtension: "simg", isOpaque: true
    ) { $0.little(at: 4, 2) == 1 && $0.little(at: 8, 2) >= 28 },
    ContentsType(
      "a Git LFS pointer", .text("the file itself is elsewhere: git lfs pull"),
      fileExtension: "txt", isOpaque: true, detect: { Detected(gitLFS: $0) }),
    ContentsType(
      "a PDF document", .text("not firmware"), magic: Array("%PDF-".utf8), fileExtension: "pdf"),
    ContentsType(
      "a web page", .text("not firmware; download the file again"), fileExtension: "html"
    ) { $0.isWebPage },
  ]
}

extension [UInt8] {
  /// Whether HTML starts here, after white space.
  fileprivate var isWebPage: Bool {
    let start = prefix(256).drop { $0 <= 0x20 }.prefix(14)
    let text = String(decoding: start, as: UTF8.self).lowercased()
    return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
  }
}
