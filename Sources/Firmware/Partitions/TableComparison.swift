internal import JFFS2
internal import Storage
internal import Support

/// Compares the partitions of a table with the file systems that the nodes themselves show.
///
/// A partition that overlaps others, as in `16M@0(all)`, may be an alias of these: then it does not bound anything and is not compared.
struct TableComparison {
  /// A file system of which only a part is in a partition.
  struct Cut {
    let fileSystem: Range<UInt64>
    let part: MTDParts.Resolved
    /// The offset of the first or last node outside the partition.
    let reach: UInt64
    /// Whether nodes show that both sides are one file system.
    let isCertain: Bool
  }

  /// A partition with more than one file system, which contradict each other.
  struct Merge {
    let part: MTDParts.Resolved
    let fileSystems: [Range<UInt64>]
  }

  let parts: [MTDParts.Resolved]
  /// By ascending offset, without overlap.
  let fileSystems: [PartitionCandidate]
  private(set) var cuts: [Cut] = []
  private(set) var merges: [Merge] = []
  /// File systems that are in no partition.
  private(set) var outside: [Range<UInt64>] = []
  /// The partitions that are not aliases.
  let bounding: [MTDParts.Resolved]
  let evidence: JFFS2Evidence
  /// The ranges of nodes of all types but single cleanmarkers, ascending.
  private let extents: [Range<UInt64>]

  init(
    _ parts: [MTDParts.Resolved], _ fileSystems: [PartitionCandidate], _ groups: [NodeGroup]
  ) {
    let all = groups.flatMap(\.nodes)
    let nodes = all.filter { $0.kind != .cleanmarker }
    let cleanmarkers = all.filter { $0.kind == .cleanmarker }.map(\.offset)
    let markers = Set(cleanmarkers)
    extents = groups.flatMap(\.extents)
      .filter { $0.count > NodeHeader.size || !markers.contains($0.lowerBound) }
      .sorted { $0.lowerBound < $1.lowerBound }
    let evidence = JFFS2Evidence(nodes: nodes, cleanmarkers: cleanmarkers)
    self.evidence = evidence
    self.parts = parts.markingAliases { evidence.start(in: $0.range) }
    self.fileSystems = fileSystems
    bounding = self.parts.filter { !$0.isAlias }
    for found in fileSystems { compare(found.range) }
    for part in bounding { compare(part) }
  }

  private mutating func compare(_ fileSystem: Range<UInt64>) {
    let all = nodes(in: fileSystem)
    guard let first = all.first, let last = all.last else { return }
    let holders = bounding.filter { holds($0, fileSystem) }
    if let part = holders.first(where: {
      $0.range.contains(first.offset) && $0.range.contains(last.offset)
    }) {
      // Extended attributes may be after the last evidence; no file system begins with them.
      let next = partition(extents.count) { extents[$0].lowerBound >= fileSystem.upperBound }
      let end = next > 0 ? min(extents[next - 1].upperBound, fileSystem.upperBound) : 0
      if end > part.range.upperBound {
        cuts.append(Cut(fileSystem: fileSystem, part: part, reach: end - 1, isCertain: true))
      }
      return
    }
    guard let part = holders.min(by: { $0.range.lowerBound < $1.range.lowerBound }) else {
      // Its free blocks are in a partition, and all that it contains is after that.
      if let part = bounding.first(where: {
        !evidence.cleanmarkers(in: fileSystem.clamped(to: $0.range)).isEmpty
      }) {
        cuts.append(
          Cut(fileSystem: fileSystem, part: part, reach: last.offset, isCertain: true))
        return
      }
      let isCovered = bounding.contains { $0.range.overlaps(first.offset..<last.offset + 1) }
      if !isCovered { outside.append(fileSystem) }
      return
    }
    let continues = last.offset >= part.range.upperBound
    let boundary = continues ? part.range.upperBound : part.range.lowerBound
    let middle = partition(all.count) { all[all.startIndex + $0].offset >= boundary }
    cuts.append(
      Cut(
        fileSystem: fileSystem, part: part, reach: continues ? last.offset : first.offset,
        isCertain: Self.areOne(all.prefix(middle), all.dropFirst(middle))))
  }

  private mutating func compare(_ part: MTDParts.Resolved) {
    let inside = fileSystems.map(\.range).filter { holds(part, $0) }
    guard inside.count > 1, !parts.contains(where: part.contains),
      Self.contradict(inside.map { nodes(in: $0.clamped(to: part.range)) })
    else { return }
    merges.append(Merge(part: part, fileSystems: inside))
  }

  /// Whether nodes of a file system are in a partition.
  func holds(_ part: MTDParts.Resolved, _ fileSystem: Range<UInt64>) -> Bool {
    !nodes(in: part.range.clamped(to: fileSystem)).isEmpty
  }

  private func nodes(in range: Range<UInt64>) -> ArraySlice<NodeEvidence> {
    evidence.nodes(in: range)
  }

  /// Whether a partition contains more than foreign data with a single cleanmarker somewhere.
  func hasFileSystem(_ part: MTDParts.Resolved) -> Bool { evidence.start(in: part.range) != nil }

  /// The offset of the last node of a file system.
  func lastNode(of fileSystem: Range<UInt64>) -> UInt64 {
    nodes(in: fileSystem).last?.offset ?? fileSystem.lowerBound
  }
}

extension TableComparison {
  /// Whether names on one side lead to inodes that only the other side has, or the names of a directory continue.
  private static func areOne(_ left: ArraySlice<NodeEvidence>, _ right: ArraySlice<NodeEvidence>)
    -> Bool
  {
    let (namedLeft, namedRight) = (named(left), named(right))
    let isLinked =
      right.contains { isOwned($0, named: namedLeft, elsewhere: namedRight) }
      || left.contains { isOwned($0, named: namedRight, elsewhere: namedLeft) }
    if isLinked { return true }
    guard let last = left.last(where: { $0.kind == .dirent }),
      let next = right.first(where: { $0.kind == .dirent })
    else {
      return false
    }
    // Small numbers may be the start of another history.
    return next.number == last.number && next.version > 2 && next.version == last.version &+ 1
  }

  /// The inodes that names lead to.
  private static func named(_ marks: ArraySlice<NodeEvidence>) -> Set<UInt32> {
    Set(marks.lazy.filter({ $0.kind == .dirent }).map(\.target))
  }

  private static func isOwned(
    _ mark: NodeEvidence, named: Set<UInt32>, elsewhere: Set<UInt32>
  ) -> Bool {
    mark.number > 1 && named.contains(mark.number) && !elsewhere.contains(mark.number)
  }

  /// Whether nodes of different file systems claim the same position in one history.
  private static func contradict(_ fileSystems: [ArraySlice<NodeEvidence>]) -> Bool {
    var seen: [VersionKey: (index: Int, node: NodeEvidence)] = [:]
    for (index, nodes) in fileSystems.enumerated() {
      for node in nodes {
        if let other = seen[node.key], other.index != index, other.node.conflicts(with: node) {
          return true
        }
        seen[node.key] = (index, node)
      }
    }
    return false
  }
}
