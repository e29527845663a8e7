internal import FirmwareAccess
internal import JFFS2
internal import Storage

/// Reads a new file system with the reader of all commands and compares it with what was to be written.
struct PackVerification {
  private let volume: Volume
  private let tree: FileTree
  private let contents: PackContents

  /// - Throws: ``ProgramError`` where the file system cannot be read at all.
  init(
    _ image: FlashImage, _ range: Range<UInt64>, _ format: ImageFormat, _ tree: FileTree,
    _ contents: PackContents
  ) throws(ProgramError) {
    self.tree = tree
    self.contents = contents
    do throws(JFFS2Error) {
      volume = try Volume(
        scanning: FlashRange(image, range),
        Volume.Options(endianness: format.dialect.endianness, eraseSize: format.eraseSize))
    } catch {
      throw Self.failure("\(error)")
    }
  }

  /// - Throws: ``ProgramError`` for the first difference.
  func run() throws(ProgramError) {
    // Zeros before the file system are not what was written.
    if let finding = volume.integrityFindings.first(where: { $0.kind != .precedingZeros }) {
      throw Self.failure(finding.line(DisplayName.inMessages.text))
    }
    var inos = [UInt32](repeating: 0, count: tree.files.count)
    inos[0] = Volume.rootIno
    var count = 0
    try compare(0, Volume.rootIno, [])
    for number in tree.writingOrder {
      let entry = tree.entries[Int(number)]
      let name = tree.name(entry)
      let ino = try found { () throws(JFFS2Error) in
        try volume.lookup(name.span, in: inos[Int(entry.parent)])
      }
      guard let ino, inos[Int(entry.file)] == 0 || inos[Int(entry.file)] == ino else {
        throw Self.failure("a name is missing: \(DisplayName.inMessages.text(name))")
      }
      if inos[Int(entry.file)] == 0 { try compare(entry.file, ino, name) }
      inos[Int(entry.file)] = ino
      count += 1
    }
    guard count == volume.nameCount else { throw Self.failure("there are other names") }
    try compareContents(inos)
  }

  private func compare(_ file: UInt32, _ ino: UInt32, _ name: [UInt8]) throws(ProgramError) {
    let expected = tree.files[Int(file)]
    let written = try found { () throws(JFFS2Error) in try volume.attributes(of: ino) }
    let hasTimes =
      written.modificationTime == expected.modificationTime
      && written.changeTime == expected.changeTime && written.accessTime == expected.accessTime
    guard hasTimes, written.mode == expected.mode, written.uid == expected.uid,
      written.gid == expected.gid, written.size == UInt64(expected.size),
      written.device == expected.device
    else { throw Self.failure("attributes differ: \(DisplayName.inMessages.text(name))") }
    if expected.type == .symbolicLink {
      let target = try found { () throws(JFFS2Error) in
        try volume.target(ofSymbolicLink: ino)
      }
      guard target == tree.target(of: file) else {
        throw Self.failure("a link's target differs: \(DisplayName.inMessages.text(name))")
      }
    }
    for attribute in tree.attributes[file] ?? [] {
      let value = try found { () throws(JFFS2Error) in
        try volume.xattr(attribute.fullName.span, of: ino)
      }
      guard value == attribute.value else {
        throw Self.failure("an extended attribute differs: \(DisplayName.inMessages.text(name))")
      }
    }
  }

  private func compareContents(_ inos: [UInt32]) throws(ProgramError) {
    let pairs = tree.files.indices.filter {
      tree.files[$0].type == .regular && inos[$0] != 0
    }.map { PackContents.Pair(file: UInt32($0), ino: inos[$0], size: tree.files[$0].size) }
    guard let file = contents.differing(pairs, from: volume).map(\.file).min(),
      let entry = tree.entries.first(where: { $0.file == file })
    else { return }
    let name = DisplayName.inMessages.text(tree.name(entry))
    throw ProgramError("\(name): was changed while it was packed", .failure)
  }

  private func found<Success>(
    _ body: () throws(JFFS2Error) -> Success
  ) throws(ProgramError) -> Success {
    do throws(JFFS2Error) {
      return try body()
    } catch {
      throw Self.failure("\(error)")
    }
  }

  private static func failure(_ reason: String) -> ProgramError {
    ProgramError("what was written is not what was to be written: \(reason)", .failure)
  }
}
