internal import JFFS2
internal import Support

extension FlashMap {
  /// A picture that needs nothing else and suits light and dark backgrounds; each cell shows what is in it when pointed at.
  package var svg: String {
    let maps = fileSystems.map(SVGMap.init)
    let all = SVGPartMap(self)
    let width = maps.reduce(all.width) { max($0, $1.width) }
    let height = maps.reduce(all.height) { $0 + $1.height }
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" \
      height="\(height)" font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="12">
      <style>
      text { fill: #7d8590; } .title { fill: #6a7380; font-size: 15px; font-weight: bold; }
      @media (prefers-color-scheme: dark) { text { fill: #9aa4b0; } .title { fill: #c4ccd6; } }
      text.on-part { fill: #ffffff; } .tick { stroke: #7d8590; }
      g.cell:hover rect { stroke: #7d8590; stroke-width: 1; }

      """
    // Free space lets the page's own background through.
    text += ".free { fill-opacity: 0.35; }\n"
    for state in ByteUsage.allCases { text += ".\(state.label) { fill: \(state.hexColor); }\n" }
    text += SVGPartMap.style + "</style>\n" + all.text
    var top = all.height
    for map in maps {
      text += "<g transform=\"translate(0 \(top))\">\n" + map.text + "</g>\n"
      top += map.height
    }
    return text + "</svg>\n"
  }
}

extension ByteUsage {
  fileprivate var hexColor: String {
    "#"
      + [rgb.red, rgb.green, rgb.blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      .joined()
  }
}

/// The map of one file system as a part of an SVG document.
private struct SVGMap {
  private static let maximumCells = 8192
  private static let margin = 16
  private static let labelWidth = 84
  private static let headingHeight = 46
  private static let legendHeight = 44

  private let fileSystem: FlashMap.FileSystem
  private let cells: [MapCell]
  private let blocksPerCell: Int
  private let columns: Int
  /// The files with most bytes in each cell.
  private let inodes: [[(ino: UInt32, byteCount: UInt32)]]
  private let paths: [UInt32: String]
  /// The side of a cell with the gap after it.
  private let pitch: Int

  init(_ fileSystem: FlashMap.FileSystem) {
    self.fileSystem = fileSystem
    let count = fileSystem.usage.blocks.count
    var perCell = 1
    while count > perCell * Self.maximumCells { perCell *= 2 }
    blocksPerCell = perCell
    cells = fileSystem.cells(ofBlocks: perCell)
    inodes = cells.map { fileSystem.largestInodes(in: $0.blocks) }
    paths = fileSystem.paths(of: Set(inodes.joined().map(\.ino)))
    var columns = 16
    while columns < 128, columns * columns < 2 * cells.count { columns *= 2 }
    self.columns = columns
    pitch = max(8, 720 / columns)
  }

  private var rowCount: Int { (cells.count + columns - 1) / columns }
  private var gridHeight: Int { rowCount * pitch }
  var width: Int { max(2 * Self.margin + Self.labelWidth + columns * pitch, 820) }
  var height: Int {
    Self.margin + Self.headingHeight + gridHeight + Self.legendHeight + Self.margin
  }

  var text: String { heading + grid + legend }

  private var heading: String {
    let usage = fileSystem.usage
    let cell = blocksPerCell == 1 ? "" : ", \(blocksPerCell) to a square"
    let facts =
      "\(NumberFormat.bytes(UInt64(fileSystem.length))) at \(fileSystem.offset.hexadecimal), "
      + "\(NumberFormat.pluralized(usage.blocks.count, "erase block")) of "
      + "\(NumberFormat.bytes(UInt64(usage.blockSize)))\(cell)"
    return "<text class=\"title\" x=\"\(Self.margin)\" y=\"\(Self.margin + 14)\">"
      + "\(SVGText.escaped(DisplayName.inMessages.text(Array(fileSystem.name.utf8))))</text>\n"
      + "<text x=\"\(Self.margin)\" y=\"\(Self.margin + 32)\">\(facts)</text>\n"
  }

  private var grid: String {
    var text = ""
    let left = Self.margin + Self.labelWidth
    // Labels need a line each.
    let rowsPerLabel = (15 + pitch - 1) / pitch
    for (index, cell) in cells.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      let top = Self.margin + Self.headingHeight + row * pitch
      if column == 0, row.isMultiple(of: rowsPerLabel) {
        let offset = (fileSystem.offset(ofBlock: cell.blocks.lowerBound)).hexadecimal
        text +=
          "<text x=\"\(left - 8)\" y=\"\(top + min(pitch, 16) - 3)\" text-anchor=\"end\">"
          + "\(offset)</text>\n"
      }
      text += picture(of: index, left: left + column * pitch, top: top)
    }
    return text
  }

  /// The cell as layers, what is used at the bottom.
  private func picture(of index: Int, left: Int, top: Int) -> String {
    let (cell, side) = (cells[index], pitch - 1)
    var text = "<g class=\"cell\"><title>\(title(of: index))</title>"
    var bottom = Double(side)
    let total = max(1, Double(cell.bytes.total))
    for state in [ByteUsage.live, .reclaimable, .damaged, .foreign, .free]
    where cell.bytes[state] > 0 {
      var height = Double(cell.bytes[state]) / total * Double(side)
      // Damage is never too thin to be seen.
      if state == .damaged { height = max(height, 2) }
      height = min(height, bottom)
      bottom -= height
      text +=
        "<rect class=\"\(state.label)\" x=\"\(left)\" y=\"\(SVGText.decimal(Double(top) + bottom))\" "
        + "width=\"\(side)\" height=\"\(SVGText.decimal(height))\"/>"
    }
    return text + "</g>\n"
  }

  private func title(of index: Int) -> String {
    let cell = cells[index]
    let first = cell.blocks.lowerBound
    let start = fileSystem.offset(ofBlock: first)
    let number =
      cell.blocks.count == 1 ? "Block \(first)" : "Blocks \(first) to \(cell.blocks.upperBound - 1)"
    var lines = ["\(number), \(start.hexadecimal)"]
    for state in ByteUsage.allCases where cell.bytes[state] > 0 {
      lines.append("\(state.label): \(NumberFormat.grouped(cell.bytes[state])) bytes")
    }
    for (ino, count) in inodes[index] {
      let path = paths[ino].map(SVGText.escaped)
      lines.append("\(path ?? "inode \(ino)") (\(NumberFormat.grouped(UInt64(count))))")
    }
    return lines.joined(separator: "&#10;")
  }

  private var legend: String {
    let bytes = fileSystem.usage.bytes
    let baseline = Self.margin + Self.headingHeight + gridHeight + 30
    var left = Self.margin
    var text = ""
    let states = ByteUsage.allCases.filter { bytes[$0] > 0 }
    for (state, share) in zip(states, NumberFormat.percentages(states.map { bytes[$0] })) {
      let label = "\(state.label) \(share)"
      text +=
        "<g><title>\(NumberFormat.grouped(bytes[state])) bytes</title>"
        + "<rect class=\"\(state.label)\" x=\"\(left)\" y=\"\(baseline - 10)\" width=\"12\" height=\"12\"/>"
        + "<text x=\"\(left + 18)\" y=\"\(baseline)\">\(label)</text></g>\n"
      left += 18 + 8 * label.count + 16
    }
    return text
  }
}

extension FlashMap.FileSystem {
  /// The inodes with the most live bytes in the blocks, of the largest three of each block.
  func largestInodes(in blocks: Range<Int>) -> [(ino: UInt32, byteCount: UInt32)] {
    var sums: [UInt32: UInt32] = [:]
    for block in usage.blocks[blocks] {
      for (ino, count) in block.largestInodes { sums[ino, default: 0] += count }
    }
    let sorted = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return sorted.prefix(3).map { ($0.key, $0.value) }
  }
}
