package import JFFS2
package import Storage
internal import Glibc
internal import SystemPackage

/// Writes a JFFS2 image node by node, so that a test shows the bytes that matter to it.
///
/// Each `add` gives the node's offset. CRCs are right unless asked otherwise, lengths padded with 0xFF as mkfs.jffs2 does.
package struct ImageBuilder {
  /// The possible flaws of a node.
  package enum Flaw: Hashable, Sendable {
    case headerCRC, nodeCRC, nameCRC, dataCRC
    /// The ACCURATE bit is cleared, as NOR flash does with obsolete nodes.
    case obsolete
  }

  package let dialect: Dialect
  package private(set) var bytes: [UInt8] = []

  package init(_ dialect: Dialect = Dialect(.little)) { self.dialect = dialect }

  /// Bytes that are not node: erased flash, dirt, another file system.
  @discardableResult
  package mutating func add(raw: [UInt8]) -> Int {
    bytes += raw
    return bytes.count - raw.count
  }

  /// Damages a byte that is written already.
  package mutating func replaceByte(at offset: Int, with byte: UInt8) { bytes[offset] = byte }

  /// Erased flash up to the next multiple of `size`.
  package mutating func padWithErased(toMultipleOf size: Int) {
    while bytes.count % size != 0 { bytes.append(0xFF) }
  }

  /// A header and the rest of the node.
  @discardableResult
  package mutating func addNode(
    type: UInt16, totalLength: Int? = nil, body: [UInt8] = [], flaws: Set<Flaw> = []
  ) -> Int {
    let start = bytes.count
    let header =
      number16(dialect.magic) + number16(type | 0x2000)
      + number32(UInt32(totalLength ?? NodeHeader.size + body.count))
    // The CRC is that of the type with the ACCURATE bit, whether the bit is set or not.
    var crc = jffs2CRC(header.span)
    if flaws.contains(.headerCRC) { crc ^= 1 }
    let stored = flaws.contains(.obsolete) ? type & ~0x2000 : type
    bytes += number16(dialect.magic) + number16(stored) + header[4...] + number32(crc) + body
    padWithErased(toMultipleOf: 4)
    return start
  }

  @discardableResult
  package mutating func addCleanmarker(flaws: Set<Flaw> = []) -> Int {
    addNode(type: NodeType.cleanmarker.rawValue, flaws: flaws)
  }

  @discardableResult
  package mutating func addDirent(
    parent: UInt32 = 1, version: UInt32, ino: UInt32, name: [UInt8], type: UInt8 = 8,
    changeTime: UInt32 = 0, flaws: Set<Flaw> = []
  ) -> Int {
    var fields = number32(parent) + number32(version) + number32(ino) + number32(changeTime)
    fields += [UInt8(name.count), type, 0, 0]
    let nameCRC = jffs2CRC(name.span) ^ (flaws.contains(.nameCRC) ? 1 : 0)
    return addNode(
      type: NodeType.dirent, fields, crcFlaw: .nodeCRC, after: number32(nameCRC) + name, flaws)
  }

  @discardableResult
  package mutating func addDirent(
    parent: UInt32 = 1, version: UInt32, ino: UInt32, name: String, type: UInt8 = 8,
    changeTime: UInt32 = 0, flaws: Set<Flaw> = []
  ) -> Int {
    addDirent(
      parent: parent, version: version, ino: ino, name: Array(name.utf8), type: type,
      changeTime: changeTime, flaws: flaws)
  }

  /// An inode node; without data and sizes, one with attributes only.
  ///
  /// - Parameters:
  ///   - fileSize: `isize`; where nil, the end of the data.
  ///   - size: `dsize`; where nil, the bytes of `payload`.
  ///   - compressedSize: `csize`; where nil, the bytes of `payload`.
  @discardableResult
  package mutating func addInode(
    _ ino: UInt32, version: UInt32, mode: UInt32 = 0o100644, uid: UInt16 = 0, gid: UInt16 = 0,
    fileSize: UInt32? = nil,
    times: (access: UInt32, modification: UInt32, change: UInt32) = (0, 0, 0),
    offset: UInt32 = 0, payload: [UInt8] = [], size: UInt32? = nil, compressedSize: UInt32? = nil,
    compression: Compression = .none, totalLength: Int? = nil, flaws: Set<Flaw> = []
  ) -> Int {
    let dataSize = size ?? UInt32(payload.count)
    var fields = number32(ino) + number32(version) + number32(mode) + number16(uid) + number16(gid)
    fields += number32(fileSize ?? offset &+ dataSize)
    fields += number32(times.access) + number32(times.modification) + number32(times.change)
    fields += number32(offset) + number32(compressedSize ?? UInt32(payload.count))
    fields += number32(dataSize) + [compression.rawValue, 0, 0, 0]
    let dataCRC = jffs2CRC(payload.span) ^ (flaws.contains(.dataCRC) ? 1 : 0)
    let start = bytes.count
    let length = totalLength ?? RawInode.size + payload.count
    let header = headerBytes(NodeType.inode, length)
    var nodeCRC = jffs2CRC((header + fields).span)
    if flaws.contains(.nodeCRC) { nodeCRC ^= 1 }
    addNode(
      type: NodeType.inode.rawValue, totalLength: length,
      body: fields + number32(dataCRC) + number32(nodeCRC) + payload, flaws: flaws)
    return start
  }

  @discardableResult
  package mutating func addXattr(
    xid: UInt32, version: UInt32, prefix: UInt8 = 1, name: String, value: [UInt8],
    separator: UInt8 = 0, flaws: Set<Flaw> = []
  ) -> Int {
    let payload = Array(name.utf8) + [separator] + value
    // The separator always counts as 0.
    let checked = Array(name.utf8) + [0] + value
    let dataCRC = jffs2CRC(checked.span) ^ (flaws.contains(.dataCRC) ? 1 : 0)
    var fields = number32(xid) + number32(version) + [prefix, UInt8(name.utf8.count)]
    fields += number16(UInt16(value.count)) + number32(dataCRC)
    let length = (RawXattr.size + payload.count + 3) / 4 * 4
    return addNode(
      type: NodeType.xattr, fields, crcFlaw: .nodeCRC, after: payload, flaws, totalLength: length)
  }

  @discardableResult
  package mutating func addXref(
    ino: UInt32, xid: UInt32, sequence: UInt32, flaws: Set<Flaw> = []
  ) -> Int {
    addNode(
      type: NodeType.xref, number32(ino) + number32(xid) + number32(sequence), crcFlaw: .nodeCRC,
      after: [], flaws)
  }

  /// A number of two bytes in the image's order.
  package func number16(_ value: UInt16) -> [UInt8] {
    let little = [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    return dialect.endianness == .little ? little : little.reversed()
  }

  /// A number of four bytes in the image's order.
  package func number32(_ value: UInt32) -> [UInt8] {
    let little = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    return dialect.endianness == .little ? little : little.reversed()
  }

  private func headerBytes(_ type: NodeType, _ length: Int) -> [UInt8] {
    var header = number16(dialect.magic) + number16(type.rawValue) + number32(UInt32(length))
    header += number32(jffs2CRC(header.span))
    return header
  }

  /// A node whose node CRC covers header and fields and follows them.
  private mutating func addNode(
    type: NodeType, _ fields: [UInt8], crcFlaw: Flaw, after: [UInt8], _ flaws: Set<Flaw>,
    totalLength: Int? = nil
  ) -> Int {
    let length = totalLength ?? NodeHeader.size + fields.count + 4 + after.count
    var crc = jffs2CRC((headerBytes(type, length) + fields).span)
    if flaws.contains(crcFlaw) { crc ^= 1 }
    return addNode(
      type: type.rawValue, totalLength: length, body: fields + number32(crc) + after, flaws: flaws)
  }
}

extension FlashImage {
  /// An image in memory, in a file that has no name.
  package convenience init(bytes: [UInt8], path: String = "image") throws {
    let folder = FilePath("/dev/shm")
    let name = folder.appending("jffs2-test-\(UInt64.random(in: 0 ... .max))")
    let file = try FileDescriptor.open(
      name, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: .ownerReadWrite)
    defer { unlink(name.string) }
    try file.writeAll(bytes)
    try self.init(adopting: file.rawValue, path: path)
  }
}

extension Volume {
  /// The file system in an image that holds nothing else.
  package convenience init(
    _ builder: ImageBuilder, _ options: Options = Options()
  ) throws {
    let image = try FlashImage(bytes: builder.bytes)
    try self.init(scanning: FlashRange(image, 0..<image.byteCount), options)
  }

  /// The inode that a path of names leads to, or nil.
  package func ino(_ path: String) throws -> UInt32? {
    var ino = Volume.rootIno
    for name in path.split(separator: "/") {
      guard let next = try lookup(Array(name.utf8).span, in: ino) else { return nil }
      ino = next
    }
    return ino
  }

  /// The names in a directory, decoded for comparison.
  package func names(in directory: UInt32 = Volume.rootIno) throws -> [String] {
    try entries(of: directory).map { String(decoding: $0.name, as: UTF8.self) }
  }

  /// At most `count` bytes of a file from `offset` on.
  package func contents(of ino: UInt32, from offset: UInt64, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xA5, count: count)
    var span = bytes.mutableSpan
    let filled = try read(ino, at: offset, into: &span)
    return Array(bytes.prefix(filled))
  }

  /// The value of an extended attribute.
  package func xattr(_ name: String, of ino: UInt32) throws -> [UInt8]? {
    try xattr(Array(name.utf8).span, of: ino)
  }
}
