internal import JFFS2
internal import Support

extension FlashMap {
  /// A row is never longer than the style's width.
  package func text(_ style: TerminalStyle) -> String {
    let all = parts.count > 1 ? [TextPartMap(self, style).text] : []
    return (all + fileSystems.map { TextMap($0, style).text }).joined(separator: "\n")
  }
}

/// The map of one file system in characters.
private struct TextMap {
  private static let maximumRows = 32

  private let fileSystem: FlashMap.FileSystem
  private let style: TerminalStyle
  private let blocksPerCell: Int
  private let cellsPerRow: Int
  private let labelWidth: Int

  init(_ fileSystem: FlashMap.FileSystem, _ style: TerminalStyle) {
    self.fileSystem = fileSystem
    self.style = style
    let blocks = fileSystem.usage.blocks.indices
    let end = blocks.lazy.map { fileSystem.offset(ofBlock: $0) }.max() ?? fileSystem.offset
    labelWidth = max(6, end.hexadecimal.count) + 1
    // Powers of two, so that the rows begin at round offsets.
    let room = max(8, Self.powerOfTwo(upTo: style.width - labelWidth))
    let count = fileSystem.usage.blocks.count
    var perCell = 1
    while count > perCell * room * Self.maximumRows { perCell *= 2 }
    blocksPerCell = perCell
    // Few blocks fill a few rows rather than one.
    let cells = (count + perCell - 1) / perCell
    var perRow = 16
    while perRow < room, perRow * perRow < 4 * cells { perRow *= 2 }
    cellsPerRow = min(perRow, room)
  }

  var text: String { heading + rows + legend }

  private var heading: String {
    let usage = fileSystem.usage
    let name = DisplayName.inMessages.text(Array(fileSystem.name.utf8))
    let size = style.size(UInt64(usage.blockSize))
    let cell =
      blocksPerCell == 1
      ? "" : "; a character is \(blocksPerCell) blocks"
    return wrapped(
      "\(name): \(style.size(UInt64(fileSystem.length))) at "
        + "\(fileSystem.offset.hexadecimal), "
        + "\(NumberFormat.pluralized(usage.blocks.count, "erase block")) of \(size)\(cell)")
  }

  private var rows: String {
    let cells = fileSystem.cells(ofBlocks: blocksPerCell)
    var text = ""
    for first in stride(from: 0, to: cells.count, by: cellsPerRow) {
      let row = cells[first..<min(first + cellsPerRow, cells.count)]
      let offset = (fileSystem.offset(ofBlock: cells[first].blocks.lowerBound)).hexadecimal
      text += String(repeating: " ", count: max(0, labelWidth - 1 - offset.count)) + offset + " "
      text += row.map(painted).joined() + "\n"
    }
    return text
  }

  private func painted(_ cell: MapCell) -> String {
    let characters = cell.shown.characters
    return style.painted(String(cell.isMixed ? characters.mixed : characters.pure), cell)
  }

  private var legend: String {
    let bytes = fileSystem.usage.bytes
    let cells = fileSystem.cells(ofBlocks: 1)
    let states = ByteUsage.allCases.filter { bytes[$0] > 0 }
    return zip(states, NumberFormat.percentages(states.map { bytes[$0] })).map { state, percent in
      let count = cells.count { $0.shown == state }
      let characters = state.characters
      let sample =
        style.painted(String(characters.pure), state)
        + style.painted(String(characters.mixed), state)
      let label = state.label + String(repeating: " ", count: max(0, 11 - state.label.count))
      let share = Self.padLeft(percent, 7)
      let amount = Self.padLeft(style.size(bytes[state]), 11)
      let blockCount = NumberFormat.pluralized(count, "block")
      let blocks =
        style.width < 45 || count == 0
        ? "" : state == .damaged ? "  in \(blockCount)" : "  most of \(blockCount)"
      return "\(sample) \(label)\(share)\(amount)\(blocks)\n"
    }.joined()
      + wrapped("Second symbol: at least 1/8 of the block has other use.")
  }

  /// The text in lines of the style's width.
  private func wrapped(_ text: String) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if !last.isEmpty, last.count + 1 + word.count > style.width {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] += (last.isEmpty ? "" : " ") + word
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private static func powerOfTwo(upTo limit: Int) -> Int {
    var power = 1
    while power * 2 <= limit { power *= 2 }
    return power
  }
}
