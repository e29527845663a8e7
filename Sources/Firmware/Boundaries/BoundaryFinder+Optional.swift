/// Boundaries between file systems that number their inodes alike without a conflict.
extension BoundaryFinder {
  /// In bits.
  private static let alignment = 16
  /// Versions of an inode's nodes and of its names count together, so that some may be missing in each.
  private static let adjacentVersions: UInt32 = 3
  /// At least one of these inodes has names and nodes on both sides.
  private static let sharingPart = 5
  /// A dump of a device has a few.
  private static let maximumOptional = 32

  /// Further nodes before which a boundary is likely: several inodes have names and nodes on both sides, both sides are as complete apart
  /// as together, and they do not continue each other's versions.
  ///
  /// - Parameter known: The indices of the nodes before which boundaries are known, ascending.
  func optional(besides known: [Int]) -> [Int] {
    let ends = known + [nodes.count]
    var open = zip([0] + known, ends).map { $0..<max($0, $1) }
    var found: [Int] = []
    while let range = open.popLast(), found.count < Self.maximumOptional {
      guard let place = optional(in: range) else { continue }
      found.append(place)
      open += [range.lowerBound..<place, place..<range.upperBound]
    }
    return found.sorted()
  }

  private func optional(in range: Range<Int>) -> Int? {
    let shared = sharedInodes(in: range)
    let places = range.dropFirst().filter { place in
      shared[place - range.lowerBound] > 0
        && alignment(of: nodes[place]) >= Self.alignment
    }
    guard let (place, score) = best(of: places, in: range) else { return nil }
    let whole = ConsistencyScore(nodes[range])
    let sides = [range.lowerBound..<place, place..<range.upperBound]
    let inodeCount = sides.map { ConsistencyScore(nodes[$0]).inodeCount }.min() ?? 0
    // Hard links and renamed files have two names in one file system, too, but few of its files do.
    guard shared[place - range.lowerBound] * Self.sharingPart >= inodeCount,
      score.unresolved <= whole.unresolved, score.spread < whole.spread,
      !continues(range, at: place)
    else { return nil }
    return place
  }

  /// The index of the node before which a boundary makes both sides most consistent.
  private func best(
    of places: [Int], in range: Range<Int>
  ) -> (place: Int, score: (unresolved: Int, spread: UInt64))? {
    var before = ConsistencyScore()
    var next = range.lowerBound
    let sides = places.map { place in
      for node in nodes[next..<place] { before.add(node) }
      next = place
      return (before.unresolved, before.spread)
    }
    var behind = ConsistencyScore()
    next = range.upperBound
    var best: (place: Int, score: (unresolved: Int, spread: UInt64))?
    for (place, side) in zip(places, sides).reversed() {
      for node in nodes[place..<next] { behind.add(node) }
      next = place
      let score = (side.0 + behind.unresolved, side.1 + behind.spread)
      if best.map({ score < $0.score }) ?? true { best = (place, score) }
    }
    return best
  }

  /// For a boundary before each node of a range, the number of inodes with nodes on both sides and a different name on each.
  private func sharedInodes(in range: Range<Int>) -> [Int] {
    var names: [UInt32: (first: Int, other: Int?)] = [:]
    var inodes: [UInt32: ClosedRange<Int>] = [:]
    for index in range {
      let node = nodes[index]
      if node.isObsolete { continue }
      if node.kind == .inode {
        inodes[node.number] = (inodes[node.number]?.lowerBound ?? index)...index
      } else if node.kind == .dirent, node.target > 1 {
        let first = names[node.target]?.first ?? index
        let isOther = nodes[first].signature != node.signature
        names[node.target] = (first, isOther ? index : names[node.target]?.other)
      }
    }
    var counts = [Int](repeating: 0, count: range.count + 1)
    for (number, name) in names {
      guard let other = name.other, let inode = inodes[number] else { continue }
      let first = max(name.first, inode.lowerBound) + 1
      let last = min(other, inode.upperBound)
      guard first <= last else { continue }
      counts[first - range.lowerBound] += 1
      counts[last + 1 - range.lowerBound] -= 1
    }
    for index in counts.indices.dropFirst() { counts[index] += counts[index - 1] }
    return counts
  }

  /// Whether an inode's versions, or most sequences that both sides have, continue from one to the other, as in one log; or whether all
  /// are a little higher on the same side: what was written between them was erased.
  private func continues(_ range: Range<Int>, at place: Int) -> Bool {
    if hasCopies(range, at: place) { return true }
    let before = ConsistencyScore(nodes[range.lowerBound..<place]).versions
    let behind = ConsistencyScore(nodes[place..<range.upperBound]).versions
    var (shared, continued, ascending, descending) = (0, 0, 0, 0)
    for (sequence, first) in before {
      guard let second = behind[sequence] else { continue }
      shared += 1
      guard !first.overlaps(second) else { continue }
      let gap =
        max(first.lowerBound, second.lowerBound) - min(first.upperBound, second.upperBound)
      if UInt64(gap) <= UInt64(first.span) + UInt64(second.span) + UInt64(Self.adjacentVersions) {
        if first.upperBound < second.lowerBound { ascending += 1 } else { descending += 1 }
      }
      if gap == 1, !sequence.isDirent { return true }
      if gap <= Self.adjacentVersions { continued += 1 }
    }
    return continued * 2 > shared || max(ascending, descending) == shared
  }

  /// Whether garbage collection copied an inode node from one side to the other.
  private func hasCopies(_ range: Range<Int>, at place: Int) -> Bool {
    func inodes(_ part: Range<Int>) -> some Sequence<NodeEvidence> {
      nodes[part].lazy.filter { $0.kind == .inode && !$0.isObsolete }
    }
    let before = Dictionary(
      inodes(range.lowerBound..<place).map { ($0.key, $0.signature) }, uniquingKeysWith: { $1 })
    return inodes(place..<range.upperBound).contains { before[$0.key] == $0.signature }
  }
}
