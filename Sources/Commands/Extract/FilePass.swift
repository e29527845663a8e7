internal import CLinux
internal import FirmwareAccess
internal import JFFS2
internal import SystemPackage

/// The first walk of an extraction: makes directories, and what is in them but symbolic links and further names of files.
struct FilePass {
  /// The directories of the image that are in the target, and whether this extraction created them.
  private(set) var directories: [ImageTree.FileID: Bool] = [:]
  /// The paths that there is nothing for.
  private(set) var unmatched: [[UInt8]] = []

  private let maker: EntryCreator
  private var path: DirectoryStack
  /// The files of several names that have one in the target.
  private var named: Set<ImageTree.FileID> = []

  init(_ maker: EntryCreator, _ root: DirectoryHandle) {
    self.maker = maker
    path = DirectoryStack(root: root)
  }

  /// Ends early once an interruption was noted.
  mutating func run(
    _ selection: PathSelection, _ onName: ([UInt8]) throws(ProgramError) -> Void
  ) throws(ProgramError) {
    var walk = FilteredTreeWalk(maker.tree, selection)
    while clinux_interruption() == 0, let step = walk.next() {
      switch step {
      case .entry(let node, .failure(let error), let isSelected):
        if isSelected { maker.record.fail(path.shown(walk.name), "\(error)", missing: node) }
      case .entry(let node, .success(let attributes), let isSelected):
        let shown = path.shown(walk.name)
        if isSelected { try onName(shown) }
        if attributes.isDirectory {
          path.push(walk.name, node)
          if isSelected { _ = directory() }
        } else if let directory = directory() {
          make(node, attributes, in: directory, name: walk.name, path: shown)
        }
        if path.isBlocked, attributes.isDirectory {
          walk.skipDescendants()
          _ = try path.exitDirectory()
        }
      case .alreadyVisited:
        maker.record.fail(path.shown(walk.name), "another name of a directory; skipped")
      case .tooLong: maker.record.fail(path.shown(walk.name), TreeWalk.tooLongReason)
      case .exitDirectory: _ = try path.exitDirectory()
      case .unreadable(_, let error):
        maker.record.fail(path.shownDirectory, "\(error)")
        _ = try path.exitDirectory()
      }
    }
    unmatched = walk.selection.unmatched
  }

  private mutating func make(
    _ node: ImageTree.FileID, _ attributes: InodeAttributes, in directory: DirectoryHandle,
    name: [UInt8], path: [UInt8]
  ) {
    switch FileType(mode: attributes.mode) {
    case .symbolicLink: return
    case .characterDevice, .blockDevice:
      if !maker.options.makesDevices {
        return maker.record.count { $0.devicesSkipped += 1 }
      }
    default: break
    }
    // The counts of links in hostile images need not be true, but one file of several names at most becomes several.
    guard attributes.linkCount == 1 || named.insert(node).inserted else { return }
    maker.make(node, attributes, in: directory, name: name, path: path)
  }

  /// The directory of the target for the current entry of the walk; nil where there is none, which was reported.
  private mutating func directory() -> DirectoryHandle? {
    while let next = path.next {
      do throws(Errno) {
        let (directory, isNew) = try open(next.name)
        path.didOpen(directory)
        directories[next.node] = isNew
        if isNew { maker.record.count { $0.directories += 1 } }
      } catch {
        maker.record.fail(path.shownDirectory, error)
        path.didFail()
      }
    }
    return path.isBlocked ? nil : path.lastOpened
  }

  /// Creates or opens a directory in the last one that was opened.
  private func open(_ name: [UInt8]) throws(Errno) -> (DirectoryHandle, isNew: Bool) {
    let parent = path.lastOpened
    do throws(Errno) {
      try parent.makeDirectory(name)
      return (try parent.open(name), true)
    } catch {
      guard error == .fileExists else { throw error }
    }
    do throws(Errno) {
      return (try parent.open(name), false)
    } catch {
      guard error == .notDirectory || error == .tooManySymbolicLinkLevels,
        maker.options.replaces
      else { throw error }
    }
    try parent.remove(name)
    try parent.makeDirectory(name)
    return (try parent.open(name), true)
  }
}
