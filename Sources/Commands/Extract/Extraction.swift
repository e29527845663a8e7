internal import CLinux
package import FirmwareAccess
internal import JFFS2
internal import Storage
internal import Support

/// Copies the part of a tree that a selection asks for into a directory, and writes nothing outside it, regardless of the image contents.
///
/// First come directories, files, fifos, sockets and devices; then, with no file left to write, symbolic links and further names of files;
/// and last the attributes of directories. Names are made by the thread that runs it; others fill the files.
package struct Extraction {
  private let selection: PathSelection
  private let history: FirmwareHistory?
  private let maker: EntryCreator
  private let target: DirectoryHandle
  private let isTargetNew: Bool

  /// - Parameters:
  ///   - history: What the tree is made of if it is that of older versions.
  ///   - onFailure: Gets a line for each failure as it happens, on any thread.
  package init(
    _ tree: ImageTree, _ selection: PathSelection, into target: ExtractionDestination,
    _ options: ExtractionOptions, _ progress: Progress, history: FirmwareHistory? = nil,
    onFailure: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.selection = selection
    self.history = history
    self.target = target.directory
    isTargetNew = target.isNew
    let record = ExtractionLog(onFailure: onFailure)
    maker = EntryCreator(
      tree: tree, options: options, record: record,
      writer: AttributeWriter(keepsOwners: options.keepsOwners, record: record),
      queue: ThreadPool(), progress: progress)
  }

  /// Extracts. Once an interruption was noted it ends early, with no file half-written.
  ///
  /// - Parameter onName: Gets the path of each file and directory when it is started.
  /// - Throws: What `onName` throws, and ``ProgramError`` where the target changes meanwhile so that the way back is lost.
  package func run(
    onName: ([UInt8]) throws(ProgramError) -> Void = { _ in }
  ) throws(ProgramError) -> ExtractionReport {
    defer { maker.queue.finish() }
    var files = FilePass(maker, target)
    try files.run(selection, onName)
    maker.queue.finish()
    var links = LinkPass(maker, target, directories: files.directories)
    try links.run(selection)
    maker.queue.finish()
    var directories = DirectoryPass(maker, target, directories: files.directories)
    try directories.run(selection)
    guard clinux_interruption() == 0 else { return maker.record.report }
    for path in files.unmatched { maker.record.fail(path, reason(forMissing: path)) }
    maker.record.reportMoreConflicts()
    if isTargetNew { giveTargetAttributes() }
    return maker.record.report
  }

  /// Why a path is not there. Programs for archives take a directory to extract to as the next argument.
  private func reason(forMissing path: [UInt8]) -> String {
    if let history { return history.reason(forNoVersionsOf: path) }
    let mayBeTarget = maker.options.hasDefaultTarget && !path.isPattern
    let hint =
      maker.tree.hint(path) ?? (mayBeTarget ? "-C DIR extracts to a directory" : nil)
    return "\(PathError.notFound)" + (hint.map { "; \($0)" } ?? "")
  }

  /// The bytes of all regular files that a selection asks for, for a ``Progress``.
  package static func byteCount(_ tree: ImageTree, _ selection: PathSelection) -> UInt64 {
    var walk = FilteredTreeWalk(tree, selection)
    var counted: Set<ImageTree.FileID> = []
    var count: UInt64 = 0
    while let step = walk.next() {
      if case .entry(let node, .success(let attributes), true) = step,
        FileType(mode: attributes.mode) == .regular, counted.insert(node).inserted
      {
        count += attributes.size
      }
    }
    return count
  }

  /// A target that was not there before becomes the tree's root; one that was is the user's and stays as it is.
  private func giveTargetAttributes() {
    guard let volume = maker.tree.volume(of: maker.tree.root),
      let attributes = try? maker.tree.attributes(of: maker.tree.root)
    else { return }
    maker.writer.apply(
      attributes, volume,
      to: AttributeWriter.Subject(descriptor: target.descriptor, path: [UInt8(ascii: ".")]))
  }
}
