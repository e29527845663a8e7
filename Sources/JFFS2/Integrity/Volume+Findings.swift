extension Volume {
  /// The maximum number of paths of a finding.
  private static let maximumPathCount = 8
  /// About what all paths of a report may take; of many long ones only the ends are given.
  private static let pathBudget = 16 << 20
  /// Space for at least one name.
  private static let minimumPathLimit = 255

  /// Adds the paths of inodes to findings, and the findings about names; in the order of a report.
  package func addingPaths(to findings: [Finding]) -> [Finding] {
    let replaced = Set(findings.lazy.filter { $0.kind == .deleted }.compactMap(\.flashOffset))
    let dangling = danglingNames.filter { !replaced.contains(range.imageOffset($0.flashOffset)) }
    let names: [(dirents: [Dirent], kind: Finding.Kind, reason: String)] = [
      (invalidNames, .impossibleName, "not allowed in a directory"),
      (dangling, .danglingName, "nothing is left of its inode"),
    ]
    let count = names.reduce(findings.count) { $0 + $1.dirents.count }
    guard count > 0 else { return [] }
    let needsPaths =
      findings.contains { $0.ino != nil } || names.contains { !$0.dirents.isEmpty }
    guard needsPaths else { return findings.sorted { $0.isOrdered(before: $1) } }
    let index = pathIndex
    let share = Self.pathBudget / (count * Self.maximumPathCount)
    let longest = max(Self.minimumPathLimit, min(PathIndex.maximumPathLength, share))
    var known: [UInt32: (paths: [[UInt8]], more: Int)] = [:]
    var all = findings.map { finding in
      guard let ino = finding.ino, finding.paths.isEmpty else { return finding }
      var finding = finding
      let paths =
        known[ino] ?? index.paths(of: ino, atMost: Self.maximumPathCount, longest: longest)
      known[ino] = paths
      (finding.paths, finding.morePathCount) = paths
      return finding
    }
    for (dirents, kind, reason) in names {
      for dirent in dirents {
        guard let path = index.path(of: dirent, longest: longest) else { continue }
        all.append(
          Finding(
            kind, reason, ino: dirent.ino, paths: [path],
            flashOffset: range.imageOffset(dirent.flashOffset)))
      }
    }
    return all.sorted { $0.isOrdered(before: $1) }
  }

  /// The damage that the nodes show without their payloads, in the order of a report.
  package var indexDamage: [Finding] { addingPaths(to: integrityFindings).filter(\.isDamage) }
}

extension [Finding] {
  /// The first finding and the number of others in one line, as shown everywhere; nil if there is no damage.
  ///
  /// - Parameter name: The spelling of a path.
  package func summary(_ name: ([UInt8]) -> String) -> String? {
    guard let first else { return nil }
    return "DAMAGED: " + first.line(name)
      + (count > 1 ? "; and \(count - 1) more (jffs2 verify lists all)" : "")
  }
}

extension Volume {
  /// Whether older contents are visible in place of a damaged node's, or older attributes: no newer valid nodes cover all of it.
  ///
  /// - Parameter range: The bytes of the file that the node held.
  /// - Returns: false where nothing of the inode is visible.
  package func showsOlderContents(
    of ino: UInt32, version: UInt32, _ range: Range<UInt64>
  ) throws(JFFS2Error) -> Bool {
    guard let index = inodes.index(of: ino), inodes.entries[index].linkCount > 0,
      let latest = try latestNodeIndex(of: inodes.entries[index])
    else { return false }
    if version > inodes.nodes[latest].version { return true }
    let visible = range.clamped(to: 0..<UInt64(inodes.nodes[latest].fileSize))
    var newer: [Int] = []
    for place in inodes.nodeIndices(inodes.entries[index]).reversed() {
      let node = inodes.nodes[place]
      guard node.version > version else { break }
      let isOver =
        UInt64(node.fileOffset) < visible.upperBound && UInt64(node.fileEnd) > visible.lowerBound
      if node.isUsable, !node.isMetadata, isOver, try hasGoodData(at: place) { newer.append(place) }
    }
    var position = visible.lowerBound
    for fragment in FragmentTree(layers: newer.reversed(), nodes: inodes.nodes).fragments {
      if UInt64(fragment.start) > position { break }
      position = max(position, UInt64(fragment.end))
    }
    return position < visible.upperBound
  }
}
