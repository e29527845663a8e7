internal import Storage

/// Why two files cannot be compared: which of them cannot be read, and the reason.
package struct ComparisonFailure: Error {
  /// Whether it is the file that the other one was compared with.
  package let isOther: Bool
  package let error: JFFS2Error
}

/// The same file in two volumes. Nodes that store the same are not decompressed.
extension Volume {
  /// Whether a regular file has the same contents as one of a volume, which may be this one. The data CRCs of what is visible are checked.
  package func hasEqualContents(
    _ ino: UInt32, as otherIno: UInt32, in other: Volume
  ) throws(ComparisonFailure) -> Bool {
    if self === other, ino == otherIno {
      try own { () throws(JFFS2Error) in try checkData(of: ino) }
      return true
    }
    let tree = try own { () throws(JFFS2Error) in try readableTree(of: ino) }
    let otherTree = try others { () throws(JFFS2Error) in
      try other.readableTree(of: otherIno)
    }
    guard tree.size == otherTree.size else { return false }
    guard hasEqualLayout(tree, otherTree, of: other) else {
      return try hasEqualBytes(ino, as: otherIno, in: other, 0..<tree.size)
    }
    var index = 0
    while index < tree.fragments.count, UInt64(tree.fragments[index].start) < tree.size {
      let run =
        index..<min(
          neighbors(from: index, in: tree, before: tree.size).upperBound,
          other.neighbors(from: index, in: otherTree, before: tree.size).upperBound)
      index = run.upperBound
      if try storesEqualNodes(run, tree, otherTree, of: other) { continue }
      let end = min(UInt64(tree.fragments[index - 1].end), tree.size)
      let range = UInt64(tree.fragments[run.lowerBound].start)..<end
      guard try hasEqualBytes(ino, as: otherIno, in: other, range) else { return false }
    }
    return true
  }

  /// Checks the data CRCs of all nodes that are visible in a regular file.
  ///
  /// - Throws: as ``read(_:at:into:)``.
  package func checkData(of ino: UInt32) throws(JFFS2Error) {
    let tree = try readableTree(of: ino)
    var index = 0
    while index < tree.fragments.count, UInt64(tree.fragments[index].start) < tree.size {
      let run = neighbors(from: index, in: tree, before: tree.size)
      index = run.upperBound
      if tree.damagedNodes.isEmpty, try hasValidNodes(run, tree) { continue }
      // Reading the file decides what is lost.
      do throws(ComparisonFailure) {
        _ = try hasEqualBytes(ino, as: ino, in: self, 0..<tree.size)
      } catch {
        throw error.error
      }
      return
    }
  }

  /// The fragments of a file of which no range is lost.
  private func readableTree(of ino: UInt32) throws(JFFS2Error) -> FragmentTree {
    let tree = try fragmentTree(of: ino)
    if let lost = tree.lostGaps.first {
      throw .damaged(Damage(ino: inoOfNodes(ino), range: lost, flashOffset: nil, reason: .missing))
    }
    return tree
  }

  /// Whether the same fragments are visible, of nodes that cover the same bytes and are compressed to the same number of them.
  private func hasEqualLayout(
    _ tree: FragmentTree, _ otherTree: FragmentTree, of other: Volume
  ) -> Bool {
    guard tree.fragments.count == otherTree.fragments.count, tree.damagedNodes.isEmpty,
      otherTree.damagedNodes.isEmpty
    else { return false }
    for (fragment, otherFragment) in zip(tree.fragments, otherTree.fragments) {
      let (node, otherNode) = (inodes.nodes[fragment.node], other.inodes.nodes[otherFragment.node])
      guard fragment.start == otherFragment.start, fragment.end == otherFragment.end,
        node.fileOffset == otherNode.fileOffset, node.length == otherNode.length,
        node.compressedSize == otherNode.compressedSize, node.compression == otherNode.compression
      else { return false }
    }
    return true
  }

  /// Whether the data CRCs of the nodes of a run are valid.
  private func hasValidNodes(
    _ run: Range<Int>, _ tree: FragmentTree
  ) throws(JFFS2Error) -> Bool {
    let context = scratch.borrow()
    defer { scratch.giveBack(context) }
    let fetched = try fetch(run, of: tree, context)
    defer { context.returnBuffer(fetched.bytes) }
    return tree.fragments[run].allSatisfy { fragment in
      let node = inodes.nodes[fragment.node]
      if node.isHoleNode { return true }
      let stored = fetched.bytes.span.extracting(fetched.byteRange(of: node))
      guard stored.count > RawInode.size else { return false }
      return jffs2CRC(stored.extracting(RawInode.size..<stored.count))
        == RawInode.dataCRC(in: stored, dialect.endianness)
    }
  }

  /// Whether the nodes of a run are valid and store the same.
  private func storesEqualNodes(
    _ run: Range<Int>, _ tree: FragmentTree, _ otherTree: FragmentTree, of other: Volume
  ) throws(ComparisonFailure) -> Bool {
    let (context, otherContext) = (scratch.borrow(), other.scratch.borrow())
    defer {
      scratch.giveBack(context)
      other.scratch.giveBack(otherContext)
    }
    let fetched = try own { () throws(JFFS2Error) in try fetch(run, of: tree, context) }
    defer { context.returnBuffer(fetched.bytes) }
    let otherFetched = try others { () throws(JFFS2Error) in
      try other.fetch(run, of: otherTree, otherContext)
    }
    defer { otherContext.returnBuffer(otherFetched.bytes) }
    for index in run {
      let node = inodes.nodes[tree.fragments[index].node]
      if node.isHoleNode { continue }
      let stored = fetched.bytes.span.extracting(fetched.byteRange(of: node))
      let otherNode = other.inodes.nodes[otherTree.fragments[index].node]
      let otherStored = otherFetched.bytes.span.extracting(otherFetched.byteRange(of: otherNode))
      guard stored.count > RawInode.size, stored.count == otherStored.count else { return false }
      let payload = stored.extracting(RawInode.size..<stored.count)
      let crc = jffs2CRC(payload)
      guard crc == RawInode.dataCRC(in: stored, dialect.endianness),
        crc == RawInode.dataCRC(in: otherStored, other.dialect.endianness),
        payload.isEqual(to: otherStored.extracting(RawInode.size..<stored.count))
      else { return false }
    }
    return true
  }

  /// Whether two files have the same bytes in a range, by reading both where either has data.
  private func hasEqualBytes(
    _ ino: UInt32, as otherIno: UInt32, in other: Volume, _ range: Range<UInt64>
  ) throws(ComparisonFailure) -> Bool {
    let capacity = Int(min(256 << 10, range.upperBound - range.lowerBound))
    var bytes = [UInt8](repeating: 0, count: capacity)
    var otherBytes = bytes
    var position = range.lowerBound
    while position < range.upperBound {
      let data = try own { () throws(JFFS2Error) in try nextRun(ino, from: position) }
      let otherData = try others { () throws(JFFS2Error) in
        try other.nextRun(otherIno, from: position)
      }
      position = min(data.lowerBound, otherData.lowerBound)
      let end = min(
        range.upperBound, max(data.upperBound, otherData.upperBound), position + UInt64(capacity))
      guard position < end else { break }
      let wanted = Int(end - position)
      let count = try own { () throws(JFFS2Error) in
        try read(ino, at: position, &bytes, wanted)
      }
      let otherCount = try others { () throws(JFFS2Error) in
        try other.read(otherIno, at: position, &otherBytes, wanted)
      }
      guard count == otherCount, count > 0,
        bytes.span.extracting(0..<count).isEqual(to: otherBytes.span.extracting(0..<count))
      else { return false }
      position += UInt64(count)
    }
    return true
  }

  /// The next bytes of a file that are not in a hole; empty after the last ones.
  private func nextRun(_ ino: UInt32, from offset: UInt64) throws(JFFS2Error) -> Range<UInt64> {
    guard let start = try nextData(ino, from: offset) else {
      return UInt64(UInt32.max)..<UInt64(UInt32.max)
    }
    return start..<max(start, try nextHole(ino, from: start) ?? start)
  }

  private func read(
    _ ino: UInt32, at offset: UInt64, _ bytes: inout [UInt8], _ count: Int
  ) throws(JFFS2Error) -> Int {
    var whole = bytes.mutableSpan
    var part = whole.part(0..<count)
    return try read(ino, at: offset, into: &part)
  }

  private func own<Result>(
    _ body: () throws(JFFS2Error) -> Result
  ) throws(ComparisonFailure) -> Result {
    do throws(JFFS2Error) {
      return try body()
    } catch {
      throw ComparisonFailure(isOther: false, error: error)
    }
  }

  private func others<Result>(
    _ body: () throws(JFFS2Error) -> Result
  ) throws(ComparisonFailure) -> Result {
    do throws(JFFS2Error) {
      return try body()
    } catch {
      throw ComparisonFailure(isOther: true, error: error)
    }
  }
}
