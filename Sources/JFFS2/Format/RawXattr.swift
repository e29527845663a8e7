/// The fields of an xattr node, the datum of an extended attribute. They are not trusted.
package struct RawXattr: Sendable {
  /// The bytes before the name.
  package static let size = 32

  /// The offset of each field, in bytes from the start of the node.
  package enum Offset {
    package static let xid = 12
    package static let version = 16
    package static let prefix = 20
    package static let nameLength = 21
    package static let valueLength = 22
    package static let dataCRC = 24
    package static let nodeCRC = 28
  }

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
    xid = bytes.u32(at: Offset.xid, endianness)
    version = bytes.u32(at: Offset.version, endianness)
    prefix = bytes[Offset.prefix]
    nameLength = bytes[Offset.nameLength]
    valueLength = bytes.u16(at: Offset.valueLength, endianness)
    dataCRC = bytes.u32(at: Offset.dataCRC, endianness)
  }

  package init(
    xid: UInt32, version: UInt32, prefix: UInt8, nameLength: UInt8, valueLength: UInt16,
    dataCRC: UInt32
  ) {
    self.xid = xid
    self.version = version
    self.prefix = prefix
    self.nameLength = nameLength
    self.valueLength = valueLength
    self.dataCRC = dataCRC
  }

  /// Writes header and fields, without the payload, whose CRC is ``dataCRC``.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package func encode(into bytes: inout MutableSpan<UInt8>, _ dialect: Dialect) {
    let endianness = dialect.endianness
    NodeHeader(type: .xattr, totalLength: padded(UInt32(Self.size + payloadLength)))
      .encode(into: &bytes, dialect)
    bytes.set(xid, at: Offset.xid, endianness)
    bytes.set(version, at: Offset.version, endianness)
    bytes[Offset.prefix] = prefix
    bytes[Offset.nameLength] = nameLength
    bytes.set(valueLength, at: Offset.valueLength, endianness)
    bytes.set(dataCRC, at: Offset.dataCRC, endianness)
    let nodeCRC = jffs2CRC(bytes.span.extracting(0..<Offset.nodeCRC))
    bytes.set(nodeCRC, at: Offset.nodeCRC, endianness)
  }

  /// The namespace; nil for one that the driver does not show.
  package var namespace: XattrNamespace? { XattrNamespace(rawValue: prefix) }

  /// The bytes of name, separator and value.
  package var payloadLength: Int { Int(nameLength) + 1 + Int(valueLength) }

  /// Whether the node CRC is good and the lengths agree. On disk: `node_crc`, of bytes 0 to 27.
  package func isWellFormed(
    _ bytes: Span<UInt8>, totalLength: UInt32, _ endianness: Endianness
  ) -> Bool {
    jffs2CRC(bytes.extracting(0..<Offset.nodeCRC)) == bytes.u32(at: Offset.nodeCRC, endianness)
      && totalLength == padded(UInt32(Self.size + payloadLength))
  }
}
