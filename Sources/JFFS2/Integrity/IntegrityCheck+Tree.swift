internal import Storage
internal import Support

extension IntegrityCheck {
  /// Adds inodes without a name, names without a path, and directories without attributes.
  mutating func checkTree() {
    var unreachable: [InodeEntry] = []
    for entry in volume.inodes.entries {
      if entry.linkCount > 0 {
        checkAttributes(of: entry)
      } else if entry.ino == volume.numbering.unfinishedCreation {
        add(
          Finding(
            .unfinishedWrite, "inode \(entry.ino) was created, and its name was not written",
            ino: entry.ino))
      } else if entry.ino != Volume.rootIno {
        unreachable.append(entry)
      }
    }
    let nameCount = unreachable.reduce(0) { count, entry in
      count + volume.directories[entry].count { $0.ino != 0 }
    }
    var inos = unreachable.filter { $0.nodeCount > 0 }.map(\.ino)
    // The driver marks the nodes of a file with its last name.
    let hasOnlyKnownNames = volume.hasOnlyNodesOfMkfs
    if hasOnlyKnownNames, !inos.isEmpty {
      let named = Set(volume.directories.dirents.map(\.ino))
      // The driver was interrupted while it marked the nodes of a deleted file.
      let marked = Set(log.index.obsoleteInodeNodes.map(\.ino)).subtracting(named)
      addDeleted(inos.count(where: marked.contains))
      for ino in inos where !named.contains(ino) && !marked.contains(ino) {
        add(Finding(.unnamedInode, "inode \(ino) has no name", ino: ino))
      }
      inos = inos.filter(named.contains)
    }
    let isRootGone = volume.isRootGone(unreachable)
    let isDamage = isRootGone || hasOnlyKnownNames || volume.arePartOfImage(unreachable)
    if !isDamage { removeDeleted(from: &inos) }
    guard !inos.isEmpty || nameCount > 0 else { return }
    let counts = [(inos.count, "inode"), (nameCount, "name")].filter { $0.0 > 0 }
      .map { $0.0.pluralized($0.1) }.joined(separator: " and ")
    add(
      Finding(
        .unreachable,
        "\(counts) without a path to the root: "
          + (isRootGone ? "the root directory is lost" : "deleted, or lost")
          + "; use jffs2 extract --history to get the remaining data",
        isDamage: isDamage))
  }

  /// Moves the inodes of which a name was replaced or deleted later to another finding, which is normal.
  private mutating func removeDeleted(from inos: inout [UInt32]) {
    // A name in a directory without a path is still there.
    let formerlyNamed = Set(volume.supersededDirents.map(\.ino))
      .subtracting(volume.directories.dirents.map(\.ino))
    let count = inos.count
    inos.removeAll(where: formerlyNamed.contains)
    addDeleted(count - inos.count)
  }

  private mutating func addDeleted(_ count: Int) {
    guard count > 0 else { return }
    add(
      Finding(
        .deleted,
        "\(count.pluralized("deleted or replaced file")): "
          + "jffs2 extract --history gets the remaining data"))
  }

  /// Adds names whose type is not their inode's, and names in an inode that is not a directory.
  mutating func checkTypes() {
    for name in volume.namesInFiles {
      add(
        Finding(
          .mixed,
          "parts of two images are mixed: the name at \(hexadecimal(name.flashOffset)) is in inode "
            + "\(name.parentIno), which is not a directory", ino: name.parentIno))
    }
    for dirent in volume.directories.mistypedDirents {
      add(
        Finding(
          .mixed,
          "parts of two images are mixed: the type of the name at \(hexadecimal(dirent.flashOffset)) "
            + "does not match its inode", ino: dirent.ino))
    }
  }

  private mutating func checkAttributes(of entry: InodeEntry) {
    guard !volume.inodes.nodeIndices(entry).contains(where: { volume.inodes.nodes[$0].isUsable }),
      volume.directories.hasNames(in: entry)
    else { return }
    add(
      Finding(
        .lostAttributes, "its inode node is missing: mode, owner and times are lost",
        ino: entry.ino))
  }

  /// Adds extended attributes of which a node is missing.
  mutating func checkXattrs() {
    for ino in volume.xattrs.inosWithoutDatum where volume.inodes.index(of: ino) != nil {
      guard volume.pathIndex.path(of: ino) != nil else { continue }
      add(Finding(.lostXattr, "its node is missing", ino: ino))
    }
    if let (first, second) = volume.xattrs.repeatedSequence {
      add(
        Finding(
          .mixed,
          "parts of two images are mixed: the links to extended attributes at \(hexadecimal(first)) "
            + "and at \(hexadecimal(second)) have the same sequence number"))
    }
    guard volume.hasOnlyNodesOfMkfs else { return }
    for xid in volume.numbering.missingXids {
      add(Finding(.lostXattr, "the extended attribute with number \(xid) is missing"))
    }
    if volume.numbering.missingXrefCount > 0 {
      let count = volume.numbering.missingXrefCount
      add(
        Finding(
          .lostXattr,
          "\(count.pluralized("link")) to extended attributes \(count == 1 ? "is" : "are") missing")
      )
    }
    // To remove or replace an attribute, the driver writes a node with an odd sequence number. With a file, it only marks the nodes of its
    // attributes.
    let changed = Set(log.index.xrefs.lazy.filter { $0.raw.sequence % 2 != 0 }.map(\.raw.ino))
    let unreferenced = volume.xattrs.unreferencedData
    let unreferencedXids = Set(unreferenced.map(\.raw.xid))
    for xref in log.index.obsoleteXrefs
    where volume.pathIndex.isReachable(xref.raw.ino) && !changed.contains(xref.raw.ino)
      && !unreferencedXids.contains(xref.raw.xid)
    {
      add(
        Finding(
          .lostXattr, "a link to it is marked as replaced, and nothing replaced it",
          ino: xref.raw.ino, flashOffset: imageOffset(xref.flashOffset)))
    }
    for datum in unreferenced {
      add(
        Finding(
          .lostXattr, "no inode refers to it", flashOffset: imageOffset(datum.flashOffset)))
    }
  }
}

extension Volume {
  /// Whether the file system is as mkfs.jffs2 made it, losses aside.
  package var isPristine: Bool { numbering.isPristine }

  /// Whether all live nodes are of mkfs.jffs2.
  var hasOnlyNodesOfMkfs: Bool { isPristine || numbering.hasOnlyMarks }

  /// Whether the root directory is empty although there are inodes that no name refers to, not even a replaced or deleted one, and more
  /// than deletions in it of names of which nothing else is left.
  func isRootGone(_ unreachable: [InodeEntry]) -> Bool {
    let root = inodes.index(of: Self.rootIno).map { directories[inodes.entries[$0]] } ?? []
    guard !root.contains(where: { $0.ino != 0 }) else { return false }
    let named = Set((directories.dirents + directories.supersededDirents).map(\.ino))
    let known = Set(
      directories.supersededDirents.lazy.filter { $0.parentIno == Self.rootIno && $0.ino != 0 }
        .map { self.name(of: $0) })
    let deletionCount = root.count { !known.contains(self.name(of: $0)) }
    return unreachable.count { !named.contains($0.ino) } > deletionCount
  }

  /// Whether names of inodes without a path count on from one directory to the next, as in an image of mkfs.jffs2 of which a part is lost.
  /// The driver counts the names of each directory.
  func arePartOfImage(_ unreachable: [InodeEntry]) -> Bool {
    let names = unreachable.flatMap { directories[$0] }.filter { $0.ino != 0 }
      .sorted { $0.flashOffset < $1.flashOffset }
    return zip(names, names.dropFirst()).contains { name, next in
      name.parentIno != next.parentIno && name.version > 3 && name.version &+ 1 == next.version
    }
  }

  /// The first name, or deleted name, in each inode that is not a directory.
  var namesInFiles: [Dirent] {
    inodes.entries.compactMap { entry in
      guard let name = directories[entry].first,
        let newest = inodes.nodeIndices(entry).last(where: { inodes.nodes[$0].isUsable }),
        !inodes.nodes[newest].isDirectory
      else { return nil }
      return name
    }
  }

  /// Whether there are names in a directory that itself has no name.
  var hasNamesWithoutDirectory: Bool {
    inodes.entries.contains { entry in
      entry.linkCount == 0 && entry.ino != Self.rootIno
        && directories[entry].contains { $0.ino != 0 }
    }
  }

  /// The ranges of a file that no node covers; none for what is not a regular file. All data CRCs count as valid.
  func gaps(ofInodeAt index: Int) -> [FileGap] {
    let entry = inodes.entries[index]
    let indices = inodes.nodeIndices(entry)
    guard let latest = indices.last(where: { inodes.nodes[$0].isUsable }),
      inodes.nodes[latest].isRegularFile
    else { return [] }
    // The usual case: every node starts where the one before ends.
    let size = inodes.nodes[latest].fileSize
    var end: UInt32 = 0
    for index in indices where inodes.nodes[index].isUsable && !inodes.nodes[index].isMetadata {
      if inodes.nodes[index].fileOffset > end { break }
      end = max(end, inodes.nodes[index].fileEnd)
    }
    if end >= size { return [] }
    let layers = indices.filter { inodes.nodes[$0].isUsable && !inodes.nodes[$0].isMetadata }
    let tree = FragmentTree(layers: layers, nodes: inodes.nodes)
    return gaps(between: tree.fragments, of: entry, size: UInt64(size))
  }
}
