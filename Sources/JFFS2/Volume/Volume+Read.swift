extension Volume {
  /// Fills `buffer` with a regular file's bytes from `offset` on.
  ///
  /// - Returns: The bytes filled; fewer than the buffer holds only at the end of the file.
  /// - Throws: ``JFFS2Error`` `.damaged` where any of the bytes are, `.wrongType`, `.storage`, and what ``attributes(of:)`` throws.
  @_lifetime(buffer: copy buffer)
  public func read(
    _ ino: UInt32, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(JFFS2Error) -> Int {
    var tree = try fragmentTree(of: ino)
    guard offset < tree.size else { return 0 }
    let count = Int(min(UInt64(buffer.count), tree.size - offset))
    var part = buffer.part(0..<count)
    let context = scratch.borrow()
    defer { scratch.giveBack(context) }
    var position = offset
    try fill(&part, of: ino, from: offset, &position, to: offset + UInt64(count), &tree, context)
    return count
  }

  /// Fills the buffer, whose first byte is the file's at `offset`, from `position` to `end`.
  ///
  /// - Parameters:
  ///   - position: Moves to the first byte that is not filled, also where this throws.
  ///   - tree: Becomes one that knows all damaged nodes found during the read.
  func fill(
    _ buffer: inout MutableSpan<UInt8>, of ino: UInt32, from offset: UInt64,
    _ position: inout UInt64, to end: UInt64, _ tree: inout FragmentTree, _ context: Scratch
  ) throws(JFFS2Error) {
    // One damaged node is the usual case. Where another is below it, all of the file's nodes are checked at once: a hostile file
    // may have any number of them, and a tree for each would take hours.
    while let bad = try fill(&buffer, of: ino, from: offset, &position, to: end, tree, context) {
      let others = tree.damagedNodes.isEmpty ? [] : try damagedNodes(of: ino)
      tree = try fragmentTree(of: ino, damagedNodes: others.union([bad]))
    }
  }

  /// The first byte at or after `offset` that a node holds or held; zeros without a payload count as a hole, lost ranges do not.
  ///
  /// - Returns: nil where only a hole, or the end of the file, follows.
  public func nextData(_ ino: UInt32, from offset: UInt64) throws(JFFS2Error) -> UInt64? {
    let tree = try fragmentTree(of: ino)
    var position = offset
    for fragment in tree.fragments[tree.firstIndex(endingAfter: offset)...] {
      let start = max(position, UInt64(fragment.start))
      if let lost = tree.lostGap(in: position..<start) { return max(position, lost.lowerBound) }
      guard start < tree.size else { return nil }
      if !isHole(fragment) { return start }
      position = UInt64(fragment.end)
    }
    let lost = tree.lostGap(in: position..<max(position, tree.size))
    return lost.map { max(position, $0.lowerBound) }
  }

  /// The first byte at or after `offset` that is in a hole; the end of the file counts as one.
  ///
  /// - Returns: nil if `offset` is at or after the end of the file.
  public func nextHole(_ ino: UInt32, from offset: UInt64) throws(JFFS2Error) -> UInt64? {
    let tree = try fragmentTree(of: ino)
    guard offset < tree.size else { return nil }
    var position = offset
    for fragment in tree.fragments[tree.firstIndex(endingAfter: offset)...] {
      let start = UInt64(fragment.start)
      if start > position, tree.lostGap(in: position..<start) == nil { break }
      position = max(position, start)
      if isHole(fragment) { break }
      position = UInt64(fragment.end)
    }
    if let lost = tree.lostGap(in: position..<position + 1) { position = lost.upperBound }
    return min(position, tree.size)
  }

  private func isHole(_ fragment: Fragment) -> Bool {
    inodes.nodes[fragment.node].compression == .zero
  }

  /// The fragments of a regular file, from the cache or built now.
  func fragmentTree(of ino: UInt32) throws(JFFS2Error) -> FragmentTree {
    if let known = fragmentTrees[ino] { return known }
    return try fragmentTree(of: ino, damagedNodes: [])
  }

  func fragmentTree(
    of ino: UInt32, damagedNodes: Set<Int>
  ) throws(JFFS2Error) -> FragmentTree {
    let size =
      if let known = fragmentTrees[ino] { known.size } else { try sizeOfRegularFile(ino) }
    let entry = try entry(ino)
    let usable = inodes.nodeIndices(entry).filter {
      inodes.nodes[$0].isUsable && !inodes.nodes[$0].isMetadata
    }
    let good = usable.filter { !damagedNodes.contains($0) }
    let bad = damagePolicy == .error ? usable.filter { damagedNodes.contains($0) } : []
    let tree = FragmentTree(
      layers: bad + good, nodes: inodes.nodes, size: size, damagedNodes: damagedNodes
    ) { fragments in
      damagePolicy == .error ? gaps(between: fragments, of: entry, size: size) : []
    }
    fragmentTrees.insert(tree, ino: ino)
    return tree
  }

  private func sizeOfRegularFile(_ ino: UInt32) throws(JFFS2Error) -> UInt64 {
    let attributes = try attributes(of: ino)
    guard FileType(mode: attributes.mode) == .regular else { throw .wrongType(ino: ino) }
    return attributes.size
  }

  /// Fills the buffer by one tree.
  ///
  /// - Returns: A node that turned out to have a wrong data CRC, or nil where the buffer is complete.
  @_lifetime(buffer: copy buffer)
  private func fill(
    _ buffer: inout MutableSpan<UInt8>, of ino: UInt32, from offset: UInt64,
    _ position: inout UInt64, to end: UInt64, _ tree: FragmentTree, _ context: Scratch
  ) throws(JFFS2Error) -> Int? {
    var index = tree.firstIndex(endingAfter: position)
    while position < end {
      let start = index < tree.fragments.count ? UInt64(tree.fragments[index].start) : end
      if start > position {
        if let lost = tree.lostGap(in: position..<min(start, end)) {
          throw .damaged(
            Damage(ino: inoOfNodes(ino), range: lost, flashOffset: nil, reason: .missing))
        }
        buffer.fillWithZeros(Int(position - offset)..<Int(min(start, end) - offset))
        position = min(start, end)
        continue
      }
      let run = neighbors(from: index, in: tree, before: end)
      if let bad = try fill(&buffer, from: offset, &position, to: end, run, of: tree, context) {
        return bad
      }
      index = run.upperBound
    }
    return nil
  }
}

extension Volume {
  /// The ranges of a regular file that no node covers; in a tree of a history, those of partial versions only.
  func gaps(between fragments: [Fragment], of entry: InodeEntry, size: UInt64) -> [FileGap] {
    let version = versionTable?.version(entry.ino)
    if let version, version.isComplete { return [] }
    return FileGap.gaps(
      between: fragments, layers: inodes.nodeIndices(entry).filter { inodes.nodes[$0].isUsable },
      nodes: inodes.nodes, size: size,
      allowsPossibleHoles: version == nil && !hasOnlyNodesOfMkfs
        && !incompleteInos.contains(entry.ino))
  }
}
