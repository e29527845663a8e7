/// The use of all bytes of each erase block of a file system, and the number of its nodes.
///
/// Costs one walk over the log and one over its data, for their CRCs; nothing is decompressed.
package struct FlashUsage: Sendable {
  /// One erase block; the last may be shorter.
  package struct Block: Sendable {
    package var bytes = UsageCounts()
    /// The inodes with the most live bytes in the block, those first; names count for their directory.
    package var largestInodes: [(ino: UInt32, byteCount: UInt32)] = []
  }

  /// The bytes of an erase block.
  package let blockSize: UInt32
  /// In the order of their offsets.
  package let blocks: [Block]
  /// The sum of all blocks.
  package let bytes: UsageCounts
  package let nodes: NodeStatistics
  /// The end of the last node.
  package let nodesEnd: UInt32
  /// The offset of the first bytes after the last node, or after the end marker, that are neither erased nor damaged nodes; nil if
  /// there are none.
  package let foreignStart: UInt32?

  /// - Throws: `.storage`.
  package init(_ volume: Volume) throws(JFFS2Error) {
    var visitor = try FlashUsageVisitor(volume)
    try volume.scanner.scan(&visitor)
    try visitor.finish(fileSystemEnd: volume.endMarker)
    blockSize = visitor.blockSize
    blocks = visitor.blocks
    nodes = visitor.nodes
    nodesEnd = visitor.nodesEnd
    foreignStart = visitor.foreignStart
    bytes = visitor.blocks.reduce(into: UsageCounts()) { $0 += $1.bytes }
  }
}
