internal import Storage
internal import Support

extension IntegrityCheck {
  /// Adds the nodes with a valid header whose other CRCs or lengths are wrong; those whose data alone are damaged are found when
  /// they are read.
  mutating func checkDamagedNodes() throws(JFFS2Error) {
    var checker = NodeValidator(volume.range, volume.dialect.endianness)
    for offset in volume.damagedOffsets.prefix(Self.maximumOfKind) {
      let visible = min(NodeScanner.minimumVisibleByteCount, Int(volume.range.length - offset))
      let bytes = try volume.range.bytes(at: offset, count: visible)
      guard let header = NodeHeader(parsing: bytes.span, dialect: volume.dialect) else { continue }
      let checks = try checker.checks(of: header, at: offset, bytes.span)
      if let dirent = listedDirent(at: offset) {
        add(LostNode(dirent, named: volume.name(of: dirent)), checks.reason("dirent"))
        continue
      }
      add(try finding(header, at: offset, checks, bytes))
    }
    let others = volume.damagedOffsets.count - Self.maximumOfKind
    if others > 0 { add(Finding(.damagedNode, "\(others) more nodes are damaged")) }
  }

  /// A name that only the summary of its block still has.
  private func listedDirent(at offset: UInt32) -> Dirent? {
    log.index.dirents.first { !$0.isReadable && $0.flashOffset == offset }
  }

  private func finding(
    _ header: NodeHeader, at offset: UInt32, _ checks: NodeValidation, _ bytes: [UInt8]
  ) throws(JFFS2Error) -> Finding {
    let type = header.type.name ?? "unknown"
    let reason = checks.areValid ? "\(type) node of inode 0" : checks.reason(type)
    let flashOffset = imageOffset(offset)
    guard header.totalLength >= UInt32(RawXref.size) else {
      return Finding(.hidden, reason, flashOffset: flashOffset)
    }
    let mayBeUnfinished =
      !checks.areValid && checks.data != true && checks.name != true
    // A file system without any other node has lost more.
    guard mayBeUnfinished, try volume.mayBeUnfinished(header.totalLength, at: offset),
      !isVersionSkipped(header, bytes.span),
      !(log.index.inodeNodes.isEmpty && log.index.dirents.isEmpty)
    else {
      return Finding(.damagedNode, reason, flashOffset: flashOffset)
    }
    // The number may not be right either, but a loss in a file of that number is explained by the node.
    let ino =
      header.type == .inode
      ? bytes.span.u32(at: RawInode.Offset.ino, volume.dialect.endianness) : nil
    if let ino, findings.contains(where: { $0.kind == .lostRange && $0.ino == ino }) {
      return Finding(
        .lostNode, "an unfinished write: \(reason)", ino: ino, flashOffset: flashOffset)
    }
    return Finding(.unfinishedWrite, reason, flashOffset: flashOffset)
  }
}

extension IntegrityCheck {
  /// Whether the file or directory of a damaged node has later nodes but none with its version. A mount does not count a node with a
  /// wrong node or name CRC, so that the driver gives its version to the next one. Where nodes are marked as obsolete, that one may be too.
  private func isVersionSkipped(_ header: NodeHeader, _ bytes: Span<UInt8>) -> Bool {
    guard [.inode, .dirent].contains(header.type), bytes.count >= RawInode.Offset.mode,
      log.index.statistics.obsoleteCount == 0
    else { return false }
    // Both types have these fields at the same offsets.
    let number = bytes.u32(at: RawInode.Offset.ino, volume.dialect.endianness)
    let version = bytes.u32(at: RawInode.Offset.version, volume.dialect.endianness)
    // A directory counts its own nodes and its names together.
    let names = log.index.dirents.lazy.filter { $0.parentIno == number }.map(\.version)
    let versions = volume.nodes(of: number).map(\.version) + names
    return versions.contains { $0 > version } && !versions.contains(version)
  }
}

extension NodeValidation {
  /// The problem with a node of a type that has a name.
  package func reason(_ type: String) -> String {
    if node == false { return "\(type) node with a wrong node CRC" }
    if name == false { return "\(type) node with a wrong name CRC" }
    if !lengthsMatch { return "\(type) node whose lengths disagree" }
    return "wrong data CRC"
  }
}

extension Volume {
  /// NOR flash may write words of two bytes.
  private static let minimumErasedLength = 2

  /// Whether a live node with an invalid CRC or lengths that disagree starts at an offset, data aside.
  package func isInvalidNode(at offset: UInt32) -> Bool {
    let index = partition(damagedOffsets.count) { damagedOffsets[$0] >= offset }
    return index < damagedOffsets.count && damagedOffsets[index] == offset
  }

  /// Whether the driver may have been interrupted while it wrote a node of which a CRC is wrong: its last bytes are still erased, or what of
  /// it is after the end of a page of NAND flash. mkfs.jffs2 finishes what it writes. When the driver continues in that block, the summary
  /// lists the node if only its data are unfinished, whose CRC a mount does not compare (`jffs2_scan_inode_node`).
  package func mayBeUnfinished(_ length: UInt32, at offset: UInt32) throws(JFFS2Error) -> Bool {
    guard length >= 4, !offsetsOnlyInSummary.contains(offset),
      numbering.mayBeUnfinished(at: offset, hasGoodHeader: !isInvalidNode(at: offset))
    else { return false }
    let end = offset + length
    let tail = try range.bytes(at: end - 4, count: 4)
    let erasedCount = tail.reversed().prefix { $0 == 0xFF }.count
    let inNextPage = Int(end % EraseBlockSizeEstimator.smallestPage)
    return erasedCount >= Self.minimumErasedLength || inNextPage > 0 && erasedCount >= inNextPage
  }
}
