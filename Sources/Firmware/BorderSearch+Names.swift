extension BorderSearch {
  private static let softAlignment: UInt64 = 64 << 10

  /// The cuts, and further ones where file systems that count their inodes alike follow each other without a hard conflict.
  ///
  /// Two names for one inode tell of it, as hard links do. So both sides must hold nodes of the inode, be as complete apart as together,
  /// and not go on with each other's histories.
  func withSoftCuts(_ hard: [Cut]) -> [Cut] {
    var found = hard
    let ends = hard.map(\.index) + [group.claims.count]
    var open = zip([0] + hard.map(\.index), ends).map { $0..<$1 }
    while let claims = open.popLast() {
      guard let cut = softCut(in: claims) else { continue }
      found.append(cut)
      open += [claims.lowerBound..<cut.index, cut.index..<claims.upperBound]
    }
    return found.sorted { $0.index < $1.index }
  }

  private func softCut(in claims: Range<Int>) -> Cut? {
    let pairs = namePairs(in: claims)
    guard !pairs.isEmpty else { return nil }
    let best = bestCut(in: claims) { cut in
      cut.block % Self.softAlignment == 0
        && pairs.contains { $0.contains(cut.index) }
    }
    guard let best else { return nil }
    let whole = Consistency(group.claims[claims]).cost
    guard best.cost.unresolved <= whole.unresolved, best.cost < whole,
      !continues(claims, at: best.cut)
    else { return nil }
    return best.cut
  }

  /// For each inode with two names the claims between which a border may lie, so that each side has a name and nodes of it.
  private func namePairs(in claims: Range<Int>) -> [ClosedRange<Int>] {
    var names: [UInt32: (first: Int, signature: UInt64, other: Int?)] = [:]
    var nodes: [UInt32: ClosedRange<Int>] = [:]
    for index in claims {
      let claim = group.claims[index]
      if !claim.isDirent {
        nodes[claim.ino] = (nodes[claim.ino]?.lowerBound ?? index)...index
      } else if claim.target > 1 {
        if let known = names[claim.target] {
          if known.signature != claim.signature { names[claim.target]?.other = index }
        } else {
          names[claim.target] = (index, claim.signature, nil)
        }
      }
    }
    return names.compactMap { ino, name in
      guard let other = name.other, let nodes = nodes[ino] else { return nil }
      let first = max(name.first, nodes.lowerBound) + 1
      let last = min(other, nodes.upperBound)
      return first <= last ? first...last : nil
    }
  }

  /// Whether most histories that both sides know go on from one to the other, as in one log.
  private func continues(_ claims: Range<Int>, at cut: Cut) -> Bool {
    let before = Consistency(group.claims[claims.lowerBound..<cut.index]).versions
    let after = Consistency(group.claims[cut.index..<claims.upperBound]).versions
    var shared = 0
    var continued = 0
    for (history, first) in before {
      guard let second = after[history] else { continue }
      shared += 1
      // An inode's own nodes and its directory's dirents count versions together, so that some may be missing in each.
      let gap =
        first.upperBound < second.lowerBound
        ? second.lowerBound - first.upperBound
        : second.upperBound < first.lowerBound ? first.lowerBound - second.upperBound : .max
      if gap <= 3 { continued += 1 }
    }
    return continued * 2 > shared
  }
}
