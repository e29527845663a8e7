internal import CCompression

/// The first 12 bytes of a node whose header CRC is good.
package struct NodeHeader: Equatable, Sendable {
  /// The number of bytes of every node's header.
  package static let size = 12

  /// On disk: `nodetype`.
  package let type: NodeType

  /// The node's bytes, header and payload, without padding. On disk: `totlen`.
  package let totalLength: UInt32

  /// The offset of each field, in bytes from the start of the node.
  package enum Offset {
    package static let magic = 0
    package static let type = 2
    package static let totalLength = 4
    package static let headerCRC = 8
  }

  package init(type: NodeType, totalLength: UInt32) {
    self.type = type
    self.totalLength = totalLength
  }

  /// Writes the header of a live node.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package func encode(into bytes: inout MutableSpan<UInt8>, _ dialect: Dialect) {
    bytes.set(dialect.magic, at: Offset.magic, dialect.endianness)
    bytes.set(type.rawValue, at: Offset.type, dialect.endianness)
    bytes.set(totalLength, at: Offset.totalLength, dialect.endianness)
    let crc = jffs2CRC(bytes.span.extracting(0..<Offset.headerCRC))
    bytes.set(crc, at: Offset.headerCRC, dialect.endianness)
  }

  /// Whether words are the start of a header whose rest is erased: the driver was interrupted while it wrote it.
  ///
  /// - Parameter words: Up to ``size`` bytes, of which the last four are not all erased.
  static func isUnfinished(_ words: Span<UInt8>, _ dialect: Dialect) -> Bool {
    var bytes = [UInt8](repeating: 0xFF, count: size)
    for index in words.indices { bytes[index] = words[index] }
    let written = size - bytes.reversed().prefix { $0 == 0xFF }.count
    guard written < size, written > words.count - 4 else { return false }
    let header = NodeHeader(
      type: NodeType(rawValue: bytes.span.u16(at: Offset.type, dialect.endianness)),
      totalLength: bytes.span.u32(at: Offset.totalLength, dialect.endianness))
    var whole = bytes
    var span = whole.mutableSpan
    header.encode(into: &span, dialect)
    return bytes[..<written] == whole[..<written]
  }

  /// Reads a header and checks its CRC, which was computed while the node was live.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  /// - Returns: nil where the magic number or the CRC is wrong: no node starts here.
  package init?(parsing bytes: Span<UInt8>, dialect: Dialect) {
    guard bytes.u16(at: Offset.magic, dialect.endianness) == dialect.magic else { return nil }
    let type = NodeType(rawValue: bytes.u16(at: Offset.type, dialect.endianness))
    let stored = bytes.u32(at: Offset.headerCRC, dialect.endianness)
    // The type's high byte, as it was before the flash cleared the ACCURATE bit in it.
    let flagByte = dialect.endianness == .little ? 3 : 2
    let accurateFlags = UInt32(bytes[flagByte] | 0x20) << (8 * UInt32(flagByte))
    let first = bytes.u32(at: 0, .little) & ~(0xFF << (8 * UInt32(flagByte))) | accurateFlags
    guard ccompression_crc32_words(first, bytes.u32(at: 4, .little)) == stored else { return nil }
    self.type = type
    self.totalLength = bytes.u32(at: Offset.totalLength, dialect.endianness)
  }

  /// The bytes from this node to where the next may start: padded to a multiple of 4.
  ///
  /// The driver steps over a cleanmarker's header only, regardless of the declared length.
  ///
  /// - Precondition: ``totalLength`` was compared with the file system's length, which leaves space for rounding up.
  package var occupiedLength: UInt32 {
    type == .cleanmarker ? UInt32(Self.size) : padded(totalLength)
  }
}
