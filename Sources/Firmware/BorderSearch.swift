internal import Storage

/// Finds the borders between file systems that follow each other without foreign data between them.
///
/// Where nodes cannot belong to one file system, a border lies between them. It is the start of an erase block, and of those that
/// come into question the one that leaves both sides the most consistent.
struct BorderSearch {
  /// An erase block that starts with claims of its own, so that a border may lie before it.
  struct Cut {
    /// The first claim of the block.
    let index: Int
    /// Where the block starts.
    let block: UInt64
  }

  /// Further ones change nothing in practice.
  private static let mostRounds = 4

  let group: NodeGroup
  private let grid: BlockGrid
  /// All that come into question, ascending.
  let cuts: [Cut]

  init(_ group: NodeGroup, _ grid: BlockGrid) {
    self.group = group
    self.grid = grid
    var cuts: [Cut] = []
    var last = group.claims.first.map { grid.floor($0.offset) }
    for (index, claim) in group.claims.enumerated() {
      let block = grid.floor(claim.offset)
      guard block != last else { continue }
      last = block
      // A node crosses no border.
      if !group.isInsideOfNode(block) { cuts.append(Cut(index: index, block: block)) }
    }
    self.cuts = cuts
  }

  /// The borders, ascending.
  ///
  /// - Parameter allowsSoft: Whether two names for one inode may count, where both sides are then complete on their own.
  func borders(allowsSoft: Bool) -> [UInt64] {
    var chosen = hardCuts()
    improve(&chosen)
    if allowsSoft { chosen = withSoftCuts(chosen) }
    return chosen.map(place)
  }

  /// The fewest cuts that part all nodes that conflict, each as late as it can be.
  private func hardCuts() -> [Cut] {
    var chosen: [Cut] = []
    var side = Consistency()
    var cut: Cut?
    var next = cuts[...]
    for (index, claim) in group.claims.enumerated() {
      if let first = next.first, first.index == index {
        cut = first
        next.removeFirst()
      }
      guard let conflict = side.add(claim), let block = cut, conflict.first < block.block else {
        continue
      }
      // What was added of this block belongs to the next file system.
      chosen.append(block)
      side = Consistency(group.claims[block.index...index])
      cut = nil
    }
    return chosen
  }

  /// Moves each cut to where its two neighbours are the most consistent, until none moves.
  private func improve(_ chosen: inout [Cut]) {
    for _ in 0..<Self.mostRounds {
      var hasMoved = false
      for number in chosen.indices {
        let start = number > 0 ? chosen[number - 1].index : 0
        let end = number + 1 < chosen.count ? chosen[number + 1].index : group.claims.count
        guard let best = bestCut(in: start..<end) else { continue }
        hasMoved = hasMoved || best.cut.index != chosen[number].index
        chosen[number] = best.cut
      }
      if !hasMoved { break }
    }
  }

  /// The cut inside a range of claims that costs least; of equal ones the best aligned, then the last.
  ///
  /// - Parameter isAllowed: Further conditions.
  func bestCut(
    in claims: Range<Int>, where isAllowed: (Cut) -> Bool = { _ in true }
  ) -> (cut: Cut, cost: Consistency.Cost)? {
    let first = partition(cuts.count) { cuts[$0].index > claims.lowerBound }
    let inside = cuts[first...].prefix { $0.index < claims.upperBound }
    var before: [Consistency.Cost] = []
    var side = Consistency()
    var next = claims.lowerBound
    for cut in inside {
      for claim in group.claims[next..<cut.index] { side.add(claim) }
      next = cut.index
      before.append(side.cost)
    }
    side = Consistency()
    next = claims.upperBound
    var best: (cut: Cut, cost: Consistency.Cost)?
    for (cut, cost) in zip(inside, before).reversed() {
      for claim in group.claims[cut.index..<next].reversed() { side.add(claim) }
      next = cut.index
      let sum = cost + side.cost
      guard isAllowed(cut) else { continue }
      if let best, best.cost < sum || best.cost == sum && alignment(cut) <= alignment(best.cut) {
        continue
      }
      best = (cut, sum)
    }
    return best
  }

  private func alignment(_ cut: Cut) -> Int { min(16, place(cut).trailingZeroBitCount) }

  /// Where the border of a cut lies: of the blocks without nodes before it the best aligned, which may be its own.
  private func place(_ cut: Cut) -> UInt64 {
    let before = group.claims[cut.index - 1].offset
    var best = cut.block
    var block = cut.block
    while block > before + grid.blockSize {
      block -= grid.blockSize
      if group.isInsideOfNode(block) { break }
      if min(16, block.trailingZeroBitCount) > min(16, best.trailingZeroBitCount) { best = block }
    }
    return best
  }
}

extension NodeGroup {
  /// Whether a block cannot start here: no known node does, though nodes lie around the offset.
  fileprivate func isInsideOfNode(_ offset: UInt64) -> Bool {
    let after = partition(extents.count) { extents[$0].upperBound > offset }
    guard after < extents.count, extents[after].lowerBound < offset else { return false }
    let claim = partition(claims.count) { claims[$0].offset >= offset }
    let marker = partition(cleanmarkers.count) { cleanmarkers[$0] >= offset }
    return !(claim < claims.count && claims[claim].offset == offset)
      && !(marker < cleanmarkers.count && cleanmarkers[marker] == offset)
  }
}
