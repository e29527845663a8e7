internal import JFFS2

/// The walk over all nodes of a file system that checks their CRCs.
enum LogVerification {
  /// A node of which only the data are damaged.
  struct DamagedData: Sendable {
    let version: UInt32
    /// The bytes of the file that it held.
    let range: Range<UInt64>
    let flashOffset: UInt64
  }

  struct Result: Sendable {
    fileprivate static let maximumOfInode = 32

    var nodeCount = 0
    var obsoleteCount = 0
    var damagedObsoleteCount = 0
    /// The first few nodes of each inode of which only the data is damaged.
    var damagedData: [UInt32: [DamagedData]] = [:]
    /// Damaged nodes; those that may still show are `.hidden` here.
    var findings: [Finding] = []

    mutating func add(_ other: Result) {
      nodeCount += other.nodeCount
      obsoleteCount += other.obsoleteCount
      damagedObsoleteCount += other.damagedObsoleteCount
      damagedData.merge(other.damagedData, uniquingKeysWith: +)
      findings += other.findings
    }
  }

  /// No node that holds a name, an inode or an attribute is smaller.
  fileprivate static let smallestContent = UInt32(RawXref.size)

  static func run(_ volume: Volume, _ progress: Progress?) throws(JFFS2Error) -> Result {
    var result = Result()
    var reported: UInt32 = 0
    var failure: JFFS2Error?
    try NodeWalk.run(volume) { record in
      if record.offset - reported >= 1 << 20 {
        progress?.advance(UInt64(record.offset - reported))
        reported = record.offset
      }
      do throws(JFFS2Error) {
        if let finding = try result.add(record, volume) { result.findings.append(finding) }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return result
  }
}

extension LogVerification.Result {
  /// Counts a record.
  ///
  /// - Returns: The problem, or nil.
  fileprivate mutating func add(
    _ record: LogRecord, _ volume: Volume
  ) throws(JFFS2Error) -> Finding? {
    guard let checks = record.checks else { return nil }
    let isLive = record.type & 0x2000 != 0
    if record.kind != .dirt {
      nodeCount += 1
      if !isLive { obsoleteCount += 1 }
    }
    // Nodes with other damage are found by the check of the index.
    if checks.areValid || record.kind == .dirt || volume.isInvalidNode(at: record.offset) {
      return nil
    }
    if !isLive {
      damagedObsoleteCount += 1
      return nil
    }
    let offset = volume.range.imageOffset(record.offset)
    var kind = Finding.Kind.damagedNode
    if try isUnfinished(record, checks, volume) {
      kind = .unfinishedWrite
    } else if checks.header, checks.node != false, checks.name != false, checks.lengthsMatch {
      // Whether its data show is found where files are checked.
      kind = .hidden
    } else if record.kind == .summary || record.length < LogVerification.smallestContent {
      kind = .hidden
    }
    var finding = Finding(kind, checks.reason(record.kind.rawValue), flashOffset: offset)
    guard case .inode(let raw) = record.fields, checks.node == true else { return finding }
    finding.ino = raw.ino
    if kind == .hidden, damagedData[raw.ino]?.count ?? 0 < Self.maximumOfInode {
      let start = UInt64(raw.fileOffset)
      damagedData[raw.ino, default: []].append(
        LogVerification.DamagedData(
          version: raw.version, range: start..<start + UInt64(raw.size), flashOffset: offset))
    }
    return finding
  }

  private func isUnfinished(
    _ record: LogRecord, _ checks: NodeValidation, _ volume: Volume
  ) throws(JFFS2Error) -> Bool {
    guard record.length > UInt32(NodeHeader.size) + 4, checks.data != true, checks.name != true
    else { return false }
    return try volume.mayBeUnfinished(record.length, at: record.offset)
  }
}
