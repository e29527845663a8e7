internal import Storage
internal import Support

/// Which extended attributes each inode has; names and values stay on the medium.
struct XattrTable: Sendable {
  /// The newest datum of each xid, by ascending xid.
  private let data: [XattrDatum]
  /// The newest link of each inode to each xid, by ascending inode, removals left out.
  private let references: [XattrReference]
  /// The data and links that newer ones replaced, and removals with what they remove; nothing in a mount examines them.
  private let replacedData: [XattrDatum]
  private let replacedReferences: [XattrReference]

  /// All data, replaced ones too.
  var allData: [XattrDatum] { data + replacedData }

  var isEmpty: Bool { references.isEmpty }

  /// - Parameters:
  ///   - scannedData: All xattr nodes with a valid node CRC.
  ///   - scannedReferences: All xref nodes with a valid node CRC.
  ///   - listed: The data that only summaries report; the newest of an xid leaves it without any.
  init(
    _ scannedData: [XattrDatum], _ scannedReferences: [XattrReference], listed: [SummaryOnlyNode]
  ) {
    let lost = Dictionary(
      listed.map { ($0.number, ($0.version, $0.flashOffset)) },
      uniquingKeysWith: { $0 < $1 ? $1 : $0 }
    )
    let data = scannedData.sorted {
      ($0.raw.xid, $0.raw.version, $0.flashOffset) < ($1.raw.xid, $1.raw.version, $1.flashOffset)
    }
    var (newestData, replacedData): ([XattrDatum], [XattrDatum]) = ([], [])
    for (index, datum) in data.enumerated() {
      let isNewest = index + 1 == data.count || data[index + 1].raw.xid != datum.raw.xid
      if isNewest, lost[datum.raw.xid] ?? (0, 0) <= (datum.raw.version, datum.flashOffset) {
        newestData.append(datum)
      } else {
        replacedData.append(datum)
      }
    }
    (self.data, self.replacedData) = (newestData, replacedData)
    let references = scannedReferences.sorted {
      ($0.raw.ino, $0.raw.xid, $0.raw.sequence, $0.flashOffset)
        < ($1.raw.ino, $1.raw.xid, $1.raw.sequence, $1.flashOffset)
    }
    var (newest, replaced): ([XattrReference], [XattrReference]) = ([], [])
    for (index, reference) in references.enumerated() {
      let isNewest = index + 1 == references.count || !references[index + 1].isSameLink(reference)
      if isNewest, !reference.isRemoval {
        newest.append(reference)
      } else {
        replaced.append(reference)
      }
    }
    (self.references, self.replacedReferences) = (newest, replaced)
  }

  /// An inode's data, those linked last first: of two with one name the first counts.
  func data(of ino: UInt32) -> [XattrDatum] {
    let first = partition(references.count) { references[$0].raw.ino >= ino }
    let linked = references[first...].prefix { $0.raw.ino == ino }
    return linked.sorted { $0.raw.sequence > $1.raw.sequence }.compactMap { reference in
      let index = partition(data.count) { data[$0].raw.xid >= reference.raw.xid }
      return index < data.count && data[index].raw.xid == reference.raw.xid ? data[index] : nil
    }
  }

  /// The inodes with an attribute of which the datum is missing, ascending.
  var inosWithoutDatum: [UInt32] {
    var inos: [UInt32] = []
    for reference in references where inos.last != reference.raw.ino {
      if !hasDatum(reference.raw.xid) { inos.append(reference.raw.ino) }
    }
    return inos
  }

  /// The newest data to which no inode refers.
  var unreferencedData: [XattrDatum] {
    let used = Set(references.map(\.raw.xid))
    return data.filter { !used.contains($0.raw.xid) }
  }

  /// The offsets of two links with one sequence number. The driver counts on for each link that it writes, also for copies.
  var repeatedSequence: (UInt32, UInt32)? {
    let links = (references + replacedReferences).sorted {
      ($0.raw.sequence, $0.flashOffset) < ($1.raw.sequence, $1.flashOffset)
    }
    return zip(links, links.dropFirst()).first { $0.raw.sequence == $1.raw.sequence }
      .map { ($0.flashOffset, $1.flashOffset) }
  }

  private func hasDatum(_ xid: UInt32) -> Bool {
    let index = partition(data.count) { data[$0].raw.xid >= xid }
    return index < data.count && data[index].raw.xid == xid
  }

  /// Reports the state of each xattr and xref node, by its offset.
  ///
  /// - Parameter isReachable: Whether a path leads to an inode.
  func visitStates(
    isReachable: (UInt32) -> Bool, _ body: (_ flashOffset: UInt32, NodeState) -> Void
  ) {
    var used: Set<UInt32> = []
    for reference in references {
      let isLive = hasDatum(reference.raw.xid) && isReachable(reference.raw.ino)
      if isLive { used.insert(reference.raw.xid) }
      body(reference.flashOffset, isLive ? .live : .orphaned)
    }
    for datum in data { body(datum.flashOffset, used.contains(datum.raw.xid) ? .live : .orphaned) }
    for datum in replacedData { body(datum.flashOffset, .superseded) }
    for (index, reference) in replacedReferences.enumerated() {
      let hidesOlder = index > 0 && replacedReferences[index - 1].isSameLink(reference)
      let isNewest =
        index + 1 == replacedReferences.count
        || !replacedReferences[index + 1].isSameLink(reference)
      body(
        reference.flashOffset,
        reference.isRemoval && isNewest && hidesOlder && !isRelinked(reference)
          ? .live : .superseded)
    }
  }

  /// Whether a newer link than `reference` exists.
  private func isRelinked(_ reference: XattrReference) -> Bool {
    let key = (reference.raw.ino, reference.raw.xid)
    let index = partition(references.count) {
      (references[$0].raw.ino, references[$0].raw.xid) >= key
    }
    return index < references.count && references[index].isSameLink(reference)
  }
}

extension XattrReference {
  /// Whether the node takes the attribute away from the inode.
  fileprivate var isRemoval: Bool { !raw.sequence.isMultiple(of: 2) }

  fileprivate func isSameLink(_ other: XattrReference) -> Bool {
    (raw.ino, raw.xid) == (other.raw.ino, other.raw.xid)
  }
}
