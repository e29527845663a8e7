internal import CLinux
internal import JFFS2
internal import SystemPackage

/// The last walk of an extraction: gives directories their attributes, when no more files are created in them and none has to be entered
/// again except upwards.
struct FolderPass {
  private let maker: EntryMaker
  /// As the first walk has left them.
  private let folders: [ImageTree.Node: Bool]
  private var path: TargetPath

  init(_ maker: EntryMaker, _ root: TargetDirectory, folders: [ImageTree.Node: Bool]) {
    self.maker = maker
    self.folders = folders
    path = TargetPath(root: root)
  }

  /// Ends early once an interruption was noted.
  mutating func run(_ selection: PathSelection) throws(CommandFailure) {
    var walk = SelectedWalk(maker.tree, selection)
    while clinux_interruption() == 0, let step = walk.next() {
      switch step {
      case .entry(let node, .success(let attributes), _) where attributes.isDirectory:
        if folders[node] == nil { walk.skipChildren() } else { path.push(walk.name, node) }
      case .leave(let node), .unreadable(let node, _):
        if let isNew = folders[node] { try leave(node, isNew: isNew) }
      case .entry, .enteredBefore, .tooLong: break
      }
    }
  }

  /// A directory that was there before is the user's, unless what is there is to be replaced.
  private mutating func leave(_ node: ImageTree.Node, isNew: Bool) throws(CommandFailure) {
    let shown = path.shownFolder
    let hasAttributes = isNew || maker.options.replaces
    if hasAttributes { _ = path.reopened(maker.record) }
    // The way back first: without the permission to search the directory there is none.
    guard let left = try path.leave(), hasAttributes, let volume = maker.tree.volume(of: node),
      let attributes = try? volume.attributes(of: node.ino)
    else { return }
    maker.writer.apply(
      attributes, volume,
      to: AttributeWriter.Subject(descriptor: left.descriptor, path: shown))
  }
}
