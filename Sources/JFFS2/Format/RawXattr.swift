/// The fields of an xattr node, the datum of an extended attribute. They are not trusted.
package struct RawXattr: Sendable {
  /// The bytes before the name.
  package static let size = 32

  /// The number by which xrefs name the datum. On disk: `xid`.
  package let xid: UInt32
  /// The node's place in the datum's history. On disk: `version`.
  package let version: UInt32
  /// The namespace. On disk: `xprefix`.
  package let prefix: UInt8
  /// The bytes of the name, without its namespace. On disk: `name_len`.
  package let nameLength: UInt8
  /// The bytes of the value. On disk: `value_len`.
  package let valueLength: UInt16
  /// The CRC of name, separator and value. On disk: `data_crc`.
  package let dataCRC: UInt32

  /// Reads the fields; checks nothing.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package init(parsing bytes: Span<UInt8>, _ endianness: Endianness) {
    xid = bytes.u32(at: 12, endianness)
    version = bytes.u32(at: 16, endianness)
    prefix = bytes[20]
    nameLength = bytes[21]
    valueLength = bytes.u16(at: 22, endianness)
    dataCRC = bytes.u32(at: 24, endianness)
  }

  /// The bytes of name, separator and value.
  package var payloadLength: Int { Int(nameLength) + 1 + Int(valueLength) }

  /// Whether the node CRC is good and the lengths agree. On disk: `node_crc`, of bytes 0 to 27.
  package func isWellFormed(
    _ bytes: Span<UInt8>, totalLength: UInt32, _ endianness: Endianness
  ) -> Bool {
    jffs2CRC(bytes.extracting(0..<28)) == bytes.u32(at: 28, endianness)
      && totalLength == padded(UInt32(Self.size + payloadLength))
  }
}

/// The fields of an xref node, which adds an extended attribute to an inode or removes it. They are not trusted.
package struct RawXref: Sendable {
  /// All bytes of the node.
  package static let size = 28

  /// The inode number. On disk: `ino`.
  package let ino: UInt32
  /// The datum's number. On disk: `xid`.
  package let xid: UInt32
  /// The node's place in the link's history; an odd number removes the attribute. On disk: `xseqno`.
  package let sequence: UInt32

  /// Reads the fields; checks nothing.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package init(parsing bytes: Span<UInt8>, _ endianness: Endianness) {
    ino = bytes.u32(at: 12, endianness)
    xid = bytes.u32(at: 16, endianness)
    sequence = bytes.u32(at: 20, endianness)
  }

  /// Whether the node CRC is good and the length is that of an xref. On disk: `node_crc`, of bytes 0 to 23.
  package static func isWellFormed(
    _ bytes: Span<UInt8>, totalLength: UInt32, _ endianness: Endianness
  ) -> Bool {
    totalLength == UInt32(Self.size)
      && jffs2CRC(bytes.extracting(0..<24)) == bytes.u32(at: 24, endianness)
  }
}
