internal import JFFS2

/// A damaged node after which the next node is not where it ends: something was inserted, as spare areas are.
struct NodeBreak {
  let offset: UInt64
  let length: Int
  /// The distance from its end to the next node.
  let distance: UInt64
  let dialect: Dialect
  /// Whether its end is erased, as the driver leaves it if it is interrupted.
  let isUnfinished: Bool

  /// A node may cross a few pages; what is farther away has another reason.
  static let maximumDistance: UInt64 = 16 << 10
  /// The longest node that is taken into account: the driver writes pages of at most 64 KiB.
  static let maximumLength = 80 << 10
  /// As many are enough to see that they are regular.
  static let maximumCount = 512
}

extension NodeBreak {
  /// Whether a node that starts with a valid header has a wrong CRC.
  static func isDamaged(_ node: Span<UInt8>, _ dialect: Dialect) -> Bool {
    let endianness = dialect.endianness
    guard let header = NodeHeader(parsing: node, dialect: dialect) else { return true }
    switch header.type {
    case .inode:
      guard node.count >= RawInode.size, RawInode.hasValidNodeCRC(node, endianness) else {
        return true
      }
      let raw = RawInode(parsing: node, endianness)
      let end = RawInode.size + Int(clamping: raw.compressedSize)
      return end > node.count
        || jffs2CRC(node.extracting(RawInode.size..<end)) != raw.dataCRC
    case .dirent:
      return !RawDirent.isComplete(node) || !RawDirent.hasValidCRCs(node, endianness)
    case .xattr:
      return node.count < RawXattr.size
        || !RawXattr(parsing: node, endianness).isWellFormed(
          node, totalLength: header.totalLength, endianness)
        || !hasGoodData(node, endianness)
    case .xref:
      return node.count < RawXref.size
        || !RawXref.isWellFormed(node, totalLength: header.totalLength, endianness)
    default: return false
    }
  }

  /// Whether an extended attribute's CRC is valid, for which the byte between name and value is zero.
  private static func hasGoodData(_ node: Span<UInt8>, _ endianness: Endianness) -> Bool {
    let raw = RawXattr(parsing: node, endianness)
    let (start, end) = (RawXattr.size, RawXattr.size + raw.payloadLength)
    guard end <= node.count else { return false }
    var payload = (start..<end).map { node[$0] }
    payload[Int(raw.nameLength)] = 0
    return jffs2CRC(payload.span) == raw.dataCRC
  }
}

extension [NodeBreak] {
  /// The distances from the most frequent one on, with their numbers.
  var distances: [(distance: UInt64, count: Int)] {
    Dictionary(map { ($0.distance, 1) }, uniquingKeysWith: +)
      .sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      .map { ($0.key, $0.value) }
  }

  /// Whether the same distance occurs so often that no damage explains it.
  var areRegular: Bool {
    guard let first = distances.first else { return false }
    return first.count >= 4 && first.count * 8 >= count
  }
}
