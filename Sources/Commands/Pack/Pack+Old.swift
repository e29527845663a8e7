internal import Firmware
internal import FirmwareAccess
internal import JFFS2
internal import Storage

extension Pack {
  /// Refuses the extraction of a whole dump, with a directory for each file system, as the contents of one of them.
  ///
  /// - Throws: `.usage`.
  static func checkSelection(
    _ tree: FileTree, _ old: FirmwareImage.FileSystem
  ) throws(ProgramError) {
    let names = tree.children(of: 0).map { tree.name(tree.entries[Int($0)]) }
    let partitions = Set(old.partition.table.map { Array($0.name.utf8) })
    let own = Array(old.name.utf8)
    guard names.contains(own),
      names.allSatisfy({ $0 == own || partitions.contains($0) || $0.starts(with: "jffs2@0x".utf8) }
      ),
      (try? old.volume.lookup(own.span, in: Volume.rootIno)) == nil
    else { return }
    throw ProgramError(
      "\(old.volume.range.image.path): the tree has a directory for each file system in it; pack the "
        + "directory \(old.name) of the tree", .usage)
  }

  static func replacement(
    of partition: Partition, _ length: UInt32?
  ) throws(ProgramError) -> FirmwareReplacement {
    do throws(ReplacementError) {
      return try FirmwareReplacement(partition, length: length)
    } catch {
      switch error {
      case .spareAreas(let layout):
        throw ProgramError(
          "\(partition.range.image.path): a NAND dump with spare areas (\(layout)), whose error "
            + "correction only the device's driver computes; take the file system out with jffs2 unwrap, "
            + "use that for --like, and write the new file with nandwrite", .failure)
      case .storage(let error): throw ProgramError("\(error)", .failure)
      }
    }
  }

  static func notes(
    _ old: FirmwareImage.FileSystem, _ usage: FlashUsage, _ format: ImageFormat,
    _ options: PackOptions
  ) throws(ProgramError) -> [String] {
    var notes: [String] = []
    if options.eraseSize == nil, old.volume.eraseSize.isGuess {
      notes.append(
        "the erase size of \(NumberFormat.bytes(UInt64(format.eraseSize))) is assumed; if the device "
          + "has another: --erase-size SIZE")
    }
    guard options.compressions == nil else { return notes }
    guard usage.nodes.hasLZMAUnderZlib != true else {
      throw ProgramError(
        "\(old.volume.range.image.path): LZMA data under zlib's number, as DD-WRT's driver has it, "
          + "is not written; use --compression none", .failure)
    }
    let others = ImageFormat.unwrittenCompressions(usage)
    if !others.isEmpty {
      notes.append(
        "the old file system uses \(others.joined(separator: ", ")), which is not written; what is: "
          + "\(format.compressionNames)")
    }
    return notes
  }
}

extension EraseBlockSize {
  /// Whether the nodes allow others too.
  fileprivate var isGuess: Bool {
    switch reason {
    case .assumed, .shortImage: true
    case .given, .container, .summary, .cleanmarkers: false
    }
  }
}
