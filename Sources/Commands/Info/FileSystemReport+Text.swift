internal import JFFS2
internal import Storage
internal import Support

extension FileSystemReport {
  /// Whether anything is, or may be, lost.
  var isDamaged: Bool {
    damagedNodes > 0 || bytes.damaged > 0 || tree.unreadable > 0
      || findings.contains(where: \.isDamage)
  }

  func add(to lines: inout ReportLines) {
    lines.heading(name)
    let place = "offset \(offset.hexadecimal), \(lines.style.size(UInt64(length)))"
    let size = lines.style.size(UInt64(eraseSize))
    if lines.isVerbose {
      lines.add("place", place, "\(source)")
      lines.add("format", "JFFS2, \(byteOrder)-endian, magic \(magic)")
      lines.add("erase size", "\(size), \(eraseSizeReason)")
      lines.add("bytes", table(lines.style))
      lines.add("nodes", nodes.map(Self.line))
      lines.add("compressors", compressors.map { Self.line($0, lines.style) })
    } else {
      lines.add("place", "\(place), \(source)")
      lines.add("format", "JFFS2, \(byteOrder)-endian, erase size \(size)")
      lines.add("bytes", shares.map { "\($0.share) \($0.name)" }.joined(separator: ", "))
    }
    addTree(to: &lines)
    if lines.isVerbose { lines.add("medium", mediumLine) }
    addDamage(to: &lines)
    guard lines.isVerbose else { return }
    lines.add(
      "rebuild",
      [rebuild.extract, rebuild.pack].compactMap(\.self).map(FirmwareReport.escaped))
    lines.add("", rebuild.notes.map { "(\($0))" })
  }

  /// The characters of facts about the tree in one line, so that it has at most 80 columns.
  private static let treeWidth = 62

  private func addTree(to lines: inout ReportLines) {
    var parts = [
      NumberFormat.pluralized(tree.files, "file"),
      "\(NumberFormat.grouped(UInt64(tree.directories))) "
        + (tree.directories == 1 ? "directory" : "directories"),
    ]
    for (count, noun) in [
      (tree.symbolicLinks, "symbolic link"), (tree.devices, "device"), (tree.fifos, "fifo"),
      (tree.sockets, "socket"), (tree.hardLinks, "more hard link"),
      (tree.xattrs, "extended attribute"),
    ] where count > 0 {
      parts.append(NumberFormat.pluralized(count, noun))
    }
    let counts = parts.joined(separator: ", ")
    let size = lines.style.size(tree.contentBytes)
    let newest = ImageTime(tree.newestMtime).full
    if lines.isVerbose {
      lines.add("tree", counts, "\(size) in files, newest of \(newest)")
    } else {
      let rest = "\(size), newest \(newest)"
      let fits = counts.count + rest.count <= Self.treeWidth
      lines.add("tree", fits ? ["\(counts); \(rest)"] : [counts, rest])
    }
  }

  private func addDamage(to lines: inout ReportLines) {
    let maximum = lines.isVerbose ? 10 : 3
    let damage = damageLines(lines.style, maximum)
    lines.add("damage", damage.isEmpty ? lines.otherDamage : damage)
    lines.add("notes", findingLines(isDamage: false, maximum))
  }

  /// The damage in words; empty if none was found.
  func damageLines(_ style: TerminalStyle, _ maximum: Int) -> [String] {
    var lines = findingLines(isDamage: true, maximum).map(style.damage)
    guard damagedNodes > 0 || bytes.damaged > 0 || tree.unreadable > 0 else { return lines }
    // The bytes of a node that is truncated are damaged, and make no node.
    var damage = [
      damagedNodes > 0
        ? NumberFormat.pluralized(damagedNodes, "node") + " damaged"
        : style.size(bytes.damaged) + " damaged"
    ]
    if tree.unreadable > 0 {
      damage.append(NumberFormat.pluralized(tree.unreadable, "name") + " unusable")
    }
    lines.insert(
      style.damage(damage.joined(separator: ", ")) + "; for the files: jffs2 verify", at: 0)
    return lines
  }

  /// The contradictions to one intact file system, or the other findings.
  func findingLines(isDamage: Bool, _ maximum: Int) -> [String] {
    let shown = findings.filter { $0.isDamage == isDamage }
    let texts = shown.prefix(maximum).map { $0.line(DisplayName.inMessages.text) }
    return shown.count > maximum
      ? texts + ["and \(shown.count - maximum) more: jffs2 verify"] : texts
  }

  /// The uses that have bytes, with their shares of the whole.
  var shares: [(name: String, count: UInt64, share: String)] {
    let parts: [(name: String, count: UInt64)] = [
      ("live", bytes.live), ("reclaimable", bytes.reclaimable), ("free", bytes.free),
      ("damaged", bytes.damaged), ("foreign", bytes.foreign),
    ]
    return zip(parts, NumberFormat.percentages(parts.map(\.count))).map { part, share in
      (part.name, part.count, share)
    }.filter { $0.count > 0 }
  }

  private func table(_ style: TerminalStyle) -> [String] {
    shares.map { part in
      style.size(part.count).indented(13) + "  " + part.share.indented(6) + "  " + part.name
    }
  }

  private static func line(_ node: NodeCount) -> String {
    let states = NodeState.allCases.compactMap { state in
      node.states[state.rawValue].map { "\(NumberFormat.grouped(UInt64($0))) \(state.rawValue)" }
    }
    return NumberFormat.grouped(UInt64(node.count)).indented(13) + "  " + node.type.padded(12)
      + states.joined(separator: ", ")
  }

  private static func line(_ compressor: CompressorCount, _ style: TerminalStyle) -> String {
    let ratio = NumberFormat.percent(compressor.compressedBytes, of: compressor.decompressedBytes)
    let amounts =
      compressor.decompressedBytes == 0
      ? ""
      : "\(style.size(compressor.compressedBytes)) for \(style.size(compressor.decompressedBytes))"
        + ", \(ratio)"
    return NumberFormat.grouped(UInt64(compressor.nodes)).indented(13) + "  "
      + compressor.name.padded(12) + amounts
  }

  private var mediumLine: String {
    var parts = [NumberFormat.pluralized(cleanmarkers, "cleanmarker")]
    if let cleanmarkerLength, cleanmarkerLength != UInt32(NodeHeader.size) {
      parts[0] += " of \(cleanmarkerLength) bytes"
    }
    parts.append(
      "\(summaries == 1 ? "1 summary" : "\(NumberFormat.grouped(UInt64(summaries))) summaries")")
    parts.append(NumberFormat.pluralized(orphanedInodes, "orphaned inode"))
    return parts.joined(separator: ", ")
  }
}
