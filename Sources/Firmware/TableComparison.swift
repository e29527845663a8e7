internal import Storage

/// Compares the partitions of a table with the file systems that the nodes themselves show.
///
/// A partition that contains others does not bound anything and is not compared.
struct TableComparison {
  /// A file system of which only a part is in a partition.
  struct Cut {
    let fileSystem: Range<UInt64>
    let part: MTDParts.Resolved
    /// Where the first or last node outside of the partition is.
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
  let fileSystems: [FoundPartition]
  private(set) var cuts: [Cut] = []
  private(set) var merges: [Merge] = []
  /// File systems that are in no partition.
  private(set) var outside: [Range<UInt64>] = []
  /// The partitions that contain no other.
  let bounding: [MTDParts.Resolved]
  private let marks: [NodeEvidence]
  private let cleanmarkers: [UInt64]

  init(
    _ parts: [MTDParts.Resolved], _ fileSystems: [FoundPartition], nodes: [NodeEvidence],
    cleanmarkers: [UInt64]
  ) {
    self.parts = parts
    self.fileSystems = fileSystems
    marks = nodes.sorted { $0.offset < $1.offset }
    self.cleanmarkers = cleanmarkers.sorted()
    bounding = parts.filter { part in
      !parts.contains {
        part.range.lowerBound <= $0.range.lowerBound && $0.range.upperBound <= part.range.upperBound
          && $0.range != part.range
      }
    }
    for found in fileSystems { compare(found.range) }
    for part in bounding { compare(part) }
  }

  private mutating func compare(_ fileSystem: Range<UInt64>) {
    let all = nodes(in: fileSystem)
    guard let first = all.first, let last = all.last else { return }
    let holders = bounding.filter { holds($0, fileSystem) }
    guard
      !holders.contains(where: { $0.range.contains(first.offset) && $0.range.contains(last.offset) }
      )
    else { return }
    guard let part = holders.min(by: { $0.range.lowerBound < $1.range.lowerBound }) else {
      // Its free blocks are in a partition, and all that it contains is behind that.
      if let part = bounding.first(where: { hasCleanmarkers(fileSystem.clamped(to: $0.range)) }) {
        cuts.append(
          Cut(fileSystem: fileSystem, part: part, reach: last.offset, isCertain: true))
        return
      }
      let isCovered = parts.contains { $0.range.overlaps(first.offset..<last.offset + 1) }
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
    guard inside.count > 1, Self.contradict(inside.map { nodes(in: $0.clamped(to: part.range)) })
    else { return }
    merges.append(Merge(part: part, fileSystems: inside))
  }

  /// Whether nodes of a file system are in a partition.
  func holds(_ part: MTDParts.Resolved, _ fileSystem: Range<UInt64>) -> Bool {
    !nodes(in: part.range.clamped(to: fileSystem)).isEmpty
  }

  private func nodes(in range: Range<UInt64>) -> ArraySlice<NodeEvidence> {
    let start = partition(marks.count) { marks[$0].offset >= range.lowerBound }
    let end = partition(marks.count) { marks[$0].offset >= range.upperBound }
    return marks[start..<max(start, end)]
  }

  /// Whether a partition contains more than foreign data with a single cleanmarker somewhere.
  func hasFileSystem(_ part: MTDParts.Resolved) -> Bool {
    if !nodes(in: part.range).isEmpty { return true }
    let first = partition(cleanmarkers.count) { cleanmarkers[$0] >= part.range.lowerBound }
    let end = partition(cleanmarkers.count) { cleanmarkers[$0] >= part.range.upperBound }
    return end - first > 1 || end > first && cleanmarkers[first] == part.range.lowerBound
  }

  private func hasCleanmarkers(_ range: Range<UInt64>) -> Bool {
    let first = partition(cleanmarkers.count) { cleanmarkers[$0] >= range.lowerBound }
    return first < cleanmarkers.count && cleanmarkers[first] < range.upperBound
  }

  /// Where the last node of a file system is.
  func lastNode(of fileSystem: Range<UInt64>) -> UInt64 {
    nodes(in: fileSystem).last?.offset ?? fileSystem.lowerBound
  }
}

extension TableComparison {
  /// Whether names on one side lead to inodes that only the other side has, or the names of a directory go on.
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
