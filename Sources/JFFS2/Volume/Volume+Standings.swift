extension Volume {
  /// Decides for each node whether the driver still needs it. Checks all data CRCs, so all of the log is read once.
  ///
  /// - Throws: `.storage`.
  package func nodeStandings() throws(JFFS2Error) -> NodeStandings {
    var standings: [UInt32: NodeStanding] = [:]
    standings.reserveCapacity(inodes.nodes.count + directories.dirents.count)
    let reachable = reachableInodes()
    for (index, entry) in inodes.entries.enumerated() {
      try noteNodes(of: entry, isReachable: reachable[index], &standings)
    }
    noteDirents(reachable, &standings)
    xattrs.visitStandings(isReachable: { inodes.index(of: $0).map { reachable[$0] } ?? false }) {
      standings[$0] = $1
    }
    for datum in xattrs.allData where try !hasGoodData(datum) {
      standings[datum.flashOffset] = .damaged
    }
    for offset in unlistedOffsets { standings[offset] = .orphaned }
    return NodeStandings(indexed: standings)
  }

  /// For each inode of the index, whether names lead to it from the root.
  private func reachableInodes() -> [Bool] {
    var isReached = [Bool](repeating: false, count: inodes.entries.count)
    var pending: [Int] = []
    if let root = inodes.index(of: Self.rootIno) {
      isReached[root] = true
      pending = [root]
    }
    while let index = pending.popLast() {
      for dirent in directories[inodes.entries[index]] where dirent.ino != 0 {
        guard let target = inodes.index(of: dirent.ino), !isReached[target] else { continue }
        isReached[target] = true
        pending.append(target)
      }
    }
    return isReached
  }

  /// As `jffs2_do_read_inode`: what shows of the data before the file's end, and the node with the latest attributes, are live.
  private func noteNodes(
    of entry: InodeEntry, isReachable: Bool, _ standings: inout [UInt32: NodeStanding]
  ) throws(JFFS2Error) {
    var layers: [Int] = []
    for index in inodes.nodeIndices(entry) {
      let node = inodes.nodes[index]
      let isGood = node.isUsable ? try hasGoodData(node) : false
      standings[node.flashOffset] =
        if !isGood { .damaged } else if !isReachable { .orphaned } else { .superseded }
      if isGood, !node.isMetadata { layers.append(index) }
    }
    guard isReachable, let latest = try latestNodeIndex(of: entry) else { return }
    standings[inodes.nodes[latest].flashOffset] = .live
    let attributes = try rawInode(inodes.nodes[latest])
    let end = FileType(mode: attributes.mode) == .regular ? attributes.fileSize : UInt32.max
    for fragment in FragmentTree(layers: layers, nodes: inodes.nodes).fragments
    where fragment.start < end {
      standings[inodes.nodes[fragment.node].flashOffset] = .live
    }
  }

  /// A deletion is needed as long as an older name is after it, as in `jffs2_garbage_collect_deletion_dirent`.
  private func noteDirents(_ reachable: [Bool], _ standings: inout [UInt32: NodeStanding]) {
    let names = directories.names
    let dirents = (directories.dirents + directories.supersededDirents).sorted {
      DirectoryTable.isOrdered($0, $1, names.span)
    }
    for (index, dirent) in dirents.enumerated() {
      let isNewest =
        index + 1 == dirents.count
        || !DirectoryTable.sameName(dirent, dirents[index + 1], names.span)
      let hidesOlder = index > 0 && DirectoryTable.sameName(dirents[index - 1], dirent, names.span)
      let isInTree = inodes.index(of: dirent.parentIno).map { reachable[$0] } ?? false
      guard dirent.isReadable else { continue }
      standings[dirent.flashOffset] =
        if !isNewest {
          .superseded
        } else if dirent.ino == 0 {
          hidesOlder ? .live : .superseded
        } else {
          isInTree && inodes.index(of: dirent.ino) != nil ? .live : .orphaned
        }
    }
  }
}
