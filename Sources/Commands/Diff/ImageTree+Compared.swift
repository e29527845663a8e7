internal import FirmwareAccess
internal import JFFS2

extension ImageTree: ComparedTree {
  var hasOwners: Bool { true }

  var hasRoot: Bool { fileSystems.count == 1 }

  var hasPrivilegedXattrs: Bool { true }

  func walk(
    from path: [UInt8]
  ) throws(ProgramError) -> (names: [[UInt8]], walk: any EntryWalk)? {
    do throws(PathError) {
      let (node, names) = try walk(path, followsLast: false)
      return (names, ImageEntryWalk(self, from: node, names))
    } catch {
      switch error {
      case .notFound, .notADirectory, .danglingLink: return nil
      case .tooManyLinks, .unreadable, .tooManyMatches:
        throw ProgramError("\(DisplayName.inMessages.text(path)): \(error)", .failure)
      }
    }
  }

  func read(
    _ entry: ComparedEntry, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(EntryFault) -> Int {
    guard let node = entry.node, let volume = volume(of: node) else { return 0 }
    do throws(JFFS2Error) {
      return try volume.read(node.ino, at: offset, into: &buffer)
    } catch {
      throw EntryFault(reason: "\(error)")
    }
  }
}

/// A walk over the entries of an image.
private struct ImageEntryWalk: EntryWalk {
  private let tree: ImageTree
  private var walk: TreeWalk
  /// The path of the walk's start, and of the directories below it that lead to the latest entry.
  private var paths: [TreePath?]

  init(_ tree: ImageTree, from node: ImageTree.FileID, _ names: [[UInt8]]) {
    self.tree = tree
    walk = TreeWalk(tree, from: node)
    paths = [TreePath.of(names)]
  }

  mutating func next() throws(ProgramError) -> ComparedEntry? {
    while let step = walk.next() {
      switch step {
      case .entry(let node, .success(let attributes)): return entry(node, attributes)
      case .entry(let node, .failure(let error)):
        return ComparedEntry(
          path: path(), node: node, attributes: nil, faults: [EntryFault(reason: "\(error)")])
      case .alreadyVisited(let node):
        let fault = EntryFault(reason: "a further name of a directory, which is not entered again")
        return ComparedEntry(path: path(), node: node, attributes: nil, faults: [fault])
      case .tooLong:
        return ComparedEntry(
          path: path(), attributes: nil, faults: [EntryFault(reason: TreeWalk.tooLongReason)])
      case .unreadable(_, let error): throw ProgramError("\(error)", .failure)
      case .exitDirectory: continue
      }
    }
    return nil
  }

  /// The path of what the walk shows.
  private mutating func path() -> TreePath? {
    guard walk.depth > 0 else { return paths[0] }
    paths.removeLast(paths.count - walk.depth)
    let path = TreePath(walk.name, in: paths[paths.count - 1])
    paths.append(path)
    return path
  }

  private mutating func entry(
    _ node: ImageTree.FileID, _ attributes: InodeAttributes
  ) -> ComparedEntry {
    let type = FileType(mode: attributes.mode)
    var entry = ComparedEntry(
      path: path(), node: node, isShared: type == .regular && attributes.linkCount > 1)
    var values = EntryAttributes(attributes)
    if let volume = tree.volume(of: node) {
      do throws(JFFS2Error) {
        try values.addPayloads(of: node.ino, in: volume)
      } catch {
        entry.faults.append(EntryFault(reason: "\(error)"))
      }
    }
    entry.attributes = values
    return entry
  }
}

extension EntryAttributes {
  /// The attributes of an inode, without link target and extended attributes.
  init(_ inode: InodeAttributes) {
    self.init(
      mode: UInt32(inode.mode), uid: UInt32(inode.uid), gid: UInt32(inode.gid),
      size: FileType(mode: inode.mode) == .regular ? inode.size : 0,
      modificationTime: Int64(inode.modificationTime), device: inode.device?.text)
  }

  /// Reads link target and extended attributes.
  mutating func addPayloads(of ino: UInt32, in volume: Volume) throws(JFFS2Error) {
    if type == .symbolicLink { target = try volume.target(ofSymbolicLink: ino) }
    let found = try volume.xattrValues(of: ino)
    xattrs = Dictionary(
      found.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

extension DeviceNumber {
  /// The numbers as `MAJOR:MINOR`.
  var text: String { "\(major):\(minor)" }
}
