package import FirmwareAccess
internal import JFFS2
internal import Storage
internal import Support

/// A label and what it says, in two columns.
struct ReportLines {
  private static let width = 14
  /// The parts that are listed on one screen.
  static let maximumPartCount = 20
  let style: TerminalStyle
  /// Whether everything is shown, not one screen.
  let isVerbose: Bool
  /// The lines about the damage of a file system that has none itself.
  let otherDamage: [String]
  var text = ""

  private static let maximumDamageCount = 3

  /// - Parameter damage: The damage of the file around the file systems.
  init(_ style: TerminalStyle, isVerbose: Bool, damage: [String]) {
    self.style = style
    self.isVerbose = isVerbose
    let shown = damage.prefix(Self.maximumDamageCount).map {
      style.damage(FirmwareReport.escaped($0))
    }
    otherDamage =
      shown.isEmpty ? ["no damage found (run jffs2 verify for a full check)"] : shown
  }

  mutating func heading(_ title: String) {
    text += (text.isEmpty ? "" : "\n") + style.heading(FirmwareReport.escaped(title)) + "\n"
  }

  mutating func add(_ label: String, _ values: String...) { add(label, values) }

  mutating func add(_ label: String, _ values: [String]) {
    for (index, value) in values.enumerated() {
      let shown = index == 0 ? label : ""
      text += "  " + shown.padded(Self.width) + value + "\n"
    }
  }

  /// The first lines of a list and one that says how many follow; all of them if everything is shown.
  func screenful(_ values: [String], _ maximum: Int) -> [String] {
    guard !isVerbose, values.count > maximum else { return values }
    let rest = values.count - maximum + 1
    return values.prefix(maximum - 1) + ["  and \(rest) more: jffs2 info -v"]
  }
}

extension String {
  /// With spaces after it, and at least one.
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - unicodeScalars.count))
  }

  /// With spaces before it.
  func indented(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - unicodeScalars.count)) + self
  }
}

extension FirmwareReport {
  /// For people: what matters on one screen, or everything; with all names escaped.
  package func text(_ style: TerminalStyle, isVerbose: Bool) -> String {
    var lines = ReportLines(style, isVerbose: isVerbose, damage: damage)
    lines.heading(firmware)
    lines.add("size", style.size(size))
    for container in containers { lines.add(container.label, container.lines(style)) }
    let parts = partitions ?? []
    let width = isVerbose || parts.count == 1 ? nil : style.width - 4
    let table = PartReport.table(parts, style, width: width)
    if !parts.isEmpty { lines.text += "  partitions\n" }
    for row in lines.screenful(table, ReportLines.maximumPartCount) { lines.text += "    \(row)\n" }
    if isVerbose || fileSystems.count == 1 {
      for fileSystem in fileSystems { fileSystem.add(to: &lines) }
    } else if !fileSystems.isEmpty {
      fileSystems.addTable(to: &lines)
    }
    return lines.text
  }

  /// One line: what the firmware is, and the file systems in it.
  ///
  /// - Parameters:
  ///   - width: The width of the column with the file's name.
  ///   - image: What the report is about.
  package func summary(
    _ style: TerminalStyle, nameWidth width: Int, _ image: FirmwareImage
  ) -> String {
    let formats = containers.prefix(1).map { container in
      let name = container.name.map { " \"\(Self.escaped($0))\"" } ?? ""
      return container.label + (container.format.map { " (\($0))" } ?? "") + name
    }
    let count = partitions.map { parts in parts.count { $0.alias != true } } ?? 0
    var facts = [style.size(size)] + formats
    if count > 1, containers.isEmpty { facts.append("\(count) parts") }
    if fileSystems.isEmpty {
      var types = partitions.map { $0.map(\.type) } ?? []
      types = types.indices.filter { !types[..<$0].contains(types[$0]) }.map { types[$0] }
      let result =
        image.failure?.status ?? .noFileSystem == .noFileSystem ? "no JFFS2" : "JFFS2 not read"
      facts.append(result + (types.isEmpty ? "" : ": " + types.joined(separator: ", ")))
    } else if fileSystems.count > 1 {
      let names = fileSystems.prefix(6).map { Self.escaped($0.name) }.joined(separator: ", ")
      facts.append("\(fileSystems.count) JFFS2 (\(names)\(fileSystems.count > 6 ? ", …" : ""))")
    } else {
      facts.append("JFFS2 \(fileSystems[0].byteOrder)-endian")
    }
    if !fileSystems.isEmpty {
      let files = fileSystems.reduce(0) { $0 + $1.tree.files }
      let byteCount = fileSystems.reduce(0) { $0 + $1.tree.contentBytes }
      facts.append("\(NumberFormat.pluralized(files, "file")) of \(style.size(byteCount))")
    }
    if !image.damage.isEmpty || fileSystems.contains(where: \.isDamaged) {
      facts.append(style.damage("DAMAGED"))
    }
    return (Self.escaped(firmware) + ":").padded(width + 2) + facts.joined(separator: ", ") + "\n"
  }

  static func escaped(_ text: String) -> String {
    DisplayName.inMessages.text(Array(text.utf8))
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

  fileprivate func lines(_ style: TerminalStyle) -> [String] {
    switch kind {
    case "uimage": return uImageLines(style)
    case "fit": return ["at \((offset ?? 0).hexadecimal)"]
    case "archive":
      return ["\(format ?? ""), member \"\(FirmwareReport.escaped(member ?? ""))\""]
    case "compressed": return [format ?? ""]
    case "hexdump":
      return ["hexadecimal, from \((address ?? 0).hexadecimal), \(style.size(dataSize ?? 0))"]
    case "ubi":
      return [
        "\"\(FirmwareReport.escaped(name ?? ""))\", number \(volume ?? 0), \(type ?? "")",
        "UBI at \((offset ?? 0).hexadecimal), blocks of \(style.size(physicalBlockSize ?? 0)) "
          + "with \(style.size(blockSize ?? 0)) of data",
      ]
    default:
      let reason = isDetected == true ? "detected" : "as given"
      return [
        "pages of \(pageSize ?? 0) bytes with \(oobSize ?? 0) of spare area, \(reason); "
          + "offsets count without them"
      ]
    }
  }

  private func uImageLines(_ style: TerminalStyle) -> [String] {
    let made = time.map { ImageTime($0).full } ?? ""
    let place = offset == 0 ? "" : ", header at \((offset ?? 0).hexadecimal)"
    var data = "data \(style.size(dataSize ?? 0))"
    if let dataPresent {
      // A few bytes may be missing of many.
      data =
        "data \(dataSize ?? 0) bytes, " + style.damage("truncated after \(dataPresent) bytes")
    }
    func verdict(_ crc: String?) -> String {
      crc == "invalid" ? style.damage("invalid") : crc ?? "not checked"
    }
    return [
      "\"\(FirmwareReport.escaped(name ?? ""))\", made \(made)\(place)",
      [architecture, operatingSystem, type].compactMap(\.self).joined(separator: ", ")
        + ", compression: \(compression ?? "") (header)",
      "load address \((loadAddress ?? 0).hexadecimal), entry point "
        + (entryPoint ?? 0).hexadecimal,
      "\(data); header CRC \(verdict(headerCrc))"
        + (dataPresent == nil ? ", data CRC \(verdict(dataCrc))" : ""),
    ]
  }
}
