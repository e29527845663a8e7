/// The fields of a dirent node, without its name, as stored on the medium. They are not trusted.
package struct RawDirent: Sendable {
  /// The bytes before the name.
  package static let size = 40

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
    parentIno = bytes.u32(at: 12, endianness)
    version = bytes.u32(at: 16, endianness)
    ino = bytes.u32(at: 20, endianness)
    changeTime = bytes.u32(at: 24, endianness)
    nameLength = bytes[28]
    type = bytes[29]
  }

  /// Whether the node CRC and the name CRC are good. On disk: `node_crc` of bytes 0 to 31, `name_crc`.
  ///
  /// - Parameter bytes: The node's first bytes, name included.
  package static func hasGoodCRCs(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    hasGoodNodeCRC(bytes, endianness) && hasGoodNameCRC(bytes, endianness)
  }

  /// Whether the node CRC is good.
  static func hasGoodNodeCRC(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    jffs2CRC(bytes.extracting(0..<32)) == bytes.u32(at: 32, endianness)
  }

  /// Whether the name CRC is good. On disk: `name_crc`.
  ///
  /// The driver takes it of what precedes the first NUL (`jffs2_scan_dirent_node`), so a name with a NUL in it is mostly refused.
  static func hasGoodNameCRC(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    let name = bytes.extracting(Self.size..<Self.size + Int(bytes[28]))
    let end = name.indices.first { name[$0] == 0 } ?? name.count
    return jffs2CRC(name.extracting(0..<end)) == bytes.u32(at: 36, endianness)
  }
}
