internal import Storage

/// Several file systems on one screen: a line for each, and what they have in common once.
extension [FileSystemReport] {
  private static var maximumCount: Int { 10 }
  private static var maximumFindingCount: Int { 3 }

  func addTable(to lines: inout ReportLines) {
    let style = lines.style
    let columns = ["file systems", "live", "reclaimable", "free", "files", "size", "newest"]
    let rows = [columns] + map { $0.row(style) }
    let widths = columns.indices.map { column in
      rows.map { $0[column].unicodeScalars.count }.max() ?? 0
    }
    let table = rows.map { row in
      row[0].padded(widths[0] + 2)
        + (1..<row.count - 1).map { row[$0].indented(widths[$0]) }.joined(separator: "  ")
        + "  " + row[row.count - 1]
    }
    lines.text += "\n" + style.heading(table[0]) + "\n"
    for row in lines.screenful([String](table.dropFirst()), Self.maximumCount) {
      lines.text += row + "\n"
    }
    lines.add(
      "format",
      shared { "JFFS2, \($0.byteOrder)-endian, erase size \(style.size(UInt64($0.eraseSize)))" })
    lines.add("boundaries", shared { "\($0.source)".trimmingPrefix("boundaries ").description })
    let damage = findings { $0.damageLines(style, Self.maximumFindingCount) }
    lines.add("damage", damage.isEmpty ? lines.otherDamage : damage)
    lines.add("notes", findings { $0.findingLines(isDamage: false, Self.maximumFindingCount) })
  }

  /// The different texts, in the order of the file systems, with the names of these if there are several.
  private func shared(_ text: (FileSystemReport) -> String) -> [String] {
    let texts = map(text)
    let different = texts.indices.filter { !texts[..<$0].contains(texts[$0]) }.map { texts[$0] }
    guard different.count > 1 else { return different }
    return different.prefix(Self.maximumFindingCount).map { text in
      let names = zip(self, texts).filter { $0.1 == text }.map { FirmwareReport.escaped($0.0.name) }
      return "\(text) (\(names.prefix(4).joined(separator: ", "))\(names.count > 4 ? ", …" : ""))"
    }
  }

  /// The first findings, each with the name of its file system.
  private func findings(_ lines: (FileSystemReport) -> [String]) -> [String] {
    let all = flatMap { fileSystem in
      lines(fileSystem).map { "\(FirmwareReport.escaped(fileSystem.name)): \($0)" }
    }
    let maximum = 2 * Self.maximumFindingCount
    guard all.count > maximum else { return all }
    return all.prefix(maximum) + ["and \(all.count - maximum) more: jffs2 verify"]
  }
}

extension FileSystemReport {
  /// The name, the use of all bytes, and the files.
  fileprivate func row(_ style: TerminalStyle) -> [String] {
    let share = Dictionary(uniqueKeysWithValues: shares.map { ($0.name, $0.share) })
    return ["  " + FirmwareReport.escaped(name)]
      + ["live", "reclaimable", "free"].map { share[$0] ?? "0.0%" }
      + [
        NumberFormat.grouped(UInt64(tree.files)), style.size(tree.contentBytes),
        ImageTime(tree.newestMtime).minutes,
      ]
  }
}
