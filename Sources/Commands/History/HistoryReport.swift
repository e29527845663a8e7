package import FirmwareAccess
internal import JFFS2

/// `jffs2 history`: what the log says happened.
package struct HistoryReport {
  /// How it is written.
  package enum Format: Sendable {
    /// One line per event.
    case text
    /// One document.
    case json
    /// The body file of The Sleuth Kit: one line per version.
    case bodyFile
  }

  private let histories: FirmwareHistory
  private let isDeletedOnly: Bool
  private let style: TerminalStyle
  /// For each file system the paths that were requested.
  private let isSelected: [[Bool]]

  /// A line for each requested path that was not found.
  package let failures: [String]

  /// - Parameters:
  ///   - selection: The paths that are wanted, and what is below them.
  ///   - isDeletedOnly: Leaves out what the tree still has.
  ///   - style: The style of the text.
  package init(
    _ histories: FirmwareHistory, _ selection: PathSelection, isDeletedOnly: Bool,
    _ style: TerminalStyle = .plain
  ) {
    self.histories = histories
    self.style = style
    self.isDeletedOnly = isDeletedOnly
    var selection = selection
    let root = selection.root
    isSelected = histories.histories.indices.map { index in
      Self.select(histories, index, from: root, &selection)
    }
    failures = selection.unmatched.map {
      "\(DisplayName.inMessages.text($0)): \(histories.reason(forMissing: $0))"
    }
  }

  private static func select(
    _ histories: FirmwareHistory, _ index: Int, from root: PathSelection.MatchState,
    _ selection: inout PathSelection
  ) -> [Bool] {
    let history = histories.histories[index]
    var places: [PathSelection.MatchState] = []
    for path in 0..<history.pathCount {
      guard let (name, parent) = history.name(ofPath: path) else {
        let isOne = histories.histories.count == 1
        let fileSystem = Array(histories.firmware.fileSystems[index].name.utf8)
        places.append(isOne ? root : selection.advance(from: root, to: fileSystem))
        continue
      }
      places.append(
        places[parent].canHoldSelected
          ? selection.advance(from: places[parent], to: name) : places[parent])
    }
    return places.map(\.isSelected)
  }

  /// Writes it.
  package func write(_ form: Format, to output: BufferedOutput) throws(ProgramError) {
    switch form {
    case .text: try writeText(to: output)
    case .json: try writeJSON(to: output)
    case .bodyFile: try writeBodyFile(to: output)
    }
    try output.flush()
  }

  private func writeText(to output: BufferedOutput) throws(ProgramError) {
    if !isClockSteady, !isEmpty {
      try output.write(
        "# The device clock was set back: the order of events in different files is a guess.\n")
    }
    let format = EventLines.Format.text(
      DisplayName.for(output), isColored: style.colors != .none)
    for index in histories.histories.indices {
      var lines = EventLines(histories, index, format)
      for event in histories.histories[index].events() where isShown(event, index) {
        try output.write(lines.line(of: event))
      }
    }
  }

  private func writeJSON(to output: BufferedOutput) throws(ProgramError) {
    if isEmpty { return }
    let clock = isClockSteady ? "steady" : "falls_back"
    try output.write("{\"clock\":\"\(clock)\",\"format_version\":1,\"events\":[")
    var isFirst = true
    for index in histories.histories.indices {
      var lines = EventLines(histories, index, .json)
      for event in histories.histories[index].events() where isShown(event, index) {
        let line = lines.line(of: event)
        // No comma before the first.
        try output.write(isFirst ? line.dropFirst() : line)
        isFirst = false
      }
    }
    try output.write("\n]}\n")
  }

  private func writeBodyFile(to output: BufferedOutput) throws(ProgramError) {
    for (index, history) in histories.histories.enumerated() {
      for path in 0..<history.pathCount where isSelected[index][path] {
        let versions = history.versions(ofPath: path)
        for (number, version) in versions.enumerated() {
          let isDeleted = !history.isInTree(path: path)
          guard !isDeletedOnly || isDeleted && !version.isFileInTree else { continue }
          let line = BodyFileLine(
            version, number: versions.count > 1 ? number + 1 : nil,
            try attributes(of: version, history), path: histories.path(path, of: index),
            isDeleted: isDeleted)
          try output.write(line.bytes[...])
        }
      }
    }
  }

  private func attributes(
    of version: FileVersion, _ history: History
  ) throws(ProgramError) -> InodeAttributes {
    do throws(JFFS2Error) {
      return try history.attributes(of: version)
    } catch {
      throw ProgramError("\(histories.firmware.path): \(error)", .failure)
    }
  }

  /// Whether none of the requested paths was found, so that there is nothing to write.
  package var isEmpty: Bool {
    !failures.isEmpty && !isSelected.contains { $0.contains(true) }
  }

  private var isClockSteady: Bool { histories.histories.allSatisfy(\.isClockSteady) }

  /// Whether an event of a file system is selected.
  private func isShown(_ event: HistoryEvent, _ index: Int) -> Bool {
    guard isSelected[index][event.path] || event.newPath.map({ isSelected[index][$0] }) ?? false
    else { return false }
    guard isDeletedOnly else { return true }
    let history = histories.histories[index]
    let isFileInTree =
      event.version?.isFileInTree ?? event.ino.map { history.isInTree(ino: $0) } ?? false
    return !isFileInTree && !history.isInTree(path: event.path)
      && !(event.newPath.map { history.isInTree(path: $0) } ?? false)
  }
}
