/// The fields of a summary node, which lists the nodes of an erase block. None of them is trusted.
package struct RawSummary: Sendable {
  /// The bytes before the entries.
  package static let size = 32
  /// The bytes of the marker after the entries, which ends the erase block.
  package static let markerSize = 8
  /// The last four bytes of an erase block that ends with a summary.
  package static let markerMagic: UInt32 = 0x0285_1885

  /// The offset of each field, in bytes from the start of the node.
  package enum Offset {
    package static let entryCount = 12
    package static let cleanmarkerLength = 16
    package static let paddedLength = 20
    package static let entriesCRC = 24
    package static let nodeCRC = 28
  }

  /// The sizes of entries, without the name of a dirent.
  enum EntrySize {
    /// The entry of an inode node or an xattr.
    static let node = 18
    static let dirent = 24
    static let xref = 6
  }

  /// The number of entries. On disk: `sum_num`.
  package let entryCount: UInt32
  /// The length of the block's cleanmarker, or 0. On disk: `cln_mkr`.
  package let cleanmarkerLength: UInt32
  /// The CRC of all bytes after the fields. On disk: `sum_crc`.
  package let entriesCRC: UInt32

  package init(entryCount: UInt32, cleanmarkerLength: UInt32, entriesCRC: UInt32) {
    self.entryCount = entryCount
    self.cleanmarkerLength = cleanmarkerLength
    self.entriesCRC = entriesCRC
  }

  /// Reads the fields; checks nothing.
  ///
  /// - Parameter bytes: At least ``size`` bytes, the node's first ones.
  package init(parsing bytes: Span<UInt8>, _ endianness: Endianness) {
    entryCount = bytes.u32(at: Offset.entryCount, endianness)
    cleanmarkerLength = bytes.u32(at: Offset.cleanmarkerLength, endianness)
    entriesCRC = bytes.u32(at: Offset.entriesCRC, endianness)
  }

  /// Writes header and fields.
  ///
  /// - Parameter bytes: The whole node, whose entries and marker are in place.
  package func encode(into bytes: inout MutableSpan<UInt8>, _ dialect: Dialect) {
    let endianness = dialect.endianness
    NodeHeader(type: .summary, totalLength: UInt32(bytes.count)).encode(into: &bytes, dialect)
    bytes.set(entryCount, at: Offset.entryCount, endianness)
    bytes.set(cleanmarkerLength, at: Offset.cleanmarkerLength, endianness)
    bytes.set(UInt32(0), at: Offset.paddedLength, endianness)
    let nodeCRC = jffs2CRC(bytes.span.extracting(0..<Offset.entriesCRC))
    bytes.set(entriesCRC, at: Offset.entriesCRC, endianness)
    bytes.set(nodeCRC, at: Offset.nodeCRC, endianness)
  }

  /// Whether the node CRC is valid. On disk: `node_crc`, of the bytes before `sum_crc`.
  static func isNodeCRCValid(_ bytes: Span<UInt8>, _ endianness: Endianness) -> Bool {
    jffs2CRC(bytes.extracting(0..<Offset.entriesCRC))
      == bytes.u32(at: Offset.nodeCRC, endianness)
  }
}
