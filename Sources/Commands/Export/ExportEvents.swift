internal import JFFS2

/// All that an archive of a tree consists of, in the order in which it is written.
struct ExportEvents {
  /// The next event.
  enum Step {
    case entry(ExportEntry)
    /// Contents of the latest entry.
    case data(PrefetchedChunk)
    /// A hole in the latest entry's contents, of this number of bytes.
    case zeros(UInt64)
    /// Something that the archive does not hold.
    case omission(SkippedEntry)
  }

  /// An entry left out of the archive, and the reason.
  struct SkippedEntry {
    let path: [UInt8]
    let reason: String
    /// Whether the image is to blame, and not the format.
    let isDamage: Bool
  }

  private let tree: ImageTree
  private let format: ExportFormat
  private let survey: LinkCensus?
  private var walk: TreeWalk
  private var contents: FileDataLayout?
  private var pending: [Step] = []
  /// The first name in the archive of each file that has several.
  private var firstPaths: [ImageTree.FileID: [UInt8]] = [:]
  /// The names so far of each file that has several.
  private var nameCounts: [ImageTree.FileID: Int] = [:]

  /// - Parameter survey: Required for a format that links by number.
  init(_ tree: ImageTree, _ format: ExportFormat, _ survey: LinkCensus?) {
    self.tree = tree
    self.format = format
    self.survey = survey
    walk = TreeWalk(tree, from: tree.root)
  }

  /// The next step, or nil at the end.
  mutating func next() -> Step? {
    while true {
      if let step = pending.popLast() { return step }
      if let step = contents?.next() { return step }
      contents = nil
      guard let step = walk.next() else { return nil }
      switch step {
      case .exitDirectory: break
      case .alreadyVisited: omit("a directory that appears elsewhere")
      case .tooLong: omit(TreeWalk.tooLongReason)
      case .unreadable(_, let error): omit("cannot be listed: \(error)")
      case .entry(_, .failure(let error)): omit("left out: \(error)")
      case .entry(let node, .success(let attributes)):
        do throws(JFFS2Error) {
          try show(node, attributes)
        } catch {
          contents = nil
          omit("left out: \(error)")
        }
      }
    }
  }

  private mutating func omit(_ reason: String, isDamage: Bool = true) {
    pending.append(
      .omission(SkippedEntry(path: walk.path, reason: reason, isDamage: isDamage)))
  }

  private mutating func show(
    _ node: ImageTree.FileID, _ attributes: InodeAttributes
  ) throws(JFFS2Error) {
    if walk.depth == 0, !format.holdsRoot { return }
    let path = walk.depth == 0 ? [UInt8(ascii: ".")] : walk.path
    guard let type = FileType(mode: attributes.mode) else {
      return omit("left out: unknown file type")
    }
    guard format.holds(type) else {
      return omit("left out: \(format.family) cannot store a \(type.name)", isDamage: false)
    }
    var entry = ExportEntry(path: path, node: node, attributes: attributes)
    if type != .directory, attributes.linkCount > 1 {
      if let first = firstPaths[node] {
        entry.link = .hard(firstPath: first)
        return pending.append(.entry(entry))
      }
      if type == .regular, format.hardLinks == .byNumber, !isLastName(of: node) {
        return pending.append(.entry(entry))
      }
    }
    if let volume = tree.volume(of: node) { try fill(&entry, type, volume) }
    let isLinkedTo = type != .directory && attributes.linkCount > 1
    if isLinkedTo, format.hardLinks == .toFirstName { firstPaths[node] = path }
    pending.append(.entry(entry))
  }

  private mutating func isLastName(of node: ImageTree.FileID) -> Bool {
    let count = (nameCounts[node] ?? 0) + 1
    nameCounts[node] = count
    return count >= survey?.nameCounts[node] ?? 0
  }

  private mutating func fill(
    _ entry: inout ExportEntry, _ type: FileType, _ volume: Volume
  ) throws(JFFS2Error) {
    let ino = entry.node.ino
    if type == .symbolicLink {
      entry.link = .symbolic(target: try volume.target(ofSymbolicLink: ino))
    }
    if type == .regular {
      let plan = try FileDataLayout(volume, ino, size: entry.attributes.size)
      entry.size = plan.size
      if format.isComplete, plan.hasHoles { entry.dataRanges = plan.dataRanges }
      contents = plan
    }
    for xattr in try volume.xattrs(of: ino) {
      do throws(JFFS2Error) {
        guard let value = try volume.value(of: xattr, ino: ino) else { continue }
        entry.addXattr(xattr.name, value)
      } catch {
        omit("attribute left out: \(error)")
      }
    }
  }
}

extension FileType {
  /// The name in messages.
  fileprivate var name: String {
    switch self {
    case .fifo: "fifo"
    case .characterDevice: "character device"
    case .directory: "directory"
    case .blockDevice: "block device"
    case .regular: "regular file"
    case .symbolicLink: "symbolic link"
    case .socket: "socket"
    }
  }
}
