internal import JFFS2
internal import Storage

/// What a live dirent or inode node with a good node CRC says of its file system.
struct Claim {
  let offset: UInt64
  let isDirent: Bool
  /// The inode number; of a dirent, its directory's.
  let ino: UInt32
  let version: UInt32
  /// The inode number that a dirent leads to; an inode node's file type.
  let target: UInt32
  /// The node's CRCs: two nodes with the same are the same, copied by garbage collection.
  let signature: UInt64
}

/// Nodes of one dialect, all on multiples of 4 from each other: one file system, or several in a row.
struct NodeGroup {
  struct Key: Hashable {
    let dialect: Dialect
    /// The nodes' offsets modulo 4.
    let phase: UInt64
  }

  let key: Key
  /// What nodes occupy, neighbours joined, ascending.
  var extents: [Range<UInt64>] = []
  var claims: [Claim] = []
  var cleanmarkers: [UInt64] = []
  /// Whether anything was seen that only JFFS2 writes; a header alone may be chance.
  var isCertain = false

  var range: Range<UInt64> {
    (extents.first?.lowerBound ?? 0)..<(extents.last?.upperBound ?? 0)
  }
}

/// The one pass over an image that finds its nodes, at every byte offset and in every dialect.
struct NodeSurvey {
  /// No erase block is larger, so no node is.
  private static let longestNode: UInt32 = 1 << 20

  /// How much is in memory of what is looked at: more than the longest dirent, and most tables of partitions.
  private static let lookahead = 1024

  /// Texts that may be tables of partitions, with where they stand; those inside of nodes are not looked for.
  private(set) var tables: [(offset: UInt64, text: String)] = []
  private(set) var groups: [NodeGroup.Key: NodeGroup] = [:]
  private let endianness: Endianness?
  private let end: UInt64

  /// - Parameter note: Is told the place now and then.
  init(
    _ image: FlashImage, _ range: Range<UInt64>, endianness: Endianness?,
    note: ((UInt64) -> Void)? = nil
  ) throws(StorageError) {
    self.endianness = endianness
    end = range.upperBound
    var window = ReadWindow(image, range)
    var offset = range.lowerBound
    var noted = offset
    while range.upperBound - offset >= UInt64(NodeHeader.size) {
      if let note, offset - noted >= 1 << 20 {
        noted = offset
        note(offset)
      }
      try window.move(to: offset, wanted: Self.lookahead)
      let bytes = window.bytes(from: offset)
      // What is too near to the window's end to be judged is looked at again in the next one.
      let isLast = offset + UInt64(bytes.count) == range.upperBound
      let limit = bytes.count - (isLast ? NodeHeader.size : Self.lookahead) + 1
      let skipped = Self.bytesWithoutMagic(bytes, limit: limit)
      guard skipped < limit else {
        offset += UInt64(limit)
        continue
      }
      offset += UInt64(skipped)
      offset += add(bytes.extracting(skipped..<bytes.count), at: offset)
    }
  }

  /// How many bytes at the start are neither the start of a magic number of any dialect nor of `mtd`, before `limit`.
  private static func bytesWithoutMagic(_ bytes: Span<UInt8>, limit: Int) -> Int {
    // Both bytes of a magic number are compared at once; the rarer half decides in most places.
    var index = 0
    while index < limit {
      let first = bytes[index]
      if first & 0xFE == 0x84 {
        if bytes[index + 1] == 0x19 { return index }
      } else if first == 0x19 {
        if bytes[index + 1] & 0xFE == 0x84 { return index }
      } else if first == 0x6D {
        if bytes[index + 1] == 0x74, bytes[index + 2] == 0x64 { return index }
      }
      index += 1
    }
    return limit
  }

  /// Takes a node into account, if one starts here.
  ///
  /// - Returns: how far to go on.
  private mutating func add(_ bytes: Span<UInt8>, at offset: UInt64) -> UInt64 {
    if bytes[0] == 0x6D {
      noteTable(bytes, at: offset)
      return 1
    }
    let isLittle = bytes[0] != 0x19
    let dialect = Dialect(
      isLittle ? .little : .big, magic: 0x1900 | UInt16(isLittle ? bytes[0] : bytes[1]))
    guard endianness == nil || endianness == dialect.endianness,
      let header = NodeHeader(parsing: bytes, dialect: dialect),
      header.totalLength >= UInt32(NodeHeader.size), header.totalLength <= Self.longestNode,
      UInt64(header.totalLength) <= end - offset
    else { return 1 }
    let key = NodeGroup.Key(dialect: dialect, phase: offset % 4)
    let padded = min(end - offset, (UInt64(header.totalLength) + 3) & ~3)
    groups[key, default: NodeGroup(key: key)].note(
      header, at: offset, padded, bytes, dialect.endianness)
    return padded
  }

  private mutating func noteTable(_ bytes: Span<UInt8>, at offset: UInt64) {
    guard tables.count < MTDPartsSearch.mostTables,
      let text = MTDPartsSearch.text(bytes.extracting(first: min(bytes.count, Self.lookahead)))
    else { return }
    tables.append((offset, text))
  }
}

extension NodeGroup {
  fileprivate mutating func note(
    _ header: NodeHeader, at offset: UInt64, _ length: UInt64, _ bytes: Span<UInt8>,
    _ endianness: Endianness
  ) {
    if let last = extents.last, last.upperBound == offset {
      extents[extents.count - 1] = last.lowerBound..<offset + length
    } else {
      extents.append(offset..<offset + length)
    }
    switch header.type.accurate {
    case .cleanmarker:
      isCertain = true
      cleanmarkers.append(offset)
    case .inode where bytes.count >= RawInode.size && RawInode.hasGoodNodeCRC(bytes, endianness):
      isCertain = true
      guard header.type.isAccurate else { return }
      let raw = RawInode(parsing: bytes, endianness)
      claims.append(
        Claim(
          offset: offset, isDirent: false, ino: raw.ino, version: raw.version,
          target: UInt32(raw.mode >> 12), signature: bytes.signature(at: 60)))
    case .dirent
    where bytes.count >= RawDirent.size && bytes.count >= RawDirent.size + Int(bytes[28])
      && RawDirent.hasGoodCRCs(bytes, endianness):
      isCertain = true
      guard header.type.isAccurate else { return }
      let raw = RawDirent(parsing: bytes, endianness)
      claims.append(
        Claim(
          offset: offset, isDirent: true, ino: raw.parentIno, version: raw.version,
          target: raw.ino, signature: bytes.signature(at: 32)))
    default: break
    }
  }
}

extension Span<UInt8> {
  fileprivate func signature(at offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 << 8 | UInt64(self[offset + $1]) }
  }
}
