internal import Storage

extension VerificationReport {
  /// The report for people: a line for each finding, what is normal behind what is damage, and a summary.
  ///
  /// - Parameter title: What the summary calls the firmware.
  package func text(title: String) -> String {
    var lines = LineBuffer()
    let isOne = fileSystems.count == 1
    for finding in containerFindings { lines.append(finding, of: nil) }
    for fileSystem in fileSystems {
      let name = isOne ? nil : fileSystem.name
      for finding in fileSystem.findings { lines.append(finding, of: name) }
    }
    lines.append(summary(title: title))
    return lines.bytes.text
  }

  /// The last line: what was checked, and the verdict.
  private func summary(title: String) -> String {
    let counts = fileSystems.reduce(into: Counts()) { sum, fileSystem in
      sum.nodes += fileSystem.counts.nodes
      sum.obsoleteNodes += fileSystem.counts.obsoleteNodes
      sum.files += fileSystem.counts.files
      sum.chunks += fileSystem.counts.chunks
    }
    let damage = findings.count { $0.kind.isDamage }
    let verdict =
      damage > 0
      ? "DAMAGED, \(damage.counted("place"))"
      : findings.isEmpty ? "all good" : "nothing is lost"
    return
      "\(title): \(verdict); \(counts.nodes.counted("node")), \(counts.obsoleteNodes) obsolete; "
      + "\(counts.files.counted("file")), \(counts.chunks.counted("chunk")) expanded\n"
  }
}

extension LineBuffer {
  fileprivate mutating func append(_ finding: Finding, of fileSystem: String?) {
    if let fileSystem {
      append(fileSystem)
      append(": ")
    }
    if finding.paths.isEmpty, let ino = finding.ino {
      append("inode ")
      append(ino)
      append(" (no path)")
    }
    for (index, path) in finding.paths.enumerated() {
      if index > 0 { append(", ") }
      if !path.starts(with: "…/".utf8) { append("/") }
      append(DisplayName.inMessages.text(path))
    }
    if finding.morePathCount > 0 {
      append(" and ")
      append(Amount.counted(finding.morePathCount, "more name"))
    }
    if !finding.paths.isEmpty || finding.ino != nil { append(": ") }
    if let range = finding.range {
      append("bytes ")
      append(range.lowerBound)
      append(" to ")
      append(range.upperBound)
      append(": ")
    }
    append(finding.kind.phrase)
    append(finding.reason)
    if let offset = finding.flashOffset { append(", node at 0x" + String(offset, radix: 16)) }
    append("\n")
  }
}

extension Finding.Kind {
  fileprivate var phrase: String {
    switch self {
    case .lostRange, .lostFile: "lost: "
    case .lostXattr: "extended attribute lost: "
    case .danglingName, .impossibleName: "not shown: "
    case .damagedNode: "damaged node, what it held is unknown: "
    case .container: ""
    case .unfinishedWrite: "nothing lost, an unfinished write: "
    case .hidden: "nothing lost, a damaged node that does not show: "
    }
  }
}
