/// Finds the borders between file systems that follow each other without foreign data between them.
struct BorderSearch {
  private static let mostCandidates = 256
  private static let softAlignment: UInt64 = 64 << 10

  /// Two claims that one file system cannot hold both: a border lies behind the first, at or before the second.
  private struct Conflict {
    let first: UInt64
    let second: UInt64
    /// Whether hard links could explain it.
    var isSoft = false
  }

  private let group: NodeGroup
  private let grid: BlockGrid

  init(_ group: NodeGroup, _ grid: BlockGrid) {
    self.group = group
    self.grid = grid
  }

  /// The borders, ascending.
  ///
  /// - Parameter allowsSoft: Whether two names for one inode may count, where both sides are then complete on their own.
  func borders(allowsSoft: Bool) -> [UInt64] {
    var conflicts = identityConflicts() + typeConflicts()
    if allowsSoft { conflicts += nameConflicts() }
    conflicts.sort { $0.second < $1.second }
    var borders: [UInt64] = []
    for conflict in conflicts {
      if let last = borders.last, conflict.first < last { continue }
      // Conflicts that the same border may resolve narrow the choice.
      let first =
        conflicts.lazy.filter {
          $0.isSoft == conflict.isSoft && $0.first < conflict.second
            && $0.second >= conflict.second
        }.map(\.first).max() ?? conflict.first
      let start = borders.last ?? group.range.lowerBound
      if let border = border(after: max(first, start), upTo: conflict.second, from: start, conflict)
      {
        borders.append(border)
      }
    }
    return borders
  }

  /// Live nodes with the same number and version that differ.
  private func identityConflicts() -> [Conflict] {
    let sorted = group.claims.sorted {
      ($0.isDirent ? 1 : 0, $0.ino, $0.version, $0.offset)
        < ($1.isDirent ? 1 : 0, $1.ino, $1.version, $1.offset)
    }
    return zip(sorted, sorted.dropFirst()).compactMap { first, second in
      first.isDirent == second.isDirent && first.ino == second.ino
        && first.version == second.version && first.signature != second.signature
        ? Conflict(first: first.offset, second: second.offset) : nil
    }
  }

  /// Inodes that are of two types at once.
  private func typeConflicts() -> [Conflict] {
    let sorted = group.claims.filter { !$0.isDirent && $0.target != 0 }.sorted {
      ($0.ino, $0.offset) < ($1.ino, $1.offset)
    }
    return zip(sorted, sorted.dropFirst()).compactMap { first, second in
      first.ino == second.ino && first.target != second.target
        ? Conflict(first: first.offset, second: second.offset) : nil
    }
  }

  /// Inodes with two names: hard links, or two file systems that count alike.
  private func nameConflicts() -> [Conflict] {
    let sorted = group.claims.filter { $0.isDirent && $0.target > 1 }.sorted {
      ($0.target, $0.offset) < ($1.target, $1.offset)
    }
    return zip(sorted, sorted.dropFirst()).compactMap { first, second in
      first.target == second.target && first.signature != second.signature
        ? Conflict(first: first.offset, second: second.offset, isSoft: true) : nil
    }
  }

  /// The best border of those that resolve a conflict.
  private func border(
    after first: UInt64, upTo second: UInt64, from start: UInt64, _ conflict: Conflict
  ) -> UInt64? {
    // A third file system that follows would blur the picture of a soft conflict.
    let end = conflict.isSoft ? grid.floor(second) + grid.blockSize : .max
    let claims = group.claims.drop { $0.offset < start }.prefix { $0.offset < end }
    var best: (border: UInt64, cost: Consistency, alignment: Int)?
    for candidate in candidates(after: first, upTo: second) {
      if conflict.isSoft, candidate % Self.softAlignment != 0 { continue }
      let cost =
        Consistency(claims.prefix { $0.offset < candidate })
        + Consistency(claims.drop { $0.offset < candidate })
      let alignment = min(16, candidate.trailingZeroBitCount)
      if let best, best.cost < cost || (best.cost == cost && best.alignment > alignment) {
        continue
      }
      best = (candidate, cost, alignment)
    }
    guard let best else { return nil }
    if conflict.isSoft {
      let whole = Consistency(claims)
      guard best.cost.unresolved <= whole.unresolved, best.cost < whole,
        hasOwnInode(of: conflict, at: best.border, claims)
      else { return nil }
    }
    return best.border
  }

  /// Whether both sides of a border hold nodes of the inode that both have a name for.
  private func hasOwnInode(
    of conflict: Conflict, at border: UInt64, _ claims: ArraySlice<Claim>
  ) -> Bool {
    guard let ino = claims.first(where: { $0.offset == conflict.second })?.target else {
      return false
    }
    let nodes = claims.filter { !$0.isDirent && $0.ino == ino }
    return nodes.contains { $0.offset < border } && nodes.contains { $0.offset >= border }
  }

  /// The starts of erase blocks, the last ones where they are very many; cleanmarkers where there is no grid.
  private func candidates(after first: UInt64, upTo second: UInt64) -> [UInt64] {
    var candidates: [UInt64] = []
    var candidate = grid.floor(second)
    while candidate > first, candidates.count < Self.mostCandidates {
      candidates.append(candidate)
      guard candidate > grid.blockSize else { break }
      candidate -= grid.blockSize
    }
    if candidates.isEmpty {
      candidates = group.cleanmarkers.filter { first < $0 && $0 <= second }
        .suffix(Self.mostCandidates)
    }
    // A node crosses no border.
    return candidates.filter { !group.isInsideOfNode($0) }.sorted()
  }
}

extension NodeGroup {
  /// Whether a claim's neighbours make it impossible that a block starts here: no known node starts at the offset though nodes lie
  /// around it.
  fileprivate func isInsideOfNode(_ offset: UInt64) -> Bool {
    var low = 0
    var high = extents.count
    while low < high {
      let middle = (low + high) / 2
      if extents[middle].upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    guard low < extents.count, extents[low].lowerBound < offset else { return false }
    return !cleanmarkers.contains(offset) && !claims.contains { $0.offset == offset }
  }
}
