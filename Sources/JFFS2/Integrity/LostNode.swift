/// A node that is known to have been on the flash and is no longer valid there.
struct LostNode: Sendable {
  enum Content: Sendable {
    case inode(version: UInt32, data: Range<UInt64>)
    case name([UInt8], parentIno: UInt32, version: UInt32)
    /// An extended attribute or the link to one.
    case attribute
    /// Nothing that a file needs.
    case filler
  }

  let offset: UInt32
  /// The inode of a name.
  let ino: UInt32
  let contents: Content
}

extension LostNode {
  /// A name that only a summary has.
  init(_ dirent: Dirent, named name: [UInt8]) {
    offset = dirent.flashOffset
    ino = dirent.ino
    contents = .name(name, parentIno: dirent.parentIno, version: dirent.version)
  }
}

/// Remains of nodes in bytes between nodes.
struct LostNodeSearch: Sendable {
  /// The maximum number of bytes of one range that are searched: the nodes at its start say what it held.
  private static let maximumSearched: UInt32 = 64 << 10
  /// More in one place are damage.
  private static let maximumUnfinishedHeaders = 8

  /// The bytes, counted from the start of the file system.
  let range: Range<UInt32>
  private(set) var nodes: [LostNode] = []
  /// Whether the nodes account for all of the range.
  private(set) var isComplete = false
  /// Whether the range starts with the magic number.
  private(set) var startsWithMagic = false
  /// Whether the range consists of headers, one after the other, whose rest was never written.
  private(set) var isUnfinished = false

  private let dialect: Dialect

  /// Searches for nodes whose header CRC is valid once the magic number is restored.
  ///
  /// - Parameter range: Bytes that are neither a node nor erased.
  init(_ range: Range<UInt32>, in flash: FlashRange, _ dialect: Dialect) throws(JFFS2Error) {
    self.dialect = dialect
    self.range = range
    let count = min(UInt32(range.count), Self.maximumSearched)
    let bytes = try flash.bytes(at: range.lowerBound, count: Int(count))
    startsWithMagic =
      bytes.count >= 2 && bytes.span.u16(at: 0, dialect.endianness) == dialect.magic
    var offset = 0
    var accounted = 0
    while offset + NodeHeader.size <= bytes.count {
      guard let length = repair(bytes, at: offset, range.lowerBound) else {
        offset += 4
        continue
      }
      if offset <= accounted { accounted = offset + length }
      offset += length
    }
    isComplete = accounted >= range.count
    isUnfinished =
      range.count <= Self.maximumUnfinishedHeaders * NodeHeader.size
      && areUnfinishedHeaders(bytes.span)
  }

  /// Whether the bytes can be divided into starts of headers.
  private func areUnfinishedHeaders(_ bytes: Span<UInt8>) -> Bool {
    // Where a header may start: after others.
    var starts: Set<Int> = [0]
    for end in stride(from: 4, through: bytes.count, by: 4) {
      let first = max(0, end - NodeHeader.size)
      for start in stride(from: first, to: end, by: 4)
      where starts.contains(start)
        && NodeHeader.isUnfinished(bytes.extracting(start..<end), dialect)
      {
        starts.insert(end)
      }
    }
    return starts.contains(bytes.count)
  }

  /// Records the node at an offset if its header is valid with the right magic number.
  ///
  /// - Returns: The bytes that it occupies.
  private mutating func repair(_ bytes: [UInt8], at offset: Int, _ start: UInt32) -> Int? {
    let type = NodeType(rawValue: bytes.span.u16(at: offset + 2, dialect.endianness))
    let length = bytes.span.u32(at: offset + 4, dialect.endianness)
    guard type.name != nil, length >= UInt32(NodeHeader.size), length <= bytes.count - offset
    else { return nil }
    var node = Array(bytes[offset...].prefix(RawInode.size + 255))
    let isLittle = dialect.endianness == .little
    node[0] = UInt8(truncatingIfNeeded: isLittle ? dialect.magic : dialect.magic >> 8)
    node[1] = UInt8(truncatingIfNeeded: isLittle ? dialect.magic >> 8 : dialect.magic)
    guard let header = NodeHeader(parsing: node.span, dialect: dialect) else { return nil }
    if header.type.isAccurate, let lost = lostNode(header, node, at: start + UInt32(offset)) {
      nodes.append(lost)
    }
    return Int(header.occupiedLength)
  }

  private func lostNode(_ header: NodeHeader, _ bytes: [UInt8], at offset: UInt32) -> LostNode? {
    let endianness = dialect.endianness
    switch header.type {
    case .inode:
      guard bytes.count >= RawInode.size, RawInode.hasValidNodeCRC(bytes.span, endianness)
      else { return nil }
      let raw = RawInode(parsing: bytes.span, endianness)
      let start = UInt64(raw.fileOffset)
      return LostNode(
        offset: offset, ino: raw.ino,
        contents: .inode(version: raw.version, data: start..<start + UInt64(raw.size)))
    case .dirent:
      guard RawDirent.isComplete(bytes.span),
        RawDirent.hasValidCRCs(bytes.span, endianness)
      else { return nil }
      let raw = RawDirent(parsing: bytes.span, endianness)
      let name = bytes[RawDirent.size..<RawDirent.size + Int(raw.nameLength)]
      return LostNode(
        offset: offset, ino: raw.ino,
        contents: .name(Array(name), parentIno: raw.parentIno, version: raw.version))
    case .xattr, .xref: return LostNode(offset: offset, ino: 0, contents: .attribute)
    default: return LostNode(offset: offset, ino: 0, contents: .filler)
    }
  }
}
