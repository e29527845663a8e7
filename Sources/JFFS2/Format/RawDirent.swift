/// The fields of a dirent node, without its name, as stored on the medium. They are not trusted.
package struct RawDirent: Sendable {
  /// The bytes before the name.
  package static let size = 40

  /// The offset of each field, in bytes from the start of the node.
  package enum Offset {
    package static let parentIno = 12
    package static let version = 16
    package static let ino = 20
    package static let changeTime = 24
    package static let nameLength = 28
    package static let type = 29
    package static let unused = 30
    package static let nodeCRC = 32
    package static let nameCRC = 36
  }

  /// The directory's inode number. On disk: `pino`.
  package let parentIno: UInt32
  /// The node's place in the directory's history. On disk: `version`.
  package let version: UInt32
  /// The inode number that the name leads to; 0 deletes the name. On disk: `ino`.
  package let ino: UInt32
  /// The directory's new mtime and ctime, in seconds since 1970. On disk: `mctime`.
  package let changeTime: UInt32
  /// The bytes of the name. On disk: `nsize`.
  package let nameLength: UInt8
  /// The target's type as `readdir` returns it, such as DT_DIR. On disk: `type`.
  package let type: UInt8

  /// Reads the fields; checks nothing.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package init(parsing bytes: Span<UInt8>, _ endianness: Endianness) {
    parentIno = bytes.u32(at: Offset.parentIno, endianness)
    version = bytes.u32(at: Offset.version, endianness)
    ino = bytes.u32(at: Offset.ino, endianness)
    changeTime = bytes.u32(at: Offset.changeTime, endianness)
    nameLength = bytes[Offset.nameLength]
    type = bytes[Offset.type]
  }

  package init(
    parentIno: UInt32, version: UInt32, ino: UInt32, changeTime: UInt32 = 0, nameLength: UInt8,
    type: UInt8
  ) {
    self.parentIno = parentIno
    self.version = version
    self.ino = ino
    self.changeTime = changeTime
    self.nameLength = nameLength
    self.type = type
  }

  /// Writes header, fields and name.
  ///
  /// - Parameters:
  ///   - name: As many bytes as ``nameLength`` states.
  ///   - bytes: At least ``size`` bytes and those of the name, the node's first ones.
  @_lifetime(bytes: copy bytes)
  package func encode(
    name: Span<UInt8>, into bytes: inout MutableSpan<UInt8>, _ dialect: Dialect
  ) {
    let endianness = dialect.endianness
    NodeHeader(type: .dirent, totalLength: UInt32(Self.size + name.count))
      .encode(into: &bytes, dialect)
    bytes.set(parentIno, at: Offset.parentIno, endianness)
    bytes.set(version, at: Offset.version, endianness)
    bytes.set(ino, at: Offset.ino, endianness)
    bytes.set(changeTime, at: Offset.changeTime, endianness)
    bytes[Offset.nameLength] = nameLength
    bytes[Offset.type] = type
    bytes.set(UInt16(0), at: Offset.unused, endianness)
    let nodeCRC = jffs2CRC(bytes.span.extracting(0..<Offset.nodeCRC))
    bytes.set(nodeCRC, at: Offset.nodeCRC, endianness)
    bytes.set(jffs2CRC(name), at: Offset.nameCRC, endianness)
    var target = bytes.part(Self.size..<Self.size + name.count)
    target.copy(from: name)
  }

  /// Whether fields and name are all in `bytes`, the node's first ones.
  package static func isComplete(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= size && bytes.count >= size + Int(bytes[Offset.nameLength])
  }

  /// Whether the node CRC and the name CRC are good. On disk: `node_crc` of bytes 0 to 31, `name_crc`.
  ///
  /// - Parameter bytes: The node's first bytes, name included.
  package static func hasValidCRCs(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    hasValidNodeCRC(bytes, endianness) && hasValidNameCRC(bytes, endianness)
  }

  /// Whether the node CRC is good.
  static func hasValidNodeCRC(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    jffs2CRC(bytes.extracting(0..<Offset.nodeCRC)) == bytes.u32(at: Offset.nodeCRC, endianness)
  }

  /// Whether the name CRC is good. On disk: `name_crc`.
  ///
  /// The driver takes it of what precedes the first NUL (`jffs2_scan_dirent_node`), so a name with a NUL in it is mostly refused.
  static func hasValidNameCRC(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    let name = bytes.extracting(Self.size..<Self.size + Int(bytes[Offset.nameLength]))
    let end: Int = name.indices.first(where: { name[$0] == 0 }) ?? name.count
    return jffs2CRC(name.extracting(0..<end)) == bytes.u32(at: Offset.nameCRC, endianness)
  }
}
