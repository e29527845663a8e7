/// A run is what one read of the image can fetch: fragments that follow each other in the file and whose nodes are close together.
extension Volume {
  /// The fragments from `first` on that join each other in the file and whose nodes one read of the image can fetch.
  func neighbors(
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
  private func isFetched(_ node: DataNode) -> Bool {
    node.compressedSize > 0 && node.compressedSize <= Self.maximumChunkSize
      && node.length <= Self.maximumChunkSize
  }

  /// Reads the nodes of a run at once.
  func fetch(
    _ run: Range<Int>, of tree: FragmentTree, _ context: Scratch
  ) throws(JFFS2Error) -> FlashRun {
    let first = inodes.nodes[tree.fragments[run.lowerBound].node]
    let last = inodes.nodes[tree.fragments[run.upperBound - 1].node]
    guard isFetched(first) else { return FlashRun(bytes: [], count: 0, start: 0) }
    let count =
      Int(last.flashOffset - first.flashOffset) + RawInode.size + Int(last.compressedSize)
    var bytes = context.borrowBuffer(count)
    var whole = bytes.mutableSpan
    var span = whole.part(0..<count)
    try range.read(at: first.flashOffset, into: &span)
    return FlashRun(bytes: bytes, count: count, start: first.flashOffset)
  }

  /// Fetches the nodes of a run at once and decompresses each into its part of the buffer.
  ///
  /// - Parameter position: The first byte of the file to be filled, in the run's first fragment; moves past each part that is filled.
  /// - Returns: A node that turned out to have a wrong data CRC, or nil where all parts are filled.
  @_lifetime(buffer: copy buffer)
  func fill(
    _ buffer: inout MutableSpan<UInt8>, from offset: UInt64, _ position: inout UInt64,
    to end: UInt64, _ run: Range<Int>, of tree: FragmentTree, _ context: Scratch
  ) throws(JFFS2Error) -> Int? {
    let fetched = try fetch(run, of: tree, context)
    defer { context.returnBuffer(fetched.bytes) }
    for fragment in tree.fragments[run] {
      let node = inodes.nodes[fragment.node]
      let shown = position..<min(end, UInt64(fragment.end))
      var part = buffer.part(
        Int(shown.lowerBound - offset)..<Int(shown.upperBound - offset))
      let stored = fetched.bytes.span.extracting(fetched.byteRange(of: node))
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
      position = shown.upperBound
    }
    return nil
  }

  /// Decompresses a part of a node's chunk.
  ///
  /// - Parameters:
  ///   - stored: The node from its header on, or nothing where its payload was not fetched.
  ///   - skipped: The bytes of the chunk before the part.
  ///   - place: The node's place in the inode table.
  /// - Returns: nil where all is well, or what is wrong.
  @_lifetime(part: copy part)
  private func expand(
    _ node: DataNode, _ stored: Span<UInt8>, skipping skipped: Int,
    into part: inout MutableSpan<UInt8>, place: Int, _ context: Scratch
  ) -> Damage.Reason? {
    if node.isHoleNode {
      part.fillWithZeros(0..<part.count)
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

/// The nodes of a run as they are stored.
struct FlashRun {
  /// At least ``count`` bytes, to be given back.
  let bytes: [UInt8]
  /// The number of bytes read; 0 if the run's only node has no payload, or an absurd one.
  let count: Int
  fileprivate let start: UInt32

  fileprivate init(bytes: [UInt8], count: Int, start: UInt32) {
    self.bytes = bytes
    self.count = count
    self.start = start
  }

  /// The range of a node of the run in ``bytes``, from its header on; empty if it was not fetched.
  func byteRange(of node: DataNode) -> Range<Int> {
    guard count > 0 else { return 0..<0 }
    let first = Int(node.flashOffset - start)
    return first..<first + RawInode.size + Int(node.compressedSize)
  }
}
