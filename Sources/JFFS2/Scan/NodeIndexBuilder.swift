/// Gathers from the log what the mount needs: all live nodes with a valid node CRC, and what summaries say of others.
struct NodeIndexBuilder: AppendableNodeVisitor {
  private let endianness: Endianness
  let range: FlashRange
  private let eraseSize: UInt32?
  var inodeNodes: [DataNode] = []
  /// The inode nodes that the flash marks as obsolete, in the order of the flash. Their CRCs are not checked.
  private(set) var obsoleteInodeNodes: [ObsoleteInodeNode] = []
  /// The links to extended attributes that the flash marks as obsolete; ``XattrReference/raw`` is not checked.
  private(set) var obsoleteXrefs: [XattrReference] = []
  var dirents: [Dirent] = []
  var names: [UInt8] = []
  var xattrs: [XattrDatum] = []
  var xrefs: [XattrReference] = []
  /// The times in dirents of which only the name is bad, by their offsets: where a summary lists one, the driver takes its time.
  private var namelessTimes: [UInt32: UInt32] = [:]
  /// Nodes that only summaries list.
  var listed = SummaryOnlyNodes()
  var statistics = ScanStatistics()
  var eraseSizeEvidence = EraseBlockSizeEstimator()
  /// Where live nodes start whose node CRC or name CRC is invalid, or whose lengths disagree; ascending.
  private(set) var damagedOffsets: [UInt32] = []
  var foreign = ForeignRanges()
  private(set) var erasedGaps = ErasedGaps()
  /// The offsets of OpenWrt's end marker at multiples of 4096 bytes; the first few.
  private(set) var endMarkers: [UInt32] = []
  /// Whether anything was found that is neither a node of ordinary length nor erased flash.
  var sawForeignData = false

  private static let maximumEndMarkers = 64

  /// - Parameter eraseSize: As ``NodeScanner`` takes it.
  init(_ range: FlashRange, _ endianness: Endianness, eraseSize: UInt32?) {
    self.range = range
    self.endianness = endianness
    self.eraseSize = eraseSize
  }

  mutating func visitDirt(at offset: UInt32) { statistics.dirtCount += 1 }

  mutating func visitGap(_ bytes: Span<UInt8>, at offset: UInt32) {
    guard !bytes.isErased(bytes.indices) else { return }
    sawForeignData = true
    foreign.record(bytes, at: offset)
  }

  mutating func visitEndMarker(at offset: UInt32) {
    sawForeignData = true
    if endMarkers.count < Self.maximumEndMarkers { endMarkers.append(offset) }
  }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    statistics.nodeCount += 1
    erasedGaps.record(header, at: offset, isAfterErased: foreign.trailing == nil)
    foreign.close()
    eraseSizeEvidence.record(header, at: offset)
    let isOrdinary =
      header.type.accurate == .cleanmarker
      ? header.totalLength == UInt32(NodeHeader.size)
      : header.totalLength <= EraseBlockSizeEstimator.largest
    if !isOrdinary { sawForeignData = true }
    if header.type.accurate == .summary,
      let summary = try BlockSummary.read(
        range, header, at: offset, endianness, eraseSize: eraseSize)
    {
      apply(summary)
    }
    guard header.type.isAccurate else {
      statistics.obsoleteCount += 1
      if header.type.accurate == .inode, bytes.count >= RawInode.size {
        obsoleteInodeNodes.append(ObsoleteInodeNode(bytes, at: offset, endianness))
      } else if header.type.accurate == .xref, bytes.count >= RawXref.size {
        obsoleteXrefs.append(
          XattrReference(raw: RawXref(parsing: bytes, endianness), flashOffset: offset))
      }
      return
    }
    let isGood: Bool
    switch header.type {
    case .inode: isGood = addInode(header, offset, bytes)
    case .dirent: isGood = addDirent(offset, bytes)
    case .xattr: isGood = addXattr(header, offset, bytes)
    case .xref: isGood = addXref(header, offset, bytes)
    case .cleanmarker, .padding, .summary: isGood = true
    default:
      if header.type.compatibility == .incompatible {
        throw .incompatibleNode(header.type, flashOffset: range.imageOffset(offset))
      }
      isGood = true
    }
    if !isGood {
      statistics.damagedCount += 1
      damagedOffsets.append(offset)
    }
  }

  /// The time of modification in an inode node, in seconds since 1970. On disk: `mtime`.
  func modificationTime(of node: DataNode) throws(JFFS2Error) -> UInt32 {
    let offset = node.flashOffset + UInt32(RawInode.Offset.modificationTime)
    let bytes = try range.bytes(at: offset, count: 4)
    return bytes.span.u32(at: 0, endianness)
  }

  private mutating func addInode(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>
  ) -> Bool {
    guard bytes.count >= RawInode.size, RawInode.hasValidNodeCRC(bytes, endianness) else {
      return false
    }
    let raw = RawInode(parsing: bytes, endianness)
    // Where zeros follow a header, all CRCs are valid.
    guard raw.ino > 0 else { return false }
    inodeNodes.append(
      DataNode(raw, header: header, at: offset, rangeLength: range.length))
    return true
  }

  private mutating func addDirent(_ offset: UInt32, _ bytes: Span<UInt8>) -> Bool {
    guard RawDirent.isComplete(bytes), RawDirent.hasValidNodeCRC(bytes, endianness)
    else { return false }
    let raw = RawDirent(parsing: bytes, endianness)
    guard raw.parentIno > 0 else { return false }
    guard RawDirent.hasValidNameCRC(bytes, endianness) else {
      namelessTimes[offset] = raw.changeTime
      return false
    }
    dirents.append(
      Dirent(
        parentIno: raw.parentIno, version: raw.version, ino: raw.ino, changeTime: raw.changeTime,
        flashOffset: offset, nameOffset: UInt32(names.count), nameLength: raw.nameLength,
        type: raw.type, isReadable: true))
    for index in RawDirent.size..<RawDirent.size + Int(raw.nameLength) {
      names.append(bytes[index])
    }
    return true
  }

  private mutating func addXattr(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>
  ) -> Bool {
    guard bytes.count >= RawXattr.size else { return false }
    let raw = RawXattr(parsing: bytes, endianness)
    guard raw.isWellFormed(bytes, totalLength: header.totalLength, endianness) else {
      return false
    }
    xattrs.append(XattrDatum(raw: raw, flashOffset: offset))
    return true
  }

  private mutating func addXref(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>
  ) -> Bool {
    guard bytes.count >= RawXref.size,
      RawXref.isWellFormed(bytes, totalLength: header.totalLength, endianness)
    else { return false }
    let raw = RawXref(parsing: bytes, endianness)
    guard raw.ino > 0 else { return false }
    xrefs.append(XattrReference(raw: raw, flashOffset: offset))
    return true
  }

  /// Makes the nodes of a block those that its summary lists, as the driver does: others are dropped, and those that are listed and
  /// were not found good are noted.
  private mutating func apply(_ summary: BlockSummary) {
    // What is left in it at the end was not found.
    var entries = Dictionary(
      summary.entries.map { ($0.flashOffset, $0) }, uniquingKeysWith: { $1 })
    func isListed(_ type: NodeType, _ offset: UInt32) -> Bool {
      guard entries[offset]?.type == type else { return false }
      entries[offset] = nil
      return true
    }
    let start = summary.blockOffset
    var dropped: [UInt32] = []
    dropped += inodeNodes.filterSuffix(from: start, \.flashOffset) { isListed(.inode, $0) }
    dropped += dirents.filterSuffix(from: start, \.flashOffset) { isListed(.dirent, $0) }
    dropped += xattrs.filterSuffix(from: start, \.flashOffset) { isListed(.xattr, $0) }
    dropped += xrefs.filterSuffix(from: start, \.flashOffset) { isListed(.xref, $0) }
    listed.offsetsMissingFromSummary += dropped
    for entry in entries.values.sorted(by: { $0.flashOffset < $1.flashOffset }) {
      switch entry.type {
      case .inode, .xattr:
        let node = SummaryOnlyNode(
          number: entry.number, version: entry.version, flashOffset: entry.flashOffset)
        if entry.type == .inode { listed.inodes.append(node) } else { listed.xattrs.append(node) }
      case .xref: listed.xrefOffsets.append(entry.flashOffset)
      case .dirent where !entry.name.isEmpty:
        dirents.append(
          Dirent(
            parentIno: entry.parentIno, version: entry.version, ino: entry.number,
            changeTime: namelessTimes[entry.flashOffset] ?? 0, flashOffset: entry.flashOffset,
            nameOffset: UInt32(names.count),
            nameLength: UInt8(entry.name.count), type: entry.direntType, isReadable: false))
        names += entry.name
      default: break
      }
    }
  }

  /// Ends the walk: puts the inode nodes in order, and lets go of what only summaries further on could have requested.
  mutating func finish() {
    inodeNodes.sort(by: DataNode.isOrdered)
    namelessTimes = [:]
  }

  /// Adds what another builder gathered from the bytes after.
  mutating func append(_ next: NodeIndexBuilder) {
    let nameOffset = UInt32(names.count)
    inodeNodes += next.inodeNodes
    obsoleteInodeNodes += next.obsoleteInodeNodes
    obsoleteXrefs += next.obsoleteXrefs
    dirents += next.dirents.map { $0.offsettingName(by: nameOffset) }
    names += next.names
    xattrs += next.xattrs
    xrefs += next.xrefs
    listed.append(next.listed)
    damagedOffsets += next.damagedOffsets
    erasedGaps.append(
      next.erasedGaps,
      isAfterErased: foreign.trailing == nil
        && next.foreign.ranges.first?.lowerBound ?? .max > next.erasedGaps.firstNode ?? 0)
    foreign.append(next.foreign, hasNodes: next.statistics.nodeCount > 0)
    endMarkers = Array((endMarkers + next.endMarkers).prefix(Self.maximumEndMarkers))
    statistics.add(next.statistics)
    eraseSizeEvidence.add(next.eraseSizeEvidence)
    sawForeignData = sawForeignData || next.sawForeignData
  }
}

extension Array {
  /// Keeps of the last elements those whose offsets `isKept` accepts.
  ///
  /// - Parameter start: The offset from which on elements are requested; elements before the last one below it are not.
  /// - Returns: The offsets of those that are gone.
  fileprivate mutating func filterSuffix(
    from start: UInt32, _ offset: (Element) -> UInt32, _ isKept: (UInt32) -> Bool
  ) -> [UInt32] {
    let first = (lastIndex { offset($0) < start } ?? -1) + 1
    var dropped: [UInt32] = []
    let kept = self[first...].filter {
      let isKept = isKept(offset($0))
      if !isKept { dropped.append(offset($0)) }
      return isKept
    }
    if !dropped.isEmpty { replaceSubrange(first..., with: kept) }
    return dropped
  }
}
