extension Volume {
  /// The maximum number of paths of a finding.
  private static let maximumPathCount = 8
  /// About what all paths of a report may take; of many long ones only the ends are given.
  private static let pathBudget = 16 << 20
  /// Room for one name at least.
  private static let minimumPathLimit = 255

  /// Adds the paths of inodes to findings, and the findings about names; in the order of a report.
  package func addingPaths(to findings: [Finding]) -> [Finding] {
    let names: [(dirents: [Dirent], kind: Finding.Kind, reason: String)] = [
      (impossibleNames, .impossibleName, "no directory can show this name"),
      (danglingNames, .danglingName, "nothing is left of its inode"),
    ]
    let count = names.reduce(findings.count) { $0 + $1.dirents.count }
    guard count > 0 else { return [] }
    let needsPaths =
      findings.contains { $0.ino != nil } || names.contains { !$0.dirents.isEmpty }
    guard needsPaths else { return findings.sorted { $0.isOrdered(before: $1) } }
    let index = pathIndex
    let share = Self.pathBudget / (count * Self.maximumPathCount)
    let longest = max(Self.minimumPathLimit, min(PathIndex.longestPath, share))
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
  /// All of the damage in one line; nil if there is none. The same words are used everywhere.
  ///
  /// - Parameter name: How a path is written.
  package func summary(_ name: ([UInt8]) -> String) -> String? {
    guard let first else { return nil }
    return "DAMAGED: " + first.line(name) + (count > 1 ? "; and \(count - 1) more" : "")
      + " (jffs2 verify lists all)"
  }
}

extension Volume {
  /// The version of the newest valid node of an inode that has a name; nil where there is none.
  package func newestValidVersion(of ino: UInt32) throws(JFFS2Error) -> UInt32? {
    guard let index = inodes.index(of: ino), inodes.entries[index].linkCount > 0 else { return nil }
    return try latestNodeIndex(of: inodes.entries[index]).map { inodes.nodes[$0].version }
  }
}
