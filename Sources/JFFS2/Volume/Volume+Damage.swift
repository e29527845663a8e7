/// A node that shows in a file and cannot be served.
package struct NodeFailure: Equatable, Sendable {
  /// The node's place in the inode table.
  let place: Int
  let reason: Damage.Reason
}

extension Volume {
  /// The number of fragments that a regular file's contents consist of.
  ///
  /// - Throws: as ``attributes(of:)``; `.wrongType` for anything but a regular file.
  package func fragmentCount(of ino: UInt32) throws(JFFS2Error) -> Int {
    try fragmentTree(of: ino).fragments.count
  }

  /// Checks and decompresses the nodes that show in a part of a regular file.
  ///
  /// Parts of one file may be checked on several threads at once; what ``damage(of:faults:)`` makes of all their faults is the file's
  /// damage.
  ///
  /// - Parameters:
  ///   - part: Numbers of fragments, below ``fragmentCount(of:)``.
  ///   - progress: Called with the bytes of the image that were read.
  package func faults(
    of ino: UInt32, in part: Range<Int>, progress: (Int) -> Void = { _ in }
  ) throws(JFFS2Error) -> [NodeFailure] {
    let tree = try fragmentTree(of: ino)
    return try faults(in: tree, part, progress) { _ in false }
  }

  /// The ranges of a regular file of which ``read(_:at:into:)`` fails, in order.
  ///
  /// - Parameter faults: The result of ``faults(of:in:progress:)`` for the whole file.
  package func damage(
    of ino: UInt32, faults: [NodeFailure]
  ) throws(JFFS2Error) -> [Damage] {
    guard !faults.isEmpty else { return [] }
    var reasons: [Int: Damage.Reason] = [:]
    for fault in faults { reasons[fault.place] = fault.reason }
    // Below a node with a wrong CRC others show. To examine all of the file's nodes at once needs one new tree, not one for each.
    let checked = Set(try fragmentTree(of: ino).fragments.map(\.node))
    let damaged = try damagedNodes(of: ino)
    let tree = try fragmentTree(of: ino, damagedNodes: damaged)
    let exposed = try self.faults(in: tree, tree.fragments.indices, { _ in }) {
      checked.contains($0) || damaged.contains($0)
    }
    for fault in exposed { reasons[fault.place] = fault.reason }
    for place in damaged { reasons[place] = .dataCRC }
    return tree.fragments.compactMap { fragment in
      guard let reason = reasons[fragment.node], UInt64(fragment.start) < tree.size else {
        return nil
      }
      return Damage(
        ino: inoOfNodes(ino), range: UInt64(fragment.start)..<min(UInt64(fragment.end), tree.size),
        flashOffset: range.imageOffset(inodes.nodes[fragment.node].flashOffset), reason: reason)
    }
  }

  /// The offsets of an inode's usable nodes whose data CRC is wrong; reads the payloads of all.
  ///
  /// A node that the medium does not give is not among them: it fails where it is read.
  func damagedNodes(of ino: UInt32) throws(JFFS2Error) -> Set<Int> {
    var damaged: Set<Int> = []
    for place in inodes.nodeIndices(try entry(ino)) where inodes.nodes[place].isUsable {
      if (try? hasGoodData(at: place)) == false { damaged.insert(place) }
    }
    return damaged
  }

  /// The extended attributes of an inode that are lost, because of a wrong data CRC.
  package func damagedXattrs(of ino: UInt32) throws(JFFS2Error) -> [XattrDatum] {
    guard !xattrs.isEmpty else { return [] }
    var damaged: [XattrDatum] = []
    for datum in xattrs.data(of: ino) where try !hasGoodData(datum) { damaged.append(datum) }
    return damaged
  }

  private func faults(
    in tree: FragmentTree, _ part: Range<Int>, _ progress: (Int) -> Void,
    isKnown: (Int) -> Bool
  ) throws(JFFS2Error) -> [NodeFailure] {
    let context = scratch.borrow()
    defer { scratch.giveBack(context) }
    var chunk: [UInt8] = []
    var found: [NodeFailure] = []
    var index = part.lowerBound
    while index < part.upperBound, UInt64(tree.fragments[index].start) < tree.size {
      let end = UInt64(tree.fragments[part.upperBound - 1].end)
      let run = neighbors(from: index, in: tree, before: end)
      index = run.upperBound
      let fetched = try fetch(run, of: tree, context)
      defer { context.returnBuffer(fetched.bytes) }
      progress(fetched.count)
      var previous: Int?
      for fragment in tree.fragments[run] where fragment.node != previous {
        previous = fragment.node
        let node = inodes.nodes[fragment.node]
        if isKnown(fragment.node) { continue }
        let count = node.isHoleNode ? 0 : Int(min(node.length, Self.maximumChunkSize))
        if chunk.count < count { chunk = [UInt8](repeating: 0, count: count) }
        var whole = chunk.mutableSpan
        var span = whole.part(0..<count)
        let stored = fetched.bytes.span.extracting(fetched.byteRange(of: node))
        let reason = expandWhole(node, stored, into: &span, context)
        if var reason {
          // Such a node was not fetched, so its CRC is still to be checked.
          if reason == .chunkTooLarge, try !hasGoodData(node) { reason = .dataCRC }
          found.append(NodeFailure(place: fragment.node, reason: reason))
        }
      }
    }
    return found
  }

  @_lifetime(chunk: copy chunk)
  private func expandWhole(
    _ node: DataNode, _ stored: Span<UInt8>, into chunk: inout MutableSpan<UInt8>,
    _ context: Scratch
  ) -> Damage.Reason? {
    if node.isHoleNode { return nil }
    guard node.length <= Self.maximumChunkSize, node.compressedSize <= Self.maximumChunkSize
    else { return .chunkTooLarge }
    return expand(node, stored, into: &chunk, context)
  }
}
