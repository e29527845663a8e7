internal import JFFS2
internal import Storage
internal import Support

extension VerificationReport {
  /// The report for people: a line for each finding, what is normal after what is damage, and a summary.
  ///
  /// - Parameters:
  ///   - title: The name of the firmware in the summary.
  ///   - isOneOfSeveral: Whether the name is before each finding too.
  package func text(
    title: String, isOneOfSeveral: Bool = false, _ style: TerminalStyle = .plain
  ) -> String {
    let title = DisplayName.inMessages.text(Array(title.utf8))
    var lines = LineBuffer()
    let file = isOneOfSeveral ? "\(title): " : ""
    let isOne = fileSystems.count == 1
    for finding in containerFindings { lines.append(finding, after: file, style) }
    for fileSystem in fileSystems {
      let prefix = file + (isOne ? "" : "\(fileSystem.name): ")
      for finding in fileSystem.findings { lines.append(finding, after: prefix, style) }
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
      : "no damage"
    return
      "\(title): \(verdict); \(counts.nodes.pluralized("node")), \(counts.obsoleteNodes) obsolete; "
      + "\(counts.files.pluralized("file")), \(counts.chunks.pluralized("chunk")) decompressed\n"
  }
}

extension LineBuffer {
  fileprivate mutating func append(
    _ finding: Finding, after prefix: String, _ style: TerminalStyle
  ) {
    append(prefix)
    let line = finding.line(DisplayName.inMessages.text)
    append(finding.isDamage ? style.damage(line) : line)
    append("\n")
  }
}
