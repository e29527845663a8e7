internal import Firmware
internal import FirmwareAccess
internal import JFFS2
internal import Storage
internal import Support

/// The command lines that take a file system apart and put it together again, with everything around it.
struct RebuildCommands: Encodable, Sendable {
  /// Copies the files to a directory, where they can be changed.
  let extract: String
  /// Makes the new firmware file; nil where that is not possible.
  let pack: String?
  /// The parts that the new file lacks, one sentence per part.
  let notes: [String]

  init(
    _ fileSystem: FirmwareImage.FileSystem, _ usage: FlashUsage, _ firmware: FirmwareImage,
    isOnlyOne: Bool
  ) {
    let choice = isOnlyOne ? "" : " --partition \(fileSystem.name.shellQuoted)"
    let path = firmware.path.shellQuoted
    extract = "jffs2 extract -C tree\(choice) \(path)"
    var notes: [String] = []
    do throws(ReplacementError) {
      let replacement = try FirmwareReplacement(fileSystem.partition)
      let compression = usage.nodes.hasLZMAUnderZlib == true ? " --compression none" : ""
      pack = "jffs2 pack tree -o new --like \(path)\(choice)\(compression)"
      if let container = replacement.leftOut {
        notes.append("the new file is what is in \(container), which is not made again")
      }
    } catch {
      pack = nil
      switch error {
      case .spareAreas: notes.append("the spare areas of a NAND dump cannot be made again")
      case .storage(let error): notes.append("\(error)")
      }
    }
    let others =
      ImageFormat.unwrittenCompressions(usage)
      + (usage.nodes.hasLZMAUnderZlib == true ? ["LZMA under zlib's number"] : [])
    if !others.isEmpty {
      notes.append("no file is compressed with \(others.joined(separator: ", ")) again")
    }
    self.notes = notes
  }
}
