internal import Storage
internal import Support

/// The nodes and cleanmarkers of an image by their offsets.
struct JFFS2Evidence {
  private let nodes: [NodeEvidence]
  private let cleanmarkers: [UInt64]

  init(nodes: [NodeEvidence], cleanmarkers: [UInt64]) {
    self.nodes = nodes.sorted { $0.offset < $1.offset }
    self.cleanmarkers = cleanmarkers.sorted()
  }

  func nodes(in range: Range<UInt64>) -> ArraySlice<NodeEvidence> {
    let start = partition(nodes.count) { nodes[$0].offset >= range.lowerBound }
    let end = partition(nodes.count) { nodes[$0].offset >= range.upperBound }
    return nodes[start..<max(start, end)]
  }

  func cleanmarkers(in range: Range<UInt64>) -> ArraySlice<UInt64> {
    let start = partition(cleanmarkers.count) { cleanmarkers[$0] >= range.lowerBound }
    let end = partition(cleanmarkers.count) { cleanmarkers[$0] >= range.upperBound }
    return cleanmarkers[start..<max(start, end)]
  }

  /// The first byte of JFFS2 in a partition's range; nil if the range contains nothing but foreign data with at most one cleanmarker
  /// somewhere.
  func start(in range: Range<UInt64>) -> UInt64? {
    let marked = cleanmarkers(in: range)
    if let node = nodes(in: range).first { return min(node.offset, marked.first ?? .max) }
    return marked.count > 1 || marked.first == range.lowerBound ? marked.first : nil
  }
}
