internal import Firmware
package import FirmwareAccess
internal import JFFS2

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

  package init(_ firmware: FirmwareImage, _ filter: NodeFilter = NodeFilter(), _ form: Format) {
    self.firmware = firmware
    self.filter = filter
    self.form = form
  }

  /// Writes all lines.
  ///
  /// - Returns: The inodes that records were about, where only those of some were wanted.
  package func write(to output: BufferedOutput) throws(ProgramError) -> Set<UInt32> {
    var inos: Set<UInt32> = []
    for (index, fileSystem) in firmware.fileSystems.enumerated() {
      if form == .text { try output.write(heading(fileSystem, isFirst: index == 0)) }
      inos.formUnion(try write(fileSystem, index, to: output))
    }
    try output.flush()
    return inos
  }

  private func write(
    _ fileSystem: FirmwareImage.FileSystem, _ index: Int, to output: BufferedOutput
  ) throws(ProgramError) -> Set<UInt32> {
    var line = LineBuffer()
    var inos: Set<UInt32> = []
    var failure: ProgramError?
    do throws(JFFS2Error) {
      try NodeWalk.run(fileSystem.volume, try fileSystem.volume.nodeStates()) { record in
        guard failure == nil, filter.includes(record, volume: index) else { return }
        if !filter.targets.isEmpty, let ino = record.ino { inos.insert(ino) }
        line.clear()
        switch form {
        case .text: line.append(text: record)
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
    return inos
  }

  private func heading(_ fileSystem: FirmwareImage.FileSystem, isFirst: Bool) -> String {
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
