internal import CLinux
internal import FirmwareAccess
internal import JFFS2
internal import SystemPackage

/// The second walk of an extraction, when all files are written: makes symbolic links and further names of files.
struct LinkPass {
  private let maker: EntryCreator
  private let root: DirectoryHandle
  /// As the first walk has left them.
  private let directories: [ImageTree.FileID: Bool]
  private var path: DirectoryStack
  /// Where the first name of a file with several is; without a path where that is too long to be opened.
  private var firstNames: [ImageTree.FileID: (directory: [UInt8]?, name: [UInt8])] = [:]

  init(_ maker: EntryCreator, _ root: DirectoryHandle, directories: [ImageTree.FileID: Bool]) {
    self.maker = maker
    self.root = root
    self.directories = directories
    path = DirectoryStack(root: root)
  }

  /// Ends early once an interruption was noted.
  mutating func run(_ selection: PathSelection) throws(ProgramError) {
    var walk = FilteredTreeWalk(maker.tree, selection)
    while clinux_interruption() == 0, let step = walk.next() {
      // The first walk has reported all else.
      switch step {
      case .entry(let node, .success(let attributes), let isSelected):
        if attributes.isDirectory {
          if directories[node] == nil { walk.skipDescendants() } else { path.push(walk.name, node) }
        } else if isSelected {
          makeLink(node, attributes, walk.name)
        }
      case .exitDirectory(let node), .unreadable(let node, _):
        if directories[node] != nil { _ = try path.exitDirectory() }
      case .entry, .alreadyVisited, .tooLong: break
      }
    }
  }

  private mutating func makeLink(
    _ node: ImageTree.FileID, _ attributes: InodeAttributes, _ name: [UInt8]
  ) {
    let type = FileType(mode: attributes.mode)
    if attributes.linkCount != 1 {
      guard let first = firstNames[node] else {
        firstNames[node] = (path.bytes, name)
        if type == .symbolicLink { make(node, attributes, name) }
        return
      }
      if type == .characterDevice || type == .blockDevice, !maker.options.makesDevices { return }
      guard !maker.record.isMissing(node) else {
        let directory =
          first.directory.map { $0.isEmpty ? [] : $0 + [UInt8(ascii: "/")] } ?? Array("…/".utf8)
        let firstName = DisplayName.inMessages.text(directory + first.name)
        return maker.record.fail(
          path.shown(name), "another name of \(firstName), which could not be extracted")
      }
      guard let directory = path.reopened(maker.record) else { return }
      do throws(Errno) {
        try link(first, as: name, in: directory)
        maker.record.count { $0.hardLinks += 1 }
      } catch {
        switch error {
        // The target's file system, or the length of the path, does not allow it.
        case .notPermitted, .notSupported, .improperLink, .tooManyLinks, .fileNameTooLong:
          maker.make(node, attributes, in: directory, name: name, path: path.shown(name))
        default: maker.record.fail(path.shown(name), error)
        }
      }
    } else if type == .symbolicLink {
      make(node, attributes, name)
    }
  }

  private mutating func make(
    _ node: ImageTree.FileID, _ attributes: InodeAttributes, _ name: [UInt8]
  ) {
    guard let directory = path.reopened(maker.record) else { return }
    maker.make(node, attributes, in: directory, name: name, path: path.shown(name))
  }

  private func link(
    _ first: (directory: [UInt8]?, name: [UInt8]), as name: [UInt8], in directory: DirectoryHandle
  ) throws(Errno) {
    guard let above = first.directory else { throw .fileNameTooLong }
    let source = above.isEmpty ? root : try root.open(above)
    try maker.replacing(name, in: directory) { () throws(Errno) in
      try source.link(first.name, to: directory, as: name)
    }
  }
}
