package import FirmwareAccess
internal import Firmware
internal import JFFS2
package import Storage

/// `jffs2 pack`: a firmware with a file system made from a directory or a tar archive.
package struct Pack {
  private let source: PackSource
  private let options: PackOptions
  private let old: FirmwareImage?
  private let isQuiet: Bool
  private let tree: FileTree
  private let contents: PackContents
  private let format: ImageFormat
  private let replacement: FirmwareReplacement?
  private let oldFileSystem: FirmwareImage.FileSystem?

  /// The changes from the old file system, in the order of paths.
  private let changes: [Difference]
  /// The newest time of what is new or has other contents.
  private let newestChange: UInt32
  /// Notes for the user, one line per note.
  package private(set) var notes: [String] = []

  /// Reads the source and determines the new state of each file.
  ///
  /// - Parameters:
  ///   - old: The firmware whose file system is replaced; nil for a file system alone.
  ///   - scratchFile: Takes the contents of an archive.
  ///   - maxUnpacked: The most bytes of them.
  /// - Throws: ``ProgramError``.
  package init(
    _ source: PackSource, _ options: PackOptions, old: FirmwareImage?,
    scratchFile: ScratchFile, maxUnpacked: UInt64, isQuiet: Bool
  ) throws(ProgramError) {
    self.source = source
    self.options = options
    self.old = old
    self.isQuiet = isQuiet
    oldFileSystem = try old?.onlyFileSystem()
    let listing = try source.listing(into: scratchFile, maxUnpacked: maxUnpacked)
    if let oldFileSystem {
      try Self.checkSelection(listing.tree, oldFileSystem)
      let usage = try Self.found { () throws(JFFS2Error) in try FlashUsage(oldFileSystem.volume) }
      let length = usage.lengthBeforeOtherData(in: oldFileSystem.volume)
      let replacement = try Self.replacement(of: oldFileSystem.partition, length)
      var format = ImageFormat(like: oldFileSystem.volume, usage).changed(by: options)
      if replacement.isInPlace {
        let size = UInt64(replacement.range.count)
        guard options.padding ?? size == size else {
          throw ProgramError(
            "--pad: what is in OLD around the file system leaves it \(NumberFormat.grouped(size)) bytes",
            .usage)
        }
        format.padding = .toSize(size)
      }
      (self.format, self.replacement) = (format, replacement)
      if let length {
        notes.append(
          "the \(oldFileSystem.volume.range.length - length) bytes after the file system are kept as "
            + "they are")
      }
      notes += try Self.notes(oldFileSystem, usage, format, options)
    } else {
      format = ImageFormat().changed(by: options)
      replacement = nil
    }
    var merge = PackMerge(listing, of: source, old.map(ImageTree.init), options)
    try merge.run()
    (tree, contents, changes) = (merge.tree, merge.contents, merge.changes)
    newestChange = merge.newestChange
    notes += merge.notes
    try contents.checkOldFiles(tree)
    if let container = replacement?.leftOut {
      notes.append("the new file is what is in \(container), which is not made again")
    }
    if let replacement, replacement.trailerLength > 0 {
      notes.append(
        "the \(replacement.trailerLength) bytes after the U-Boot image are kept as they are; a checksum "
          + "in them is not updated")
    }
    try checkNodes()
  }

  /// Writes the changes for a person.
  package func writeChanges(
    to output: BufferedOutput, _ style: TerminalStyle
  ) throws(ProgramError) {
    let names = DisplayName.for(output)
    for change in changes {
      try output.write(change.line(names).colored(change.change, style)[...])
    }
  }

  /// Writes the new firmware to a file, reads it back and compares it.
  ///
  /// - Parameters:
  ///   - output: Empty, and open for reading too.
  ///   - time: The time of U-Boot headers; nil for the newest one of what changes, or that in the old header.
  /// - Throws: ``ProgramError``, also where the file system is too large.
  package func write(
    to output: BufferedOutput, time: UInt32?
  ) throws(ProgramError) -> PackReport {
    var file = PackOutput(output)
    if let replacement { try file.append(replacement.prefix, of: replacement.image) }
    let start = file.position
    let capacity = capacity
    if let capacity { file.limit = start + capacity }
    let contentsByteCount = tree.files.reduce(0) {
      $0 + ($1.type == .regular ? UInt64($1.size) : 0)
    }
    var byteCount = try writeFileSystem(
      to: &file, contentsByteCount, ImageFormat.Effort(byteCount: contentsByteCount))
    if let capacity, byteCount > capacity, byteCount - capacity < byteCount / 25,
      format.compressions.contains(.zlib)
    {
      file.rewind(to: start)
      byteCount = try writeFileSystem(to: &file, contentsByteCount, .smallest)
    }
    if let capacity, byteCount > capacity { throw tooLarge(byteCount, capacity, output.name) }
    file.limit = .max
    if let replacement {
      if replacement.isInPlace, let capacity {
        try file.append(repeating: 0xFF, count: capacity - byteCount)
      }
      try file.append(repeating: 0, count: replacement.alignment(byteCount))
      try file.append(replacement.suffix, of: replacement.image)
    }
    let image = try file.image()
    try replacement?.update(file, image, byteCount, time ?? newestTime)
    let verification = try PackVerification(
      image, start..<start + byteCount, format, tree, contents)
    try verification.run()
    return PackReport(
      path: output.name, size: image.byteCount, fileSystemSize: byteCount,
      fileCount: tree.regularFileCount, changes: changesDocument,
      growth: growth(image.byteCount))
  }

  /// The report if no file is created.
  package var plan: PackReport {
    PackReport(
      path: nil, size: nil, fileSystemSize: nil, fileCount: tree.regularFileCount,
      changes: changesDocument, growth: nil)
  }

  /// The changes for programs; nil if there is no old file system.
  private var changesDocument: [DifferencesDocument.Change]? {
    old.map { _ in changes.map(DifferencesDocument.Change.init) }
  }

  private func writeFileSystem(
    to file: inout PackOutput, _ contentsByteCount: UInt64, _ effort: ImageFormat.Effort
  ) throws(ProgramError) -> UInt64 {
    let progress = Progress("packing", total: contentsByteCount, isQuiet: isQuiet)
    defer { progress.finish() }
    var format = format
    format.effort = effort
    var writer = ImageWriter(tree, format, contents) { progress.advance($0) }
    var output = file
    let byteCount = try writer.write { bytes throws(ProgramError) in try output.append(bytes) }
    file = output
    return byteCount
  }

  /// The maximum size of the file system in bytes; nil if it is unknown.
  private var capacity: UInt64? {
    if let replacement, replacement.isInPlace { return UInt64(replacement.range.count) }
    if case .toSize(let size) = format.padding { return size }
    return nil
  }

  private var newestTime: UInt32 {
    max(newestChange, replacement?.time ?? 0)
  }

  /// By how much the file is larger than the old one, where that matters.
  private func growth(_ byteCount: UInt64) -> UInt64? {
    guard let replacement, replacement.leftOut == nil, byteCount > replacement.image.byteCount
    else { return nil }
    return byteCount - replacement.image.byteCount
  }

  private func tooLarge(
    _ byteCount: UInt64, _ capacity: UInt64, _ name: String
  ) -> ProgramError {
    let largest = tree.files.indices.filter { tree.files[$0].type == .regular }
      .sorted { (tree.files[$1].size, $0) < (tree.files[$0].size, $1) }.prefix(3)
      .map { "\(path(of: UInt32($0))) (\(NumberFormat.bytes(UInt64(tree.files[$0].size))))" }
    let hint =
      format.compressions.contains(.zlib)
      ? "remove what is not needed" : "--compression zlib, if the device has it, takes less"
    let alternative =
      replacement?.isInPlace == true ? "" : "; if the partition is larger: --pad SIZE"
    return ProgramError(
      "\(name): \(byteCount - capacity) bytes too large: the file system takes \(byteCount), and there "
        + "are \(capacity); the largest files are \(largest.joined(separator: ", ")); \(hint)\(alternative)",
      .failure)
  }

  private func path(of file: UInt32) -> String {
    var names: [[UInt8]] = []
    var file = file
    while file != 0, let entry = tree.entries.first(where: { $0.file == file }) {
      names.append(tree.name(entry))
      file = entry.parent
    }
    return DisplayName.inMessages.text(
      Array(names.reversed().joined(separator: [UInt8(ascii: "/")])))
  }

  /// Refuses what fits into no erase block, and warns of what the driver cannot read.
  private mutating func checkNodes() throws(ProgramError) {
    guard format.eraseSize <= ImageFormat.maximumEraseSize else {
      throw ProgramError(
        "an erase block of \(format.eraseSize) bytes is too large; use --erase-size SIZE", .usage)
    }
    let maximum = format.maximumNodeLength
    var longLinks: [UInt32] = []
    for (file, attributes) in tree.attributes {
      guard attributes.contains(where: { $0.nodeLength > maximum }) else { continue }
      throw ProgramError(
        "\(path(of: file)): an extended attribute is too large for an erase block of "
          + "\(format.eraseSize) bytes", .failure)
    }
    for (index, file) in tree.files.enumerated() where file.type == .symbolicLink {
      guard RawInode.size + Int(file.size) <= maximum else {
        throw ProgramError(
          "\(path(of: UInt32(index))): the target of the link is too long for an erase block",
          .failure)
      }
      if file.size > Self.maximumTargetLength { longLinks.append(UInt32(index)) }
    }
    guard let first = longLinks.first else { return }
    let others = longLinks.count > 1 ? " and \(longLinks.count - 1) more" : ""
    notes.append(
      "\(path(of: first))\(others): the Linux driver does not follow links with a target of more than "
        + "\(Self.maximumTargetLength) bytes")
  }

  private static let maximumTargetLength = 254

  private static func found<Success>(
    _ body: () throws(JFFS2Error) -> Success
  ) throws(ProgramError) -> Success {
    do throws(JFFS2Error) {
      return try body()
    } catch {
      throw ProgramError("\(error)", .failure)
    }
  }
}

extension FirmwareReplacement {
  /// Brings the headers around the new file system up to date.
  fileprivate func update(
    _ file: PackOutput, _ image: FlashImage, _ byteCount: UInt64, _ time: UInt32
  ) throws(ProgramError) {
    var failure: ProgramError?
    do throws(StorageError) {
      try updateHeaders(in: image, byteCount: byteCount, time: time) { offset, bytes in
        do throws(ProgramError) {
          try file.write(bytes.span, at: offset)
        } catch {
          failure = failure ?? error
        }
      }
    } catch {
      throw ProgramError("\(error)", .failure)
    }
    if let failure { throw failure }
  }
}
