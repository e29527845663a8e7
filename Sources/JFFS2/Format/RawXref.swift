/// The fields of an xref node: an inode has, or no longer has, an extended attribute. None of them is trusted.
package struct RawXref: Sendable {
  /// All bytes of the node.
  package static let size = 28

  /// The offset of each field, in bytes from the start of the node.
  package enum Offset {
    package static let ino = 12
    package static let xid = 16
    package static let sequence = 20
    package static let nodeCRC = 24
  }

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
    ino = bytes.u32(at: Offset.ino, endianness)
    xid = bytes.u32(at: Offset.xid, endianness)
    sequence = bytes.u32(at: Offset.sequence, endianness)
  }

  package init(ino: UInt32, xid: UInt32, sequence: UInt32) {
    self.ino = ino
    self.xid = xid
    self.sequence = sequence
  }

  /// Writes the whole node.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package func encode(into bytes: inout MutableSpan<UInt8>, _ dialect: Dialect) {
    let endianness = dialect.endianness
    NodeHeader(type: .xref, totalLength: UInt32(Self.size)).encode(into: &bytes, dialect)
    bytes.set(ino, at: Offset.ino, endianness)
    bytes.set(xid, at: Offset.xid, endianness)
    bytes.set(sequence, at: Offset.sequence, endianness)
    let nodeCRC = jffs2CRC(bytes.span.extracting(0..<Offset.nodeCRC))
    bytes.set(nodeCRC, at: Offset.nodeCRC, endianness)
  }

  /// Whether the node CRC is good and the length is that of an xref. On disk: `node_crc`, of bytes 0 to 23.
  package static func isWellFormed(
    _ bytes: Span<UInt8>, totalLength: UInt32, _ endianness: Endianness
  ) -> Bool {
    totalLength == UInt32(Self.size)
      && jffs2CRC(bytes.extracting(0..<Offset.nodeCRC)) == bytes.u32(at: Offset.nodeCRC, endianness)
  }
}
