/// Which extended attributes each inode has; names and values stay on the medium.
struct XattrTable: Sendable {
  /// The newest datum of each xid, by ascending xid.
  private let data: [XattrDatum]
  /// The newest link of each inode to each xid, by ascending inode, removals left out.
  private let references: [XattrReference]

  var isEmpty: Bool { references.isEmpty }

  /// - Parameters:
  ///   - scannedData: All xattr nodes with a good node CRC.
  ///   - scannedReferences: All xref nodes with a good node CRC.
  init(_ scannedData: [XattrDatum], _ scannedReferences: [XattrReference]) {
    let data = scannedData.sorted {
      ($0.raw.xid, $0.raw.version, $0.flashOffset) < ($1.raw.xid, $1.raw.version, $1.flashOffset)
    }
    self.data = data.enumerated().filter { index, datum in
      index + 1 == data.count || data[index + 1].raw.xid != datum.raw.xid
    }.map(\.element)
    let references = scannedReferences.sorted {
      ($0.raw.ino, $0.raw.xid, $0.raw.sequence, $0.flashOffset)
        < ($1.raw.ino, $1.raw.xid, $1.raw.sequence, $1.flashOffset)
    }
    self.references = references.enumerated().filter { index, reference in
      let isNewest =
        index + 1 == references.count
        || references[index + 1].raw.ino != reference.raw.ino
        || references[index + 1].raw.xid != reference.raw.xid
      return isNewest && reference.raw.sequence.isMultiple(of: 2)
    }.map(\.element)
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
}
