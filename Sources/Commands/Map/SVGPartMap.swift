internal import Support

/// The whole flash memory as a part of an SVG document: a bar with a scale, and a list of the parts.
struct SVGPartMap {
  private static let margin = 16
  private static let barWidth = 788
  private static let barTop = 66
  private static let barHeight = 40
  private static let rowHeight = 20

  private let map: FlashMap

  init(_ map: FlashMap) { self.map = map }

  var width: Int { Self.barWidth + 2 * Self.margin }
  var height: Int { listTop + map.parts.count * Self.rowHeight + Self.margin }

  private var listTop: Int { Self.barTop + Self.barHeight + 34 }

  /// The colors of the groups, for the style sheet.
  static var style: String {
    PartGroup.allCases.map { group in
      let (red, green, blue) = group.rgb
      let opacity = group == .empty ? " fill-opacity: 0.35;" : ""
      return ".part-\(group.rawValue) { fill: rgb(\(red) \(green) \(blue));\(opacity) }\n"
    }.joined()
  }

  var text: String { heading + bar + scale + list }

  private var heading: String {
    let facts =
      "\(NumberFormat.bytes(map.byteCount)) in \(NumberFormat.pluralized(map.parts.count, "part")); "
      + "the bar is to scale"
    return SVGText.line(
      DisplayName.inMessages.text(Array(map.title.utf8)), x: Self.margin, y: Self.margin + 14,
      class: "title")
      + SVGText.line(facts, x: Self.margin, y: Self.margin + 34)
  }

  private var start: UInt64 { map.parts.first?.offset ?? 0 }

  /// Where a byte is on the bar.
  private func x(_ offset: UInt64) -> Double {
    Double(Self.margin) + Double(offset - start) / Double(max(1, map.byteCount))
      * Double(Self.barWidth)
  }

  private var bar: String {
    map.parts.map { part in
      let (left, right) = (x(part.offset), x(part.end))
      // The gap between parts is left out where it would be all of one.
      let width = max(0.5, right - left - (right - left > 3 ? 1 : 0))
      let title = SVGText.escaped(PartReport.table([part], .plain)[0])
      var text =
        "<g class=\"cell\"><title>\(title)</title><rect class=\"part-\(part.group.rawValue)\" "
        + "x=\"\(SVGText.decimal(left))\" y=\"\(Self.barTop)\" "
        + "width=\"\(SVGText.decimal(width))\" height=\"\(Self.barHeight)\"/></g>\n"
      let name = DisplayName.inMessages.text(Array((part.name ?? "").utf8))
      if !name.isEmpty, right - left >= Double(8 * name.count + 8) {
        text += SVGText.line(
          name, x: Int(left) + 5, y: Self.barTop + Self.barHeight / 2 + 4,
          class: part.group == .empty ? nil : "on-part")
      }
      return text
    }.joined()
  }

  /// Offsets at quarters of the bar.
  private var scale: String {
    (0...4).map { tick in
      let offset = start + map.byteCount * UInt64(tick) / 4
      let left = Int(x(offset))
      let anchor = tick == 0 ? "start" : tick == 4 ? "end" : "middle"
      return "<line class=\"tick\" x1=\"\(left)\" y1=\"\(Self.barTop + Self.barHeight)\" "
        + "x2=\"\(left)\" y2=\"\(Self.barTop + Self.barHeight + 5)\"/>\n"
        + SVGText.line(
          offset.hexadecimal, x: left, y: Self.barTop + Self.barHeight + 18,
          anchor: anchor)
    }.joined()
  }

  /// A row for each part: offset, size, name, and the part of the type that fits.
  private var list: String {
    let rows = map.parts.map { $0.columns(.plain) }
    let widths = (0..<3).map { column in
      rows.map { $0[column].unicodeScalars.count }.max() ?? 0
    }
    // The first two columns end at their place, the others begin there.
    let sizeEnd = Self.margin + 20 + (widths[0] + widths[1] + 2) * Self.characterWidth
    let name = sizeEnd + 2 * Self.characterWidth
    let type = min(name + (widths[2] + 2) * Self.characterWidth, Self.barWidth / 2)
    let room = (width - Self.margin - type) / Self.characterWidth
    return zip(map.parts, rows).enumerated().map { index, row in
      let baseline = listTop + index * Self.rowHeight + 10
      let cells = row.1
      return "<rect class=\"part-\(row.0.group.rawValue)\" x=\"\(Self.margin)\" "
        + "y=\"\(baseline - 10)\" width=\"12\" height=\"12\"/>"
        + SVGText.line(
          cells[0], x: Self.margin + 20 + widths[0] * Self.characterWidth, y: baseline,
          anchor: "end") + SVGText.line(cells[1], x: sizeEnd, y: baseline, anchor: "end")
        + SVGText.line(
          Self.shortened(cells[2], (type - name) / Self.characterWidth - 1), x: name, y: baseline)
        + SVGText.line(Self.shortened(cells[3], room), x: type, y: baseline)
    }.joined()
  }

  /// The width of a character, rounded up.
  private static let characterWidth = 8

  private static func shortened(_ text: String, _ count: Int) -> String {
    text.count <= count ? text : text.prefix(max(0, count - 1)) + "…"
  }
}

/// Text in an SVG document.
enum SVGText {
  /// A line of text, escaped here.
  static func line(
    _ text: String, x: Int, y: Int, class name: String? = nil, anchor: String? = nil
  ) -> String {
    let attributes =
      (name.map { " class=\"\($0)\"" } ?? "") + (anchor.map { " text-anchor=\"\($0)\"" } ?? "")
    return "<text x=\"\(x)\" y=\"\(y)\"\(attributes)>\(escaped(text))</text>\n"
  }

  /// A number with at most two decimals.
  static func decimal(_ number: Double) -> String {
    let hundredths = Int((number * 100).rounded())
    let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
    return rest == 0 ? "\(whole)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// Text, free of control characters already, as XML.
  static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }.joined()
  }
}
