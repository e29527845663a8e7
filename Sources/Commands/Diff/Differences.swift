package import FirmwareAccess
internal import Storage
internal import Support

/// All differences between two trees.
package struct Differences: Sendable {
  let comparison: Comparison
  /// Damage that no path shows.
  let damage: [Difference]
  /// In the order of paths.
  let list: [Difference]
  let totals: Totals

  /// `.damage` for any difference, `.failure` where something of a directory cannot be read.
  package var status: ExitStatus {
    if list.contains(where: { $0.faults.contains { $0.fault.isRefusal } }) { return .failure }
    return damage.isEmpty && list.isEmpty ? .success : .damage
  }

  /// Writes a line for each path.
  ///
  /// - Parameters:
  ///   - style: The colors.
  ///   - includesText: Whether unified diffs of text files follow their lines.
  package func writeText(
    to output: BufferedOutput, _ style: TerminalStyle, includesText: Bool
  ) throws(ProgramError) {
    let names = DisplayName.for(output)
    var budget = TextDifference.maximumTotalSize
    for difference in damage + list {
      let line = difference.line(names)
      try output.write(line.colored(difference.change, style)[...])
      guard includesText else { continue }
      try TextDifference(difference, comparison).write(to: output, &budget)
    }
  }

  /// The numbers of paths by what happened to them, and the size of each tree.
  package var summary: String {
    let words: [(Difference.Change, String)] = [
      (.added, "added"), (.removed, "removed"), (.changed, "changed"), (.renamed, "renamed"),
    ]
    let counts = words.map { change, word in
      "\(NumberFormat.grouped(UInt64(list.count { $0.change == change }))) \(word)"
    }
    let both = list.filter { $0.change == .changed || $0.change == .renamed }
    let aspects = Difference.Aspect.allCases.compactMap { aspect in
      let count = both.count { $0.aspects.contains(aspect) }
      return count > 0 ? "\(aspect.rawValue) \(NumberFormat.grouped(UInt64(count)))" : nil
    }
    var lines = [counts.joined(separator: ", ")]
    if !aspects.isEmpty { lines.append("changes: " + aspects.joined(separator: ", ")) }
    if !damage.isEmpty { lines.append(damage.count.pluralized("finding") + " of damage") }
    lines.append(
      "\(NumberFormat.pluralized(totals.files.old, "file")), \(NumberFormat.bytes(totals.bytes.old)) -> "
        + "\(NumberFormat.pluralized(totals.files.new, "file")), \(NumberFormat.bytes(totals.bytes.new))"
    )
    return lines.map { $0 + "\n" }.joined()
  }

  /// For programs.
  package var document: DifferencesDocument {
    DifferencesDocument(changes: (damage + list).map(DifferencesDocument.Change.init))
  }
}
