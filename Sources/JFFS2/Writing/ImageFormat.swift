/// How a file system is written: what the driver that will mount it goes by.
package struct ImageFormat: Equatable, Sendable {
  /// The byte order and the magic number.
  package var dialect: Dialect
  /// The bytes of an erase block, a multiple of 4.
  package var eraseSize: UInt32
  /// The bytes of the cleanmarker at the start of each block; nil for none, as on NAND.
  package var cleanmarkerLength: UInt32?
  /// Whether each full block ends with a summary.
  package var hasSummaries: Bool
  /// The bytes of a page of memory: no node holds bytes of two.
  package var pageSize: Int
  /// The compressors to try for the data of a node; the smallest result is taken.
  package var compressions: Set<Compression>
  /// How hard zlib's compressor tries.
  package var effort: Effort
  /// The size to fill up to with erased blocks, or that of the last block's end; nil for no filling.
  package var padding: Padding?

  /// How much erased flash follows the last node.
  package enum Padding: Equatable, Sendable {
    /// Up to the end of the erase block.
    case toBlock
    /// Up to this many bytes; larger file systems are padded to the end of the erase block.
    case toSize(UInt64)
  }

  /// Time against space; the raw values are libdeflate's levels.
  package enum Effort: Int32, Sendable {
    /// No larger than mkfs.jffs2, which uses zlib's level 3.
    case fast = 2
    /// Smaller by 2 %.
    case usual = 6
    /// Smaller by 1 % more, in seven times the time.
    case smallest = 12

    /// The effort for that number of bytes in files. Those of a device's firmware take little time in any case.
    package init(byteCount: UInt64) { self = byteCount > 64 << 20 ? .fast : .usual }
  }

  /// The compressors that can be written, in the order in which they are tried.
  package static let writableCompressions: [Compression] = [.zlib, .lzo, .lzma, .rtime]

  /// The bytes of the largest erase block that can be written, since one is kept in memory.
  package static let maximumEraseSize: UInt32 = 64 << 20

  /// The format that mkfs.jffs2 writes without options.
  package init(
    dialect: Dialect = Dialect(.little), eraseSize: UInt32 = 64 << 10,
    cleanmarkerLength: UInt32? = UInt32(NodeHeader.size), hasSummaries: Bool = false,
    pageSize: Int = 4096, compressions: Set<Compression> = [.zlib, .rtime],
    effort: Effort = .usual, padding: Padding? = nil
  ) {
    self.dialect = dialect
    self.eraseSize = eraseSize
    self.cleanmarkerLength = cleanmarkerLength
    self.hasSummaries = hasSummaries
    self.pageSize = pageSize
    self.compressions = compressions
    self.effort = effort
    self.padding = padding
  }

  /// The most bytes that a node can have.
  package var maximumNodeLength: Int {
    let reserved = hasSummaries ? RawSummary.size + RawSummary.markerSize : 0
    let summaryEntry = hasSummaries ? RawSummary.EntrySize.dirent + 256 : 0
    return Int(eraseSize) - Int(padded(cleanmarkerLength ?? 0)) - reserved - summaryEntry
  }
}
