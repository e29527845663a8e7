internal import JFFS2

/// Formats the events of a file system, a line each, of which a report may have millions.
struct EventLines {
  /// How they are written.
  enum Format {
    /// - isColored: Whether incomplete contents are red.
    case text(DisplayName, isColored: Bool)
    /// Objects, with a comma before each.
    case json
  }

  private let histories: FirmwareHistory
  private let fileSystem: Int
  private let format: Format
  private var line = LineBuffer()
  /// The paths that were written, for about 1 MB of them.
  private var paths: [Int: [UInt8]] = [:]

  init(_ histories: FirmwareHistory, _ fileSystem: Int, _ format: Format) {
    self.histories = histories
    self.fileSystem = fileSystem
    self.format = format
  }

  /// The line of an event; that of the one before is overwritten.
  mutating func line(of event: HistoryEvent) -> ArraySlice<UInt8> {
    line.clear()
    switch format {
    case .text(_, let isColored):
      let isRed = isColored && ["partial", "lost"].contains(event.state)
      if isRed { line.append("\u{1B}[1;31m") }
      append(event)
      line.append(isRed ? "\u{1B}[0m\n" : "\n")
    case .json:
      line.append(",\n")
      line.append(
        json: event, pathField: path(event.newPath ?? event.path),
        oldPath: event.newPath == nil ? nil : histories.path(event.path, of: fileSystem))
    }
    return line.bytes[...]
  }

  private mutating func append(_ event: HistoryEvent) {
    line.append(event)
    line.append(bytes: path(event.path))
    if let new = event.newPath {
      line.append(" -> ")
      line.append(bytes: path(new))
    }
    if let number = event.number {
      line.append("  version ")
      line.append(UInt(number))
    }
  }

  /// A path as it is written, in JSON with its key.
  private mutating func path(_ path: Int) -> [UInt8] {
    if let bytes = paths[path] { return bytes }
    let name = histories.path(path, of: fileSystem)
    let bytes =
      switch format {
      case .text(let display, _): display.bytes(name)
      case .json: LineBuffer.json(key: "path", name.jsonPath)
      }
    if paths.count >= 8192 { paths.removeAll(keepingCapacity: true) }
    paths[path] = bytes
    return bytes
  }
}
