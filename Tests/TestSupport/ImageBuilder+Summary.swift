internal import JFFS2

extension ImageBuilder {
  /// Ends an erase block with a summary of the nodes in it, as `sumtool` and the driver write it.
  ///
  /// Existing damage of nodes does not change the summary: damage them later, with ``replaceByte(at:with:)``.
  ///
  /// - Parameters:
  ///   - eraseSize: The bytes of an erase block; the nodes after its last multiple are listed, and have to leave room.
  ///   - leavingOut: Offsets of nodes that are not listed.
  ///   - extraEntries: Bytes of further entries, and how many they are.
  ///   - marker: The magic number at the end.
  /// - Returns: The offset of the start of the summary.
  @discardableResult
  package mutating func addSummary(
    eraseSize: Int, leavingOut: Set<Int> = [], extraEntries: (bytes: [UInt8], count: Int) = ([], 0),
    marker: UInt32 = 0x0285_1885
  ) -> Int {
    let block = bytes.count / eraseSize * eraseSize
    let start = bytes.count
    var entries: [UInt8] = []
    var count = 0
    for offset in nodeOffsets(from: block) where !leavingOut.contains(offset) {
      let entry = summaryEntry(of: offset, in: block)
      entries += entry
      count += entry.isEmpty ? 0 : 1
    }
    entries += extraEntries.bytes
    let size = block + eraseSize - start
    let filler = [UInt8](repeating: 0xFF, count: size - 32 - entries.count - 8)
    let list = entries + filler + number32(UInt32(start - block)) + number32(marker)
    let fields = number32(UInt32(count + extraEntries.count)) + number32(0) + number32(0)
    var header = number16(dialect.magic) + number16(NodeType.summary.rawValue)
    header += number32(UInt32(size))
    let headerCRC = number32(jffs2CRC(header.span))
    // sum_crc is before node_crc, which does not cover it.
    let nodeCRC = number32(jffs2CRC((header + headerCRC + fields).span))
    return addNode(
      type: NodeType.summary.rawValue, body: fields + number32(jffs2CRC(list.span)) + nodeCRC + list
    )
  }

  /// Where nodes start from an offset on, as their lengths lead from one to the next.
  package func nodeOffsets(from start: Int) -> [Int] {
    var offsets: [Int] = []
    var offset = start
    while offset + NodeHeader.size <= bytes.count {
      guard let header = NodeHeader(parsing: bytes.span.extracting(offset...), dialect: dialect)
      else {
        offset += 4
        continue
      }
      offsets.append(offset)
      offset += Int(header.occupiedLength)
    }
    return offsets
  }

  /// The entry that lists a node; empty for a node of a type that is not listed.
  private func summaryEntry(of offset: Int, in block: Int) -> [UInt8] {
    let type = NodeType(rawValue: bytes.span.u16(at: offset + 2, dialect.endianness)).accurate
    func copy(_ place: Int, _ count: Int) -> [UInt8] {
      Array(bytes[offset + place..<offset + place + count])
    }
    let start = number32(UInt32(offset - block))
    return switch type {
    case .inode, .xattr:
      number16(type.rawValue) + copy(12, 4) + copy(16, 4) + start + copy(4, 4)
    case .dirent:
      number16(type.rawValue) + copy(4, 4) + start + copy(12, 12) + copy(28, 2)
        + copy(RawDirent.size, Int(bytes[offset + 28]))
    case .xref: number16(type.rawValue) + start
    default: []
    }
  }
}
