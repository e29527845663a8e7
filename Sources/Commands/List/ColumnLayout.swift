/// Names in columns, one below the other, as ls(1) writes them on a terminal.
struct ColumnLayout: Equatable {
  let rowCount: Int
  /// The width of each column, with the space after its names.
  let widths: [Int]

  /// The fewest rows in which the names fit a line.
  ///
  /// - Parameters:
  ///   - nameWidths: The widths of the names in their order.
  ///   - lineWidth: The number of characters of a line.
  init(_ nameWidths: [Int], lineWidth: Int) {
    let count = nameWidths.count
    // A name of one character takes three, but for the last one.
    for columnCount in stride(from: min(count, (lineWidth + 2) / 3), to: 1, by: -1) {
      let rows = (count + columnCount - 1) / columnCount
      var widths: [Int] = []
      var used = 0
      for start in stride(from: 0, to: count, by: rows) where used <= lineWidth + 2 {
        widths.append(nameWidths[start..<min(start + rows, count)].reduce(0, max) + 2)
        used += widths[widths.count - 1]
      }
      // Nothing follows the last column.
      guard used > lineWidth + 2 else {
        (rowCount, self.widths) = (rows, widths)
        return
      }
    }
    (rowCount, widths) = (count, [0])
  }
}
