/// The nodes of a log, counted.
package struct NodeStatistics: Sendable {
  /// How well the live nodes of one compressor do.
  package struct CompressionCount: Equatable, Sendable {
    package var nodeCount = 0
    /// The bytes of the payloads.
    package var storedBytes: UInt64 = 0
    /// The declared decompressed size.
    package var expandedBytes: UInt64 = 0
  }

  /// The number of nodes by type, as written, and state.
  package private(set) var counts: [NodeType: [NodeState: Int]] = [:]
  /// Live inode nodes with data.
  package private(set) var compressions: [Compression: CompressionCount] = [:]
  /// The most bytes of a file that one live node holds, holes aside.
  package private(set) var largestChunk: UInt32 = 0
  /// The bytes that the first cleanmarker claims; nil if there is none.
  package private(set) var cleanmarkerLength: UInt32?
  /// Whether the first payload under zlib's number is LZMA data, as DD-WRT's driver writes it; nil if there is none.
  package internal(set) var hasLZMAUnderZlib: Bool?
  /// Inodes with nodes that no path leads to.
  package var orphanedInodeCount: Int { orphanedInodes.count }

  private var orphanedInodes: Set<UInt32> = []

  /// The number of nodes of a type, in any state or in one.
  package func count(_ type: NodeType, _ state: NodeState? = nil) -> Int {
    let all = counts[type] ?? [:]
    guard let state else { return all.values.reduce(0, +) }
    return all[state] ?? 0
  }

  /// The number of nodes of any type in a state.
  package func count(_ state: NodeState) -> Int {
    counts.values.reduce(0) { $0 + ($1[state] ?? 0) }
  }

  mutating func record(_ header: NodeHeader, _ state: NodeState) {
    counts[header.type.accurate, default: [:]][state, default: 0] += 1
    if header.type.accurate == .cleanmarker, cleanmarkerLength == nil {
      cleanmarkerLength = header.totalLength
    }
  }

  mutating func record(_ raw: RawInode, _ state: NodeState) {
    if state == .orphaned { orphanedInodes.insert(raw.ino) }
    guard state == .live, raw.size > 0 else { return }
    compressions[raw.compression, default: CompressionCount()].nodeCount += 1
    compressions[raw.compression]?.storedBytes += UInt64(raw.compressedSize)
    compressions[raw.compression]?.expandedBytes += UInt64(raw.size)
    // A hole of any length is one node.
    if raw.compression != .zero { largestChunk = max(largestChunk, raw.size) }
  }
}
