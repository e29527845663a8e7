/// Gathers the nodes of a log that belong to files and names, obsolete ones too.
struct HistoryScan: AppendableNodeVisitor {
  private let range: FlashRange
  private let endianness: Endianness
  private let progress: @Sendable (UInt64) -> Void
  /// The offset of the last node.
  private var latestOffset: UInt32?
  private var checker: NodeValidator
  /// The nodes that do not exist for the driver.
  private let excluded: Set<UInt32>
  /// The inode nodes with a valid node CRC that the driver would use, in the order of the log.
  private(set) var nodes: [HistoryNode] = []
  /// The dirents with valid CRCs, in the order of the log.
  private(set) var dirents: [Dirent] = []
  private(set) var names: [UInt8] = []
  /// The offsets of dirents that the flash marks as obsolete.
  private(set) var obsoleteDirents: Set<UInt32> = []

  private init(
    _ volume: Volume, excluding excluded: Set<UInt32>,
    progress: @escaping @Sendable (UInt64) -> Void
  ) {
    self.progress = progress
    range = volume.range
    endianness = volume.dialect.endianness
    checker = NodeValidator(volume.range, volume.dialect.endianness)
    self.excluded = excluded
    // Each of two walks may see all of them.
    nodes.reserveCapacity(volume.statistics.nodeCount)
  }

  /// Walks over a volume's log.
  ///
  /// - Parameter progress: Called with the bytes of the log that were read, by two threads.
  /// - Throws: `.storage`.
  static func of(
    _ volume: Volume, progress: @escaping @Sendable (UInt64) -> Void
  ) throws(JFFS2Error) -> HistoryScan {
    let excluded = Set(volume.offsetsMissingFromSummary)
    return try volume.scanner.scan {
      HistoryScan(volume, excluding: excluded, progress: progress)
    }
  }

  /// The nodes of some inodes, or of all, in order; the scan keeps no copy.
  mutating func takeNodes(of inos: Set<UInt32>?) -> [HistoryNode] {
    var taken: [HistoryNode] = []
    swap(&taken, &nodes)
    if let inos { taken.removeAll { !inos.contains($0.node.ino) } }
    taken.sort(by: HistoryNode.areInIncreasingOrder)
    return taken
  }

  mutating func append(_ next: HistoryScan) {
    let nameOffset = UInt32(names.count)
    nodes += next.nodes
    dirents += next.dirents.map { $0.offsettingName(by: nameOffset) }
    names += next.names
    obsoleteDirents.formUnion(next.obsoleteDirents)
  }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    progress(UInt64(offset - (latestOffset ?? offset)))
    latestOffset = offset
    let type = header.type.accurate
    guard type == .inode || type == .dirent, !excluded.contains(offset) else { return }
    let checks = try checker.checks(of: header, at: offset, bytes)
    guard checks.node == true else { return }
    if type == .inode {
      addInode(header, offset, bytes, hasValidData: checks.data != false)
    } else if checks.name == true {
      addDirent(offset, bytes)
      if !header.type.isAccurate { obsoleteDirents.insert(offset) }
    }
  }

  private mutating func addInode(
    _ header: NodeHeader, _ offset: UInt32, _ bytes: Span<UInt8>, hasValidData: Bool
  ) {
    let raw = RawInode(parsing: bytes, endianness)
    let node = DataNode(raw, header: header, at: offset, rangeLength: range.length)
    guard raw.ino > 0, node.isUsable else { return }
    nodes.append(
      HistoryNode(
        node, raw, bytes: bytes, hasValidData: hasValidData, isLive: header.type.isAccurate))
  }

  private mutating func addDirent(_ offset: UInt32, _ bytes: Span<UInt8>) {
    let raw = RawDirent(parsing: bytes, endianness)
    guard raw.parentIno > 0 else { return }
    let name = bytes.extracting(RawDirent.size..<RawDirent.size + Int(raw.nameLength))
    guard !name.isImpossibleName else { return }
    dirents.append(
      Dirent(
        parentIno: raw.parentIno, version: raw.version, ino: raw.ino, changeTime: raw.changeTime,
        flashOffset: offset, nameOffset: UInt32(names.count), nameLength: raw.nameLength,
        type: raw.type, isReadable: true))
    for index in name.indices { names.append(name[index]) }
  }
}
