/// A run is what one read of the image can fetch: fragments that follow each other in the file and whose nodes lie close together.
extension Volume {
  /// The fragments from `first` on that join each other in the file and whose nodes one read of the image can fetch.
  func neighbours(
    from first: Int, in tree: FragmentTree, before end: UInt64
  ) -> Range<Int> {
    let (largestRead, largestGap): (UInt32, UInt32) = (512 << 10, 4 << 10)
    let start = inodes.nodes[tree.fragments[first].node]
    guard isFetched(start) else { return first..<first + 1 }
    var flashEnd = start.flashOffset + UInt32(RawInode.size) + start.compressedSize
    var next = first + 1
    while next < tree.fragments.count, UInt64(tree.fragments[next].start) < end,
      tree.fragments[next].start == tree.fragments[next - 1].end
    {
      let node = inodes.nodes[tree.fragments[next].node]
      guard isFetched(node), node.flashOffset >= flashEnd,
        node.flashOffset - flashEnd <= largestGap
      else { break }
      let nodeEnd = node.flashOffset + UInt32(RawInode.size) + node.compressedSize
      guard nodeEnd - start.flashOffset <= largestRead else { break }
      flashEnd = nodeEnd
      next += 1
    }
    return first..<next
  }

  /// Whether the node's payload has to be fetched at all.
  private func isFetched(_ node: InodeNode) -> Bool {
    node.compressedSize > 0 && node.compressedSize <= Self.maximumChunkSize
      && node.length <= Self.maximumChunkSize
  }

  /// Fetches the nodes of a run at once and expands each into its part of the buffer.
  ///
  /// - Returns: A node that turned out to have a wrong data CRC, or nil where all parts are filled.
  func fill(
    _ buffer: inout MutableSpan<UInt8>, from offset: UInt64, _ run: Range<Int>,
    of tree: FragmentTree, _ context: Scratch
  ) throws(JFFS2Error) -> Int? {
    let first = inodes.nodes[tree.fragments[run.lowerBound].node]
    let last = inodes.nodes[tree.fragments[run.upperBound - 1].node]
    let isFetched = isFetched(first)
    let size =
      isFetched
      ? Int(last.flashOffset - first.flashOffset) + RawInode.size + Int(last.compressedSize) : 0
    var flash = context.takeBuffer(size)
    defer { context.giveBuffer(flash) }
    if isFetched {
      var whole = flash.mutableSpan
      var span = whole.part(0..<size)
      try range.read(at: first.flashOffset, into: &span)
    }
    for fragment in tree.fragments[run] {
      let node = inodes.nodes[fragment.node]
      let shown =
        max(
          offset, UInt64(fragment.start))..<min(
          offset + UInt64(buffer.count), UInt64(fragment.end))
      var part = buffer.part(
        Int(shown.lowerBound - offset)..<Int(shown.upperBound - offset))
      let start = isFetched ? Int(node.flashOffset - first.flashOffset) : 0
      let stored = flash.span.extracting(
        start..<start + (isFetched ? RawInode.size + Int(node.compressedSize) : 0))
      var reason: Damage.Reason? = .dataCRC
      if !tree.damagedNodes.contains(fragment.node) {
        reason = expand(
          node, stored, skipping: Int(shown.lowerBound - UInt64(node.fileOffset)), into: &part,
          place: fragment.node, context)
        if reason == .dataCRC { return fragment.node }
        // Such a node was not fetched, so its CRC is still to be checked.
        if reason == .chunkTooLarge, try !hasGoodData(node) { return fragment.node }
      }
      if let reason {
        let end = min(UInt64(fragment.end), tree.size)
        throw .damaged(
          Damage(
            ino: node.ino, range: UInt64(fragment.start)..<max(end, UInt64(fragment.start)),
            flashOffset: range.imageOffset(node.flashOffset), reason: reason))
      }
    }
    return nil
  }

  /// Expands a part of a node's chunk.
  ///
  /// - Parameters:
  ///   - stored: The node from its header on, or nothing where its payload was not fetched.
  ///   - skipped: The bytes of the chunk in front of the part.
  ///   - place: The node's place in the inode table.
  /// - Returns: nil where all is well, or what is wrong.
  private func expand(
    _ node: InodeNode, _ stored: Span<UInt8>, skipping skipped: Int,
    into part: inout MutableSpan<UInt8>, place: Int, _ context: Scratch
  ) -> Damage.Reason? {
    if node.compression == .zero, node.compressedSize == 0 {
      part.fillWithZeroes(0..<part.count)
      return nil
    }
    guard node.length <= Self.maximumChunkSize, node.compressedSize <= Self.maximumChunkSize
    else { return .chunkTooLarge }
    if part.count == Int(node.length) { return expand(node, stored, into: &part, context) }
    if let chunk = chunks[place] {
      part.copy(from: chunk.span.extracting(skipped..<skipped + part.count))
      return nil
    }
    var chunk = [UInt8](repeating: 0, count: Int(node.length))
    var span = chunk.mutableSpan
    if let reason = expand(node, stored, into: &span, context) { return reason }
    part.copy(from: chunk.span.extracting(skipped..<skipped + part.count))
    chunks.insert(chunk, node: place)
    return nil
  }
}
