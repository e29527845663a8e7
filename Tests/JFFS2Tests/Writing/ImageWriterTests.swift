import JFFS2
import Storage
import TestSupport
import Testing

/// Contents in memory, by the numbers of files.
private struct MemoryContents: FileContentsSource {
  let files: [UInt32: [UInt8]]

  func read(
    _ file: UInt32, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(JFFS2Error) {
    let bytes = files[file] ?? []
    for index in buffer.indices { buffer[index] = bytes[Int(offset) + index] }
  }
}

/// A tree of all kinds of files, with their contents.
private struct Sample {
  var tree = FileTree()
  var contents: [UInt32: [UInt8]] = [:]

  init(seed: UInt64 = 1) {
    var random = SeededGenerator(seed: seed)
    let etc = add("etc", .directory, 0o750)
    add("empty", .regular, 0o600, in: etc)
    add("text", .regular, 0o644, in: etc, (0..<30_000).map { UInt8(97 + $0 * $0 % 7) })
    let noise = (0..<50_001).map { _ in UInt8.random(in: 0...255, using: &random) }
    add("noise", .regular, 0o644, in: etc, noise)
    let holes = [UInt8](repeating: 0, count: 40_000) + [1] + [UInt8](repeating: 0, count: 9_000)
    add("holes", .regular, 0o4755, in: etc, holes)
    for number in 0..<40 {
      add("small\(number)", .regular, 0o644, in: etc, Array("value \(number)\n".utf8))
    }
    let link = add("link", .symbolicLink, 0o777)
    tree.setTarget(Array("etc/text".utf8), of: link)
    let device = add("ttyS1", .characterDevice, 0o620)
    tree.files[Int(device)].device = DeviceNumber(major: 4, minor: 65)
    let large = add("large", .blockDevice, 0o660)
    tree.files[Int(large)].device = DeviceNumber(major: 300, minor: 70000)
    add("fifo", .fifo, 0o600)
    add("socket", .socket, 0o600)
    let twice = add("first", .regular, 0o644, in: 0, Array("both".utf8))
    tree.addEntry(Array("second".utf8), in: etc, file: twice)
    tree.addEntry([0xFF, 0x20, 0x01], in: etc, file: twice)
    tree.setAttributes(
      [
        FileTree.Attribute(namespace: .user, name: Array("key".utf8), value: Array("value".utf8)),
        FileTree.Attribute(namespace: .security, name: Array("capability".utf8), value: []),
        FileTree.Attribute(namespace: .accessACL, name: [], value: Self.list),
      ], of: twice)
    tree.setAttributes(
      [FileTree.Attribute(namespace: .user, name: Array("key".utf8), value: Array("value".utf8))],
      of: etc)
    tree.sort()
  }

  /// An access control list as getxattr gives it.
  static let list: [UInt8] =
    [2, 0, 0, 0] + [1, 0, 6, 0, 255, 255, 255, 255] + [2, 0, 7, 0, 0xE8, 3, 0, 0]
    + [4, 0, 4, 0, 255, 255, 255, 255] + [0x10, 0, 7, 0, 255, 255, 255, 255]
    + [0x20, 0, 4, 0, 255, 255, 255, 255]

  @discardableResult
  mutating func add(
    _ name: String, _ type: FileType, _ permissions: UInt16, in parent: UInt32 = 0,
    _ bytes: [UInt8] = []
  ) -> UInt32 {
    var file = FileTree.File(mode: type.rawValue | permissions)
    let number = UInt32(tree.files.count)
    (file.uid, file.gid) = (UInt16(number), 65535)
    (file.accessTime, file.modificationTime) = (1000 + number, 2000 + number)
    file.changeTime = type == .directory ? file.modificationTime : 3000 + number
    file.size = UInt32(bytes.count)
    let added = tree.add(file)
    contents[added] = bytes
    tree.addEntry(Array(name.utf8), in: parent, file: added)
    return added
  }

  func image(_ format: ImageFormat) throws -> [UInt8] {
    var writer = ImageWriter(tree, format, MemoryContents(files: contents))
    var image: [UInt8] = []
    let count = try writer.write { bytes throws(JFFS2Error) in
      for index in bytes.indices { image.append(bytes[index]) }
    }
    #expect(count == UInt64(image.count))
    return image
  }

  /// Compares a volume with the tree.
  func expect(_ volume: Volume) throws {
    #expect(volume.integrityFindings.isEmpty)
    #expect(volume.nameCount == tree.entries.count)
    var inos: [UInt32: UInt32] = [0: Volume.rootIno]
    for number in tree.writingOrder {
      let entry = tree.entries[Int(number)]
      let parent = try #require(inos[entry.parent])
      let ino = try #require(try volume.lookup(tree.name(entry).span, in: parent))
      #expect(inos[entry.file] == nil || inos[entry.file] == ino)
      inos[entry.file] = ino
      try expect(volume, ino, tree.files[Int(entry.file)], entry.file)
    }
  }

  private func expect(
    _ volume: Volume, _ ino: UInt32, _ file: FileTree.File, _ number: UInt32
  ) throws {
    let found = try volume.attributes(of: ino)
    #expect(found.mode == file.mode && found.uid == file.uid && found.gid == file.gid)
    #expect(found.accessTime == file.accessTime && found.changeTime == file.changeTime)
    #expect(found.modificationTime == file.modificationTime)
    #expect(found.size == UInt64(file.size))
    #expect(found.device == file.device)
    if file.type == .regular { #expect(try volume.contents(of: ino) == contents[number]) }
    if file.type == .symbolicLink {
      #expect(try volume.target(ofSymbolicLink: ino) == tree.target(of: number))
    }
    let attributes = tree.attributes[number] ?? []
    #expect(try volume.xattrs(of: ino).count == attributes.count)
    for attribute in attributes {
      #expect(try volume.xattr(attribute.fullName.span, of: ino) == attribute.value)
    }
  }
}

private func volume(_ image: [UInt8], _ format: ImageFormat) throws -> Volume {
  let flash = try FlashImage(bytes: image)
  return try Volume(
    scanning: FlashRange(flash, 0..<flash.byteCount), Volume.Options(eraseSize: format.eraseSize))
}

struct `Writing an image` {
  private static let formats: [ImageFormat] = [
    ImageFormat(),
    ImageFormat(dialect: Dialect(.big), eraseSize: 8 << 10, compressions: [.lzo]),
    ImageFormat(dialect: Dialect(.little, magic: Dialect.legacyMagic), compressions: [.rtime]),
    ImageFormat(dialect: Dialect(.big, magic: Dialect.legacyMagic), compressions: []),
    ImageFormat(eraseSize: 16 << 10, cleanmarkerLength: nil, hasSummaries: true),
    ImageFormat(
      dialect: Dialect(.big), eraseSize: 128 << 10, cleanmarkerLength: 20, hasSummaries: true,
      pageSize: 16 << 10, compressions: [.zlib, .rtime, .lzo], padding: .toSize(512 << 10)),
    ImageFormat(eraseSize: 12288, compressions: [.lzma], padding: .toBlock),
  ]

  @Test(arguments: formats.indices)
  func `the reader finds every file as it was given`(index: Int) throws {
    let format = Self.formats[index]
    let sample = Sample()
    let volume = try volume(sample.image(format), format)
    #expect(volume.dialect == format.dialect)
    try sample.expect(volume)
  }

  @Test(arguments: formats.indices)
  func `no node crosses an erase block, and no data a page`(index: Int) throws {
    let format = Self.formats[index]
    let volume = try volume(Sample().image(format), format)
    var visitor = Nodes(format: format)
    try volume.scanner.scan(&visitor)
    #expect(visitor.count > 50)
    #expect(visitor.crossing == 0)
    #expect(visitor.dirt == 0)
  }

  @Test func `the same tree gives the same bytes`() throws {
    let format = ImageFormat(eraseSize: 8 << 10, compressions: [.zlib, .rtime, .lzo])
    let first = try Sample().image(format)
    for _ in 0..<3 { #expect(try Sample().image(format) == first) }
  }

  @Test func `padding reaches the size, and larger images the end of their block`() throws {
    let sample = Sample()
    let plain = try sample.image(ImageFormat())
    #expect(!plain.count.isMultiple(of: 64 << 10))
    let padded = try sample.image(ImageFormat(padding: .toSize(1 << 20)))
    #expect(padded.count == 1 << 20)
    #expect(padded[..<plain.count] == plain[...])
    // Each erased block has its cleanmarker.
    #expect(padded[(960 << 10)..<(960 << 10) + 4] == [0x85, 0x19, 0x03, 0x20])
    #expect(padded[((960 << 10) + 12)...].allSatisfy { $0 == 0xFF })
    for count in [plain.count, plain.count + 1, plain.count + 0x10000] {
      let image = try sample.image(ImageFormat(padding: .toSize(UInt64(count))))
      #expect(image.count == count && image[..<plain.count] == plain[...])
    }
    let blocks = (plain.count + 0xFFFF) / 0x10000
    #expect(try sample.image(ImageFormat(padding: .toSize(1))).count == blocks * 0x10000)
  }

  @Test func `without cleanmarkers, as on NAND, a padding node fills the last page`() throws {
    var sample = Sample()
    for size in stride(from: 1, through: 4000, by: 500) {
      sample.add("file\(size)", .regular, 0o644, in: 0, [UInt8](repeating: 1, count: size))
      sample.tree.sort()
      let image = try sample.image(ImageFormat(cleanmarkerLength: nil))
      #expect(image.count.isMultiple(of: 4096))
      var types = NodeTypes()
      try volume(image, ImageFormat()).scanner.scan(&types)
      #expect(types.end == image.count)
    }
  }

  @Test func `names after a node of the root do not begin like those of mkfs.jffs2`() throws {
    var sample = Sample()
    sample.tree.files[0].uid = 7
    var types = NodeTypes()
    try volume(sample.image(ImageFormat()), ImageFormat()).scanner.scan(&types)
    #expect(types.firstNameVersion == 1)
  }

  @Test func `a root like that of mkfs.jffs2 has no node`() throws {
    let empty = try volume(Sample().image(ImageFormat()), ImageFormat())
    #expect(empty.nodes(of: Volume.rootIno).isEmpty)
    var sample = Sample()
    sample.tree.files[0].uid = 7
    let changed = try volume(sample.image(ImageFormat()), ImageFormat())
    #expect(try changed.attributes(of: Volume.rootIno).uid == 7)
  }

  @Test func `a directory keeps a separate change time`() throws {
    var sample = Sample()
    sample.tree.files[1].changeTime = 77
    let volume = try volume(sample.image(ImageFormat()), ImageFormat())
    try sample.expect(volume)
  }

  @Test func `zeros are one node without data`() throws {
    var sample = Sample()
    sample.add("zeros", .regular, 0o644, in: 0, [UInt8](repeating: 0, count: 1 << 20))
    sample.tree.sort()
    let volume = try volume(sample.image(ImageFormat()), ImageFormat())
    let ino = try #require(try volume.ino("zeros"))
    #expect(volume.nodes(of: ino).count == 1)
    try sample.expect(volume)
  }
}

extension `Writing an image` {
  @Test(arguments: ImageFormat.writableCompressions)
  func `what a compressor made comes back`(compression: Compression) throws {
    var random = announcedGenerator()
    var sample = Sample()
    for number in 0..<10 {
      sample.add("random\(number)", .regular, 0o644, in: 0, random.bytes(100_000 + number))
    }
    sample.tree.sort()
    let format = ImageFormat(
      eraseSize: 256 << 10, pageSize: 64 << 10, compressions: [compression])
    let written = try volume(sample.image(format), format)
    try sample.expect(written)
    let ino = try #require(try written.ino("random0"))
    #expect(written.nodes(of: ino).contains { $0.compression == compression })
  }
}

/// The last node, and the first name's version.
private struct NodeTypes: NodeVisitor {
  var last: NodeType?
  var end = 0
  var firstNameVersion: UInt32?

  mutating func visit(_ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>) {
    last = header.type
    end = Int(offset + header.totalLength)
    guard header.type == .dirent, firstNameVersion == nil else { return }
    firstNameVersion = bytes.u32(at: RawDirent.Offset.version, .little)
  }
}

/// Counts nodes that a driver would not accept.
private struct Nodes: NodeVisitor {
  let format: ImageFormat
  var count = 0
  var crossing = 0
  var dirt = 0

  mutating func visit(_ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>) {
    count += 1
    let end = offset + header.totalLength - 1
    if offset / format.eraseSize != end / format.eraseSize { crossing += 1 }
    guard header.type == .inode else { return }
    let raw = RawInode(parsing: bytes, format.dialect.endianness)
    let page = UInt32(format.pageSize)
    if raw.size > 0, raw.compression != .zero,
      raw.fileOffset / page != (raw.fileOffset + raw.size - 1) / page
    {
      crossing += 1
    }
  }

  mutating func visitDirt(at offset: UInt32) { dirt += 1 }
}
