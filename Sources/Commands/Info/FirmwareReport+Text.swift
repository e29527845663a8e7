internal import JFFS2
internal import Storage
internal import Support

/// A label and what it says, in two columns.
private struct Lines {
  private static let width = 14
  var text = ""

  mutating func heading(_ title: String) { text += (text.isEmpty ? "" : "\n") + title + "\n" }

  mutating func add(_ label: String, _ values: String...) {
    for (index, value) in values.enumerated() {
      let shown = index == 0 ? label : ""
      let space = String(repeating: " ", count: max(1, Self.width - shown.count))
      text += "  " + shown + space + value + "\n"
    }
  }

  mutating func add(_ label: String, _ values: [String]) {
    for (index, value) in values.enumerated() { add(index == 0 ? label : "", value) }
  }
}

extension FirmwareReport {
  /// For people: compact, with all names escaped.
  package var text: String {
    var lines = Lines()
    lines.heading(Self.escaped(firmware))
    lines.add("size", Self.size(size))
    for container in containers { lines.add(container.label, container.lines) }
    lines.add("partitions", PartReport.table(partitions ?? []))
    for fileSystem in fileSystems { fileSystem.add(to: &lines) }
    return lines.text
  }

  fileprivate static func escaped(_ text: String) -> String {
    DisplayName.inMessages.text(Array(text.utf8))
  }

  /// The size in a unit, and to the byte where that says more.
  fileprivate static func size(_ count: UInt64) -> String {
    count < 1024
      ? NumberFormat.bytes(count)
      : "\(NumberFormat.bytes(count)) (\(NumberFormat.grouped(count)) bytes)"
  }
}

extension ContainerReport {
  fileprivate var label: String {
    switch kind {
    case "uimage": "U-Boot image"
    case "fit": "FIT image"
    case "archive": "archive"
    case "compressed": "compressed"
    case "hexdump": "text dump"
    case "ubi": "UBI volume"
    default: "NAND dump"
    }
  }

  fileprivate var lines: [String] {
    switch kind {
    case "uimage":
      let title = FirmwareReport.escaped(name ?? "")
      let made = time.map { ImageTime($0).full } ?? ""
      let place = offset == 0 ? "" : ", header at \((offset ?? 0).hexadecimal)"
      var data = "data \(FirmwareReport.size(dataSize ?? 0))"
      if let dataPresent { data += ", truncated after \(NumberFormat.grouped(dataPresent)) bytes" }
      let kinds = [architecture, operatingSystem, type].compactMap(\.self)
      return [
        "\"\(title)\", made \(made)\(place)",
        kinds.joined(separator: ", ") + ", compression: \(compression ?? "") (header)",
        "load address \((loadAddress ?? 0).hexadecimal), entry point "
          + (entryPoint ?? 0).hexadecimal,
        "\(data); header CRC \(headerCrc ?? "")"
          + (dataPresent == nil ? ", data CRC \(dataCrc ?? "not checked")" : ""),
      ]
    case "fit": return ["at \((offset ?? 0).hexadecimal)"]
    case "archive":
      return ["\(format ?? ""), member \"\(FirmwareReport.escaped(member ?? ""))\""]
    case "compressed": return [format ?? ""]
    case "hexdump":
      return [
        "hexadecimal, from \((address ?? 0).hexadecimal), \(FirmwareReport.size(dataSize ?? 0))"
      ]
    case "ubi":
      return [
        "\"\(FirmwareReport.escaped(name ?? ""))\", number \(volume ?? 0), \(type ?? "")",
        "UBI at \((offset ?? 0).hexadecimal), blocks of \(NumberFormat.bytes(physicalBlockSize ?? 0)) "
          + "with \(NumberFormat.grouped(blockSize ?? 0)) bytes of data",
      ]
    default:
      let reason = isDetected == true ? "detected" : "as given"
      return [
        "pages of \(pageSize ?? 0) bytes with \(oobSize ?? 0) of spare area, \(reason); "
          + "offsets count without them"
      ]
    }
  }
}

extension FileSystemReport {
  fileprivate func add(to lines: inout Lines) {
    lines.heading("\(FirmwareReport.escaped(name))")
    lines.add(
      "place", "offset \(offset.hexadecimal), \(FirmwareReport.size(UInt64(length)))",
      "\(source)")
    lines.add("format", "JFFS2, \(byteOrder)-endian, magic \(magic)")
    lines.add("erase size", "\(NumberFormat.bytes(UInt64(eraseSize))), \(eraseSizeReason)")
    lines.add("bytes", byteLines)
    lines.add("nodes", nodes.map(Self.line))
    lines.add("compressors", compressors.map(Self.line))
    lines.add("tree", treeLines)
    lines.add("medium", mediumLine)
    addFindings(to: &lines)
    if damagedNodes > 0 || bytes.damaged > 0 || tree.unreadable > 0 {
      // The bytes of a node that is truncated are damaged, and make no node.
      var damage = [
        damagedNodes > 0
          ? NumberFormat.pluralized(damagedNodes, "node") + " damaged"
          : NumberFormat.grouped(bytes.damaged) + " bytes damaged"
      ]
      if tree.unreadable > 0 {
        damage.append(NumberFormat.pluralized(tree.unreadable, "name") + " unusable")
      }
      lines.add("damage", damage.joined(separator: ", ") + "; for the files: jffs2 verify")
    } else if !findings.contains(where: \.isDamage) {
      lines.add("damage", "no damage found (run jffs2 verify for a full check)")
    }
    lines.add(
      "rebuild",
      [rebuild.extract, rebuild.pack].compactMap(\.self).map(FirmwareReport.escaped))
    lines.add("", rebuild.notes.map { "(\($0))" })
  }

  /// Adds what contradicts one intact file system, and what is worth mentioning.
  private func addFindings(to lines: inout Lines) {
    let maximum = 10
    for (label, isDamage) in [("damage", true), ("notes", false)] {
      let shown = findings.filter { $0.isDamage == isDamage }
      var texts = shown.prefix(maximum).map { $0.line(DisplayName.inMessages.text) }
      if shown.count > maximum { texts.append("and \(shown.count - maximum) more: jffs2 verify") }
      lines.add(label, texts)
    }
  }

  private var byteLines: [String] {
    let parts: [(name: String, count: UInt64)] = [
      ("live", bytes.live), ("reclaimable", bytes.reclaimable), ("free, erased", bytes.free),
      ("damaged", bytes.damaged), ("foreign", bytes.foreign),
    ]
    return parts.filter { $0.count > 0 }.map { part in
      Self.padLeft(NumberFormat.grouped(part.count), 13) + "  "
        + Self.padLeft(NumberFormat.percent(part.count, of: UInt64(length)), 7) + "  " + part.name
    }
  }

  private static func line(_ node: NodeCount) -> String {
    let states = NodeState.allCases.compactMap { state in
      node.states[state.rawValue].map { "\(NumberFormat.grouped(UInt64($0))) \(state.rawValue)" }
    }
    return padLeft(NumberFormat.grouped(UInt64(node.count)), 13) + "  " + padRight(node.type, 12)
      + states.joined(separator: ", ")
  }

  private static func line(_ compressor: CompressorCount) -> String {
    let ratio = NumberFormat.percent(compressor.compressedBytes, of: compressor.decompressedBytes)
    let amounts =
      compressor.decompressedBytes == 0
      ? ""
      : "\(NumberFormat.bytes(compressor.compressedBytes)) for \(NumberFormat.bytes(compressor.decompressedBytes))"
    return padLeft(NumberFormat.grouped(UInt64(compressor.nodes)), 13) + "  "
      + padRight(compressor.name, 12) + amounts + (amounts.isEmpty ? "" : ", \(ratio)")
  }

  private var treeLines: [String] {
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
    return [
      parts.joined(separator: ", "),
      "\(FirmwareReport.size(tree.contentBytes)) in files, newest of "
        + ImageTime(tree.newestMtime).full,
    ]
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

  private static func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  private static func padRight(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.utf8.count))
  }
}
