internal import CLinux
internal import FirmwareAccess
internal import JFFS2
internal import SystemPackage

/// The last walk of an extraction: gives directories their attributes. At this point nothing more is created in any of them, and they are
/// left only upwards.
struct DirectoryPass {
  private let maker: EntryCreator
  /// As the first walk has left them.
  private let directories: [ImageTree.FileID: Bool]
  private var path: DirectoryStack

  init(_ maker: EntryCreator, _ root: DirectoryHandle, directories: [ImageTree.FileID: Bool]) {
    self.maker = maker
    self.directories = directories
    path = DirectoryStack(root: root)
  }

  /// Ends early once an interruption was noted.
  mutating func run(_ selection: PathSelection) throws(ProgramError) {
    var walk = FilteredTreeWalk(maker.tree, selection)
    while clinux_interruption() == 0, let step = walk.next() {
      switch step {
      case .entry(let node, .success(let attributes), _) where attributes.isDirectory:
        if directories[node] == nil { walk.skipDescendants() } else { path.push(walk.name, node) }
      case .exitDirectory(let node), .unreadable(let node, _):
        if let isNew = directories[node] { try exitDirectory(node, isNew: isNew) }
      case .entry, .alreadyVisited, .tooLong: break
      }
    }
  }

  /// Gives the directory its attributes and leaves it. An existing directory is the user's and stays as it is, unless files are replaced.
  private mutating func exitDirectory(_ node: ImageTree.FileID, isNew: Bool) throws(ProgramError) {
    let shown = path.shownDirectory
    let hasAttributes = isNew || maker.options.replaces
    if hasAttributes { _ = path.reopened(maker.record) }
    // Leave first: without the permission to search the directory its parent cannot be opened.
    guard let left = try path.exitDirectory(), hasAttributes,
      let volume = maker.tree.volume(of: node),
      let attributes = try? volume.attributes(of: node.ino)
    else { return }
    maker.writer.apply(
      attributes, volume,
      to: AttributeWriter.Subject(descriptor: left.descriptor, path: shown))
  }
}
