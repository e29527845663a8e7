internal import Firmware
internal import JFFS2

/// The listing that `jffs2 nodes` prints.
package struct NodeListing {
  /// The output format of records.
  package enum Form: Sendable {
    /// Columns for people; they begin with offset, magic, type and length.
    case text
    /// One object per line.
    case json
  }

  private let firmware: OpenedFirmware
  private let filter: NodeFilter
  private let form: Form

  package init(_ firmware: OpenedFirmware, _ filter: NodeFilter = NodeFilter(), _ form: Form) {
    self.firmware = firmware
    self.filter = filter
    self.form = form
  }

  /// Writes all lines.
  ///
  /// - Returns: The inodes that records were about, where only those of some were wanted.
  package func write(to output: ByteOutput) throws(CommandFailure) -> Set<UInt32> {
    var inos: Set<UInt32> = []
    for (index, fileSystem) in firmware.fileSystems.enumerated() {
      if form == .text { try output.write(heading(fileSystem, isFirst: index == 0)) }
      inos.formUnion(try write(fileSystem, index, to: output))
    }
    try output.flush()
    return inos
  }

  private func write(
    _ fileSystem: OpenedFirmware.FileSystem, _ index: Int, to output: ByteOutput
  ) throws(CommandFailure) -> Set<UInt32> {
    var line = LineBuffer()
    var inos: Set<UInt32> = []
    var failure: CommandFailure?
    do throws(JFFS2Error) {
      try NodeWalk.run(fileSystem.volume, try fileSystem.volume.nodeStandings()) { record in
        guard failure == nil, filter.includes(record, volume: index) else { return }
        if !filter.targets.isEmpty, let ino = record.ino { inos.insert(ino) }
        line.clear()
        switch form {
        case .text: line.append(text: record)
        case .json: line.append(json: record, of: fileSystem)
        }
        line.append(byte: UInt8(ascii: "\n"))
        do throws(CommandFailure) {
          try output.write(line.bytes[...])
        } catch {
          failure = error
        }
      }
    } catch {
      throw CommandFailure("\(firmware.path): \(error)", .unreadable)
    }
    if let failure { throw failure }
    return inos
  }

  private func heading(_ fileSystem: OpenedFirmware.FileSystem, isFirst: Bool) -> String {
    let columns =
      "offset   magic type len node          state      crc       ino    ver  contents\n"
    guard firmware.fileSystems.count > 1 else { return columns }
    let volume = fileSystem.volume
    let start = String(fileSystem.partition.offset, radix: 16)
    return (isFirst ? "" : "\n")
      + "\(fileSystem.name): \(volume.range.length) bytes at 0x\(start), erase size "
      + "\(volume.eraseSize.byteCount) (\(volume.eraseSize.reason))\n" + columns
  }
}
