internal import Storage

extension IntegrityCheck {
  /// Adds what is left of nodes whose header is damaged, and bytes that must have been nodes.
  mutating func checkForeignBytes() throws(JFFS2Error) {
    for search in foreign {
      let range = search.range
      if search.isUnfinished, volume.numbering.mayBeUnfinished(at: range.lowerBound),
        try isContinuedCorrectly(range.upperBound)
      {
        add(
          Finding(
            .unfinishedWrite, "an incomplete header",
            flashOffset: imageOffset(range.lowerBound)))
        continue
      }
      for node in search.nodes { add(node, "wrong magic number") }
      if !search.isComplete { addUnknown(range, startsWithMagic: search.startsWithMagic) }
    }
    guard let search = trailing, log.endMarker == nil else { return }
    let trailing = search.range
    for node in search.nodes { add(node, "wrong magic number") }
    if search.isComplete || search.isUnfinished { return }
    if search.startsWithMagic {
      addUnknown(trailing, startsWithMagic: true)
    } else {
      add(
        Finding(
          .trailingData,
          "\(trailing.count) bytes after the last node, from \(hexadecimal(trailing.lowerBound)) on, "
            + "are not part of the file system"))
    }
  }

  /// Whether the driver could have gone on after bytes that it left unfinished: directly after them, or in another erase block.
  private func isContinuedCorrectly(_ end: UInt32) throws(JFFS2Error) -> Bool {
    let size = volume.eraseSize.minimum
    let blockEnd = min(UInt64(volume.range.length), (UInt64(end) / UInt64(size) + 1) * UInt64(size))
    let bytes = try volume.range.bytes(at: end, count: Int(blockEnd - UInt64(end)))
    return bytes.prefix(4).contains { $0 != 0xFF } || bytes.allSatisfy { $0 == 0xFF }
  }

  private mutating func addUnknown(_ range: Range<UInt32>, startsWithMagic: Bool) {
    add(
      startsWithMagic
        ? Finding(.damagedNode, "wrong header CRC", flashOffset: imageOffset(range.lowerBound))
        : Finding(
          .damagedNode,
          "\(range.count) bytes at \(hexadecimal(range.lowerBound)) are neither a node nor erased"))
  }

  /// Adds the erased bytes where nodes must have been, unless other findings say what is missing. Where blocks and pages start is not known
  /// if the first nodes are missing.
  mutating func checkErasedGaps() {
    let evidence = log.index.eraseSizeEvidence
    guard !log.index.erasedGaps.ranges.isEmpty, !evidence.startsInsideBlock,
      !evidence.startsInsidePage, !findings.contains(where: \.isDamage),
      volume.danglingNames.isEmpty
    else { return }
    // Blocks in a container may have any size.
    let size = volume.eraseSize.reason == .container ? volume.eraseSize.byteCount : .max
    for range in log.index.erasedGaps.ranges
    where range.lowerBound / size == range.upperBound / size
      && !(range.upperBound % size).isMultiple(of: EraseBlockSizeEstimator.smallestPage)
    {
      add(
        Finding(
          .damagedNode,
          "\(range.count) erased bytes at \(hexadecimal(range.lowerBound)), between two nodes: a node is "
            + "missing"))
    }
  }

  /// Adds the nodes that are listed in a summary and missing on the flash.
  mutating func checkSummaries() {
    let cause = "listed in a summary, but missing"
    let listed = log.index.listed
    for node in listed.inodes where missing.contains(node.flashOffset) {
      add(
        Finding(
          .lostNode, "inode node of version \(node.version): \(cause)", ino: node.number,
          flashOffset: imageOffset(node.flashOffset)))
    }
    for offset in listed.xattrs.map(\.flashOffset) + listed.xrefOffsets
    where missing.contains(offset) {
      add(LostNode(offset: offset, ino: 0, contents: .attribute), cause)
    }
    for dirent in log.index.dirents
    where !dirent.isReadable && missing.contains(dirent.flashOffset) {
      add(LostNode(dirent, named: volume.name(of: dirent)), cause)
    }
  }

  mutating func add(_ node: LostNode, _ cause: String) {
    let offset = imageOffset(node.offset)
    switch node.contents {
    case .filler: break
    case .attribute:
      add(Finding(.lostXattr, cause, flashOffset: offset))
    case .inode(let version, let data):
      let isNeeded = isNeeded(version: version, data, of: node.ino)
      add(
        Finding(
          isNeeded ? .lostNode : .hidden, "inode node of version \(version): \(cause)",
          ino: node.ino, flashOffset: offset))
    case .name(let name, let parent, let version):
      guard !isReplaced(name, in: parent, version) else {
        return add(Finding(.hidden, "dirent node: \(cause)", flashOffset: offset))
      }
      let text = String(decoding: name, as: UTF8.self)
      add(
        Finding(
          .lostName,
          node.ino == 0
            ? "the deletion of \"\(text)\" in this directory is lost: \(cause)"
            : "the name \"\(text)\" in this directory is lost: \(cause)", ino: parent,
          flashOffset: offset))
    }
  }

  /// Whether a file may have lost something with an inode node: the newest data of a range, or its newest attributes.
  private func isNeeded(version: UInt32, _ data: Range<UInt64>, of ino: UInt32) -> Bool {
    guard let index = volume.inodes.index(of: ino) else { return true }
    let entry = volume.inodes.entries[index]
    guard entry.linkCount > 0 else { return false }
    let newer = volume.inodes.nodeIndices(entry).map { volume.inodes.nodes[$0] }
      .filter { $0.version > version }
    guard let size = newer.map(\.fileSize).min() else { return true }
    // What a newer node truncated is not needed.
    let end = min(data.upperBound, UInt64(size))
    var covered = data.lowerBound
    for node in newer.sorted(by: { $0.fileOffset < $1.fileOffset })
    where UInt64(node.fileOffset) <= covered {
      covered = max(covered, UInt64(node.fileEnd))
    }
    return covered < end
  }

  /// Whether a newer node of the same name is there.
  private func isReplaced(_ name: [UInt8], in parent: UInt32, _ version: UInt32) -> Bool {
    guard let index = volume.inodes.index(of: parent),
      let known = volume.directories.find(name.span, in: volume.inodes.entries[index])
    else { return false }
    return known.isReadable && known.version > version
  }
}

extension FlashRange {
  /// Whether no node with a valid header is at an offset; a damaged one is reported by itself, an obsolete one is normal.
  func lacksNode(at offset: UInt32, _ dialect: Dialect) throws(JFFS2Error) -> Bool {
    guard offset < length, length - offset >= UInt32(NodeHeader.size) else { return true }
    let bytes = try bytes(at: offset, count: NodeHeader.size)
    return NodeHeader(parsing: bytes.span, dialect: dialect) == nil
  }
}

extension LogScan {
  /// The remains of nodes in the bytes between two nodes, in order.
  func searchForeignBytes() throws(JFFS2Error) -> [LostNodeSearch] {
    var searches: [LostNodeSearch] = []
    for bytes in index.foreign.ranges.prefix(IntegrityCheck.maximumOfKind) {
      searches.append(try LostNodeSearch(bytes, in: range, dialect))
    }
    return searches
  }

  /// The offsets of nodes that a summary lists and that are missing on the flash.
  func missingListedNodes() throws(JFFS2Error) -> Set<UInt32> {
    let listed = index.listed
    let names = index.dirents.lazy.filter { !$0.isReadable }.map(\.flashOffset)
    var missing: Set<UInt32> = []
    for offset in listed.offsets + names
    where try range.lacksNode(at: offset, dialect) {
      missing.insert(offset)
    }
    return missing
  }

  /// The inodes of which a node is known to be missing: by a summary, or by what is left of it.
  ///
  /// - Parameter missing: As ``missingListedNodes()`` gives it.
  func incompleteInos(_ foreign: [LostNodeSearch], missing: Set<UInt32>) -> Set<UInt32> {
    var inos: Set<UInt32> = []
    for node in foreign.flatMap(\.nodes) {
      if case .inode = node.contents { inos.insert(node.ino) }
    }
    for node in index.listed.inodes where missing.contains(node.flashOffset) {
      inos.insert(node.number)
    }
    return inos
  }
}
