internal import Support

/// The whole flash memory in characters: a letter for each part.
struct TextPartMap {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  private static let maximumRows: UInt64 = 8

  private let map: FlashMap
  private let style: TerminalStyle
  private let bytesPerCell: UInt64
  private let cellsPerRow: Int
  private let labelWidth: Int

  init(_ map: FlashMap, _ style: TerminalStyle) {
    self.map = map
    self.style = style
    labelWidth = max(6, map.byteCount.hexadecimal.count) + 1
    let room = max(16, style.width - labelWidth)
    var perRow = 16
    while perRow * 2 <= room { perRow *= 2 }
    cellsPerRow = perRow
    var perCell: UInt64 = 4096
    while map.byteCount > perCell * UInt64(perRow) * Self.maximumRows { perCell *= 2 }
    bytesPerCell = perCell
  }

  var text: String { heading + rows + list }

  private var heading: String {
    "\(DisplayName.inMessages.text(Array(map.title.utf8))): \(style.size(map.byteCount)), "
      + "\(NumberFormat.pluralized(map.parts.count, "part")); a character is \(style.size(bytesPerCell))\n"
  }

  private var rows: String {
    let start = map.parts.first?.offset ?? 0
    var text = ""
    var offset: UInt64 = 0
    var index = 0
    while offset < map.byteCount {
      let label = (start + offset).hexadecimal
      text += String(repeating: " ", count: max(0, labelWidth - 1 - label.count)) + label + " "
      for _ in 0..<cellsPerRow where offset < map.byteCount {
        let end = offset + bytesPerCell
        let cell = start + offset..<start + end
        while index + 1 < map.parts.count, map.parts[index].end <= cell.lowerBound { index += 1 }
        text += painted(largest(in: cell, from: index))
        offset = end
      }
      text += "\n"
    }
    return text
  }

  /// The part with most bytes of a cell.
  private func largest(in cell: Range<UInt64>, from first: Int) -> Int {
    var best = (index: first, byteCount: UInt64(0))
    for index in map.parts[first...].indices {
      let part = map.parts[index]
      guard part.offset < cell.upperBound else { break }
      let count = UInt64((part.offset..<part.end).clamped(to: cell).count)
      if count > best.byteCount { best = (index, count) }
    }
    return best.index
  }

  private func painted(_ index: Int) -> String {
    let part = map.parts[index]
    return style.painted(String(Self.letter(index, part)), part.group)
  }

  private static func letter(_ index: Int, _ part: PartReport) -> Character {
    part.group == .empty ? "." : letters[index % letters.count]
  }

  private var list: String {
    PartReport.table(map.parts, style, width: style.width - 2).enumerated().map { index, row in
      painted(index) + " \(row)\n"
    }.joined()
  }
}

extension PartReport {
  /// The offset of the first byte after it.
  var end: UInt64 { offset + length }

  /// Offset, size, name and type.
  func columns(_ style: TerminalStyle) -> [String] {
    let shown = name.map(FirmwareReport.escaped) ?? "-"
    return [
      offset.hexadecimal, style.size(length), alias == true ? "\(shown) (alias)" : shown,
      FirmwareReport.escaped(description()),
    ]
  }

  /// Offset, size, name and type in aligned columns, a row for each part.
  ///
  /// - Parameter width: The characters of a row; nil if all facts are shown.
  static func table(
    _ parts: [PartReport], _ style: TerminalStyle, width: Int? = nil
  ) -> [String] {
    let rows = parts.map { $0.columns(style) }
    let widths = (0..<3).map { column in
      rows.map { $0[column].unicodeScalars.count }.max() ?? 0
    }
    let rest = width.map { $0 - widths.reduce(6, +) } ?? .max
    return zip(parts, rows).map { part, row in
      zip(row, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.unicodeScalars.count)
        return (column < 2 ? space + cell.0 : cell.0 + space) + "  "
      }.joined()
        + FirmwareReport.escaped(part.description(width: rest))
        .replacing("DAMAGED", with: style.damage("DAMAGED"))
    }
  }
}

extension TerminalStyle {
  fileprivate func painted(_ text: String, _ group: PartGroup) -> String {
    let number =
      switch group {
      case .jffs2: 42
      case .fileSystem: 44
      case .boot: 45
      case .kernel: 43
      case .empty: 100
      case .other: 46
      }
    switch colors {
    case .none: return text
    case .sixteen, .palette: return "\u{1B}[97;\(number)m\(text)\u{1B}[0m"
    case .trueColor:
      let (red, green, blue) = group.rgb
      return "\u{1B}[38;2;255;255;255;48;2;\(red);\(green);\(blue)m\(text)\u{1B}[0m"
    }
  }
}
