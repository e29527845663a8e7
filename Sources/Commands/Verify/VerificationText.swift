internal import JFFS2
internal import Storage
internal import Support

extension VerificationReport {
  /// The report for people: a line for each finding, what is normal after what is damage, and a summary.
  ///
  /// - Parameter title: The name of the firmware in the summary.
  package func text(title: String, _ style: TerminalStyle = .plain) -> String {
    var lines = LineBuffer()
    let isOne = fileSystems.count == 1
    for finding in containerFindings { lines.append(finding, of: nil, style) }
    for fileSystem in fileSystems {
      let name = isOne ? nil : fileSystem.name
      for finding in fileSystem.findings { lines.append(finding, of: name, style) }
    }
    lines.append(summary(title: title, style))
    return lines.bytes.text
  }

  /// The last line: what was checked, and the verdict.
  private func summary(title: String, _ style: TerminalStyle) -> String {
    let counts = fileSystems.reduce(into: Counts()) { sum, fileSystem in
      sum.nodes += fileSystem.counts.nodes
      sum.obsoleteNodes += fileSystem.counts.obsoleteNodes
      sum.files += fileSystem.counts.files
      sum.chunks += fileSystem.counts.chunks
    }
    let damage = findings.count { $0.isDamage }
    let verdict =
      damage > 0
      ? style.damage("DAMAGED, \(damage.pluralized("place"))")
      : findings.isEmpty ? "no damage" : "no damage found"
    return
      "\(title): \(verdict); \(counts.nodes.pluralized("node")), \(counts.obsoleteNodes) obsolete; "
      + "\(counts.files.pluralized("file")), \(counts.chunks.pluralized("chunk")) decompressed\n"
  }
}

extension LineBuffer {
  fileprivate mutating func append(
    _ finding: Finding, of fileSystem: String?, _ style: TerminalStyle
  ) {
    if let fileSystem {
      append(fileSystem)
      append(": ")
    }
    let line = finding.line(DisplayName.inMessages.text)
    append(finding.isDamage ? style.damage(line) : line)
    append("\n")
  }
}
