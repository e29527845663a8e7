extension Volume {
  /// Decides for each node whether the driver still needs it. Checks all data CRCs, so all of the log is read once.
  ///
  /// - Throws: `.storage`.
  package func nodeStates() throws(JFFS2Error) -> NodeStates {
    var states: [UInt32: NodeState] = [:]
    states.reserveCapacity(inodes.nodes.count + directories.dirents.count)
    let reachable = reachableInodes()
    for (index, entry) in inodes.entries.enumerated() {
      try recordNodes(of: entry, isReachable: reachable[index], &states)
    }
    recordDirents(reachable, &states)
    xattrs.visitStates(isReachable: { inodes.index(of: $0).map { reachable[$0] } ?? false }) {
      states[$0] = $1
    }
    for datum in xattrs.allData where try !hasGoodData(datum) {
      states[datum.flashOffset] = .damaged
    }
    for offset in offsetsMissingFromSummary { states[offset] = .orphaned }
    return NodeStates(indexed: states)
  }

  /// For each inode of the index, whether names lead to it from the root.
  private func reachableInodes() -> [Bool] {
    var isReachable = [Bool](repeating: false, count: inodes.entries.count)
    var pending: [Int] = []
    if let root = inodes.index(of: Self.rootIno) {
      isReachable[root] = true
      pending = [root]
    }
    while let index = pending.popLast() {
      for dirent in directories[inodes.entries[index]] where dirent.ino != 0 {
        guard let target = inodes.index(of: dirent.ino), !isReachable[target] else { continue }
        isReachable[target] = true
        pending.append(target)
      }
    }
    return isReachable
  }

  /// As `jffs2_do_read_inode`: what shows of the data before the file's end, and the node with the latest attributes, are live.
  private func recordNodes(
    of entry: InodeEntry, isReachable: Bool, _ states: inout [UInt32: NodeState]
  ) throws(JFFS2Error) {
    var layers: [Int] = []
    for index in inodes.nodeIndices(entry) {
      let node = inodes.nodes[index]
      let isGood = node.isUsable ? try hasGoodData(node) : false
      states[node.flashOffset] =
        if !isGood { .damaged } else if !isReachable { .orphaned } else { .superseded }
      if isGood, !node.isMetadata { layers.append(index) }
    }
    guard isReachable, let latest = try latestNodeIndex(of: entry) else { return }
    states[inodes.nodes[latest].flashOffset] = .live
    let attributes = try rawInode(inodes.nodes[latest])
    let end = FileType(mode: attributes.mode) == .regular ? attributes.fileSize : UInt32.max
    for fragment in FragmentTree(layers: layers, nodes: inodes.nodes).fragments
    where fragment.start < end {
      states[inodes.nodes[fragment.node].flashOffset] = .live
    }
  }

  /// Sets the states of dirents. A deletion is needed as long as an older dirent of the same name remains, as in
  /// `jffs2_garbage_collect_deletion_dirent`.
  private func recordDirents(_ reachable: [Bool], _ states: inout [UInt32: NodeState]) {
    let names = directories.names
    let dirents = (directories.dirents + directories.supersededDirents).sorted {
      DirectoryTable.isOrdered($0, $1, names.span)
    }
    for (index, dirent) in dirents.enumerated() {
      let isNewest =
        index + 1 == dirents.count
        || !DirectoryTable.haveSameName(dirent, dirents[index + 1], names.span)
      let hidesOlder =
        index > 0 && DirectoryTable.haveSameName(dirents[index - 1], dirent, names.span)
      let isInTree = inodes.index(of: dirent.parentIno).map { reachable[$0] } ?? false
      guard dirent.isReadable else { continue }
      states[dirent.flashOffset] =
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
