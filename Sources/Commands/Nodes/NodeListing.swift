internal import Firmware
package import FirmwareAccess
internal import JFFS2
internal import Support

/// The listing that `jffs2 nodes` prints.
package struct NodeListing {
  /// How records are printed.
  package enum Format: Sendable {
    /// Columns for people; they begin with offset, magic, type and length.
    case text
    /// One object per line.
    case json
  }

  private let firmware: FirmwareImage
  private let filter: NodeFilter
  private let form: Format
  private let style: TerminalStyle

  package init(
    _ firmware: FirmwareImage, _ filter: NodeFilter = NodeFilter(), _ form: Format,
    _ style: TerminalStyle = .plain
  ) {
    self.firmware = firmware
    self.filter = filter
    self.form = form
    self.style = style
  }

  /// Writes all lines.
  ///
  /// - Returns: The inodes that records were about, where only those of some were wanted.
  package func write(to output: BufferedOutput) throws(ProgramError) -> Set<UInt32> {
    var inos: Set<UInt32> = []
    var hasWritten = false
    for (index, fileSystem) in firmware.fileSystems.enumerated() {
      let (found, hasLines) = try write(fileSystem, index, to: output, isFirst: !hasWritten)
      inos.formUnion(found)
      hasWritten = hasWritten || hasLines
    }
    try output.flush()
    return inos
  }

  private func write(
    _ fileSystem: FirmwareImage.FileSystem, _ index: Int, to output: BufferedOutput,
    isFirst: Bool
  ) throws(ProgramError) -> (inos: Set<UInt32>, hasLines: Bool) {
    var line = LineBuffer()
    var hasLines = false
    var inos: Set<UInt32> = []
    var failure: ProgramError?
    do throws(JFFS2Error) {
      try NodeWalk.run(fileSystem.volume, try fileSystem.volume.nodeStates()) { record in
        guard failure == nil, filter.includes(record, volume: index) else { return }
        if !filter.targets.isEmpty, let ino = record.ino { inos.insert(ino) }
        line.clear()
        if form == .text, !hasLines { line.append(heading(fileSystem, isFirst: isFirst)) }
        hasLines = true
        switch form {
        case .text: append(record, to: &line)
        case .json: line.append(json: record, of: fileSystem)
        }
        line.append(byte: UInt8(ascii: "\n"))
        do throws(ProgramError) {
          try output.write(line.bytes[...])
        } catch {
          failure = error
        }
      }
    } catch {
      throw ProgramError("\(firmware.path): \(error)", .failure)
    }
    if let failure { throw failure }
    return (inos, hasLines)
  }

  private func append(_ record: LogRecord, to line: inout LineBuffer) {
    // Columns are counted from the start of the line.
    var text = LineBuffer()
    text.append(text: record)
    let isDamaged = style.colors != .none && record.state == .damaged
    if isDamaged { line.append("\u{1B}[1;31m") }
    line.append(bytes: text.bytes)
    if isDamaged { line.append("\u{1B}[0m") }
  }

  private func heading(_ fileSystem: FirmwareImage.FileSystem, isFirst: Bool) -> String {
    let columns =
      "offset   magic type len node          state      crc       ino    ver  contents\n"
    guard firmware.fileSystems.count > 1 else { return columns }
    let volume = fileSystem.volume
    return (isFirst ? "" : "\n")
      + "\(fileSystem.name.escapingControlCharacters): \(NumberFormat.bytes(UInt64(volume.range.length))) at "
      + "\(fileSystem.partition.offset.hexadecimal), erase size "
      + "\(NumberFormat.bytes(UInt64(volume.eraseSize.byteCount))) (\(volume.eraseSize.reason))\n"
      + columns
  }
}
