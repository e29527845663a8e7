internal import JFFS2
internal import Storage

/// The one pass over an image that finds its nodes, at every byte offset and in every dialect.
struct NodeScanPass {
  /// No erase block is larger, so no node is.
  private static let maximumNodeLength: UInt32 = 1 << 20

  /// The number of bytes that must be in memory to examine an offset: more than the longest dirent and most partition tables.
  private static let lookahead = 1024

  /// Texts that may be partition tables, with their offsets; those inside nodes are not looked for.
  private(set) var tables: [(offset: UInt64, text: String)] = []
  private(set) var groups: [Dialect: NodeGroup] = [:]
  /// The erase counter headers of UBI.
  private(set) var ubiHeaders: UBIHeaderSearch
  /// Where a squashfs may start.
  private(set) var squashFS: SquashFSSearch
  /// Damaged nodes after which the next one is not where they end.
  private(set) var breaks: [NodeBreak] = []
  private let endianness: Endianness?
  private let end: UInt64
  /// The node that ends where the pass continues.
  private var last: LastNode?
  /// The last node with wrong data, until the next node.
  private var broken: LastNode?
  /// The bytes of damaged nodes that may be examined again.
  private var budget: UInt64

  /// - Parameter onProgress: Is called with the current offset now and then.
  init(
    _ image: FlashImage, _ range: Range<UInt64>, endianness: Endianness?,
    onProgress: ((UInt64) -> Void)? = nil
  ) throws(StorageError) {
    self.endianness = endianness
    end = range.upperBound
    ubiHeaders = UBIHeaderSearch(from: range.lowerBound)
    squashFS = SquashFSSearch(from: range.lowerBound)
    budget = max(16 << 20, range.upperBound - range.lowerBound)
    var window = ReadWindow(image, range)
    var offset = range.lowerBound
    var reported = offset
    var examined = offset
    while range.upperBound - offset >= UInt64(NodeHeader.size) {
      if let onProgress, offset >= reported, offset - reported >= 1 << 20 {
        reported = offset
        onProgress(offset)
      }
      try window.move(to: offset, wanted: Self.lookahead)
      if window.range.upperBound != examined {
        examined = window.range.upperBound
        let start = window.range.lowerBound
        ubiHeaders.record(window.bytes(from: start), at: start)
        squashFS.record(window.bytes(from: start), at: start)
      }
      if let damaged = damagedNode(before: offset, window.bytes(from: offset)) {
        last = nil
        if let inner = try resume(in: damaged, image) {
          offset = inner
          continue
        }
      }
      let bytes = window.bytes(from: offset)
      // What is too near to the window's end to be judged is examined again in the next one.
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

  /// The number of bytes at the start that are neither the start of a magic number of any dialect nor of `mtd`, up to `limit`.
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
  /// - Returns: The number of bytes to advance.
  private mutating func add(_ bytes: Span<UInt8>, at offset: UInt64) -> UInt64 {
    if bytes[0] == 0x6D {
      recordTable(bytes, at: offset)
      return 1
    }
    guard let (header, dialect) = Self.header(bytes, endianness),
      UInt64(header.totalLength) <= end - offset
    else { return 1 }
    let padded = min(end - offset, (UInt64(header.totalLength) + 3) & ~3)
    if let broken { addBreak(broken, next: offset) }
    last = LastNode(header, at: offset, padded, dialect)
    groups[dialect, default: NodeGroup(dialect: dialect)].record(
      header, at: offset, padded, bytes)
    return padded
  }

  /// The header of a node of ordinary length that starts here, with its dialect.
  private static func header(
    _ bytes: Span<UInt8>, _ endianness: Endianness?
  ) -> (NodeHeader, Dialect)? {
    let isLittle = bytes[0] != 0x19
    let dialect = Dialect(
      isLittle ? .little : .big, magic: 0x1900 | UInt16(isLittle ? bytes[0] : bytes[1]))
    guard endianness == nil || endianness == dialect.endianness,
      let header = NodeHeader(parsing: bytes, dialect: dialect),
      header.totalLength >= UInt32(NodeHeader.size), header.totalLength <= maximumNodeLength
    else { return nil }
    return (header, dialect)
  }

  /// Whether there are nodes with the magic of the format before its release.
  var hasLegacyNodes: Bool { groups.keys.contains { $0.magic == Dialect.legacyMagic } }

  /// The short ranges between nodes, which may be spare areas; the first ones.
  var gaps: [Range<UInt64>] {
    groups.values.flatMap { group in
      zip(group.extents, group.extents.dropFirst()).lazy
        .filter {
          SpareAreaInference.spareSizes.contains($1.lowerBound - min($0.upperBound, $1.lowerBound))
        }
        .prefix(NodeBreak.maximumCount).map { $0.upperBound..<$1.lowerBound }
    }
  }

  private mutating func recordTable(_ bytes: Span<UInt8>, at offset: UInt64) {
    guard tables.count < MTDPartsSearch.maximumTables,
      let text = MTDPartsSearch.text(bytes.extracting(first: min(bytes.count, Self.lookahead)))
    else { return }
    tables.append((offset, text))
  }
}

extension NodeScanPass {
  /// A node with contents that the pass has stepped over.
  private struct LastNode {
    let offset: UInt64
    let length: UInt64
    let dialect: Dialect
    /// Whether the log may continue inside it.
    var isContinued: Bool
    /// Whether its end is erased.
    var isUnfinished = false

    init?(_ header: NodeHeader, at offset: UInt64, _ length: UInt64, _ dialect: Dialect) {
      switch header.type {
      case .inode where header.totalLength >= UInt32(RawInode.size): isContinued = true
      case .dirent, .xattr, .xref: isContinued = false
      default: return nil
      }
      self.offset = offset
      self.length = length
      self.dialect = dialect
    }
  }

  /// The node before an offset, if what follows it is not a node: bytes may be missing in it, or more of them.
  private func damagedNode(before offset: UInt64, _ bytes: Span<UInt8>) -> LastNode? {
    guard let last, last.offset + last.length == offset, bytes.count >= NodeHeader.size,
      Self.header(bytes, endianness) == nil
    else { return nil }
    var node = last
    // Nothing continues there, but the erased bytes may be a spare area.
    if (0..<4).allSatisfy({ bytes[$0] == 0xFF }) { node.isContinued = false }
    return node
  }

  private mutating func addBreak(_ node: LastNode, next: UInt64) {
    broken = nil
    let distance = next - min(next, node.offset + node.length)
    guard 1...NodeBreak.maximumDistance ~= distance, node.length <= NodeBreak.maximumLength,
      breaks.count < NodeBreak.maximumCount
    else { return }
    breaks.append(
      NodeBreak(
        offset: node.offset, length: Int(node.length), distance: distance, dialect: node.dialect,
        isUnfinished: node.isUnfinished))
  }

  /// The offset at which the log continues inside an inode node with wrong data: the first of the nodes in it that lead beyond its end.
  private mutating func resume(
    in node: LastNode, _ image: FlashImage
  ) throws(StorageError) -> UInt64? {
    guard node.length <= budget else { return nil }
    budget -= node.length
    let length = Int(node.length)
    // A header may cross the end.
    let bytes = try image.bytes(
      at: node.offset, count: length + NodeHeader.size, within: node.offset..<end)
    let content = bytes.span.extracting(first: min(length, bytes.count))
    guard NodeBreak.isDamaged(content, node.dialect) else { return nil }
    var node = node
    let tail = max(0, content.count - 4)..<content.count
    node.isUnfinished = tail.allSatisfy { content[$0] == 0xFF }
    broken = node
    guard node.isContinued else { return nil }
    var index = RawInode.size
    while index < length {
      let end = chainEnd(bytes.span, from: index, to: length, node.dialect)
      if end > length {
        broken = nil
        let start = node.offset + UInt64(index)
        groups[node.dialect]?.cut(at: start)
        return start
      }
      index = max(end, index + 1)
    }
    return nil
  }

  /// The end of consecutive nodes from `index` on, the last of which starts before `length`.
  private func chainEnd(
    _ bytes: Span<UInt8>, from index: Int, to length: Int, _ dialect: Dialect
  ) -> Int {
    var end = index
    while end < length, end + NodeHeader.size <= bytes.count,
      let (header, found) = Self.header(bytes.extracting(end...), endianness), found == dialect
    {
      end += (Int(header.totalLength) + 3) & ~3
    }
    return end
  }
}

extension NodeGroup {
  /// The alignments, in bits, between which places differ.
  private static let (minimumAlignment, maximumAlignment) = (12, 16)

  fileprivate mutating func record(
    _ header: NodeHeader, at offset: UInt64, _ length: UInt64, _ bytes: Span<UInt8>
  ) {
    let free = extents.last.map(\.upperBound) ?? offset
    let start = Self.bestAligned(free...max(free, offset))
    if Self.alignment(start) >= boundary.map(Self.alignment) ?? 0 { boundary = start }
    if let last = extents.last, last.upperBound == offset, missing.last?.offset != offset {
      extents[extents.count - 1] = last.lowerBound..<offset + length
    } else {
      extents.append(offset..<offset + length)
    }
    if header.type.accurate == .cleanmarker {
      cleanmarkers = (cleanmarkers?.first ?? offset, offset)
    }
    if let last = cleanmarkers?.last, last + UInt64(NodeHeader.size) == offset { boundary = last }
    guard
      var node = NodeEvidence(header, at: offset, bytes, dialect.endianness, boundary ?? offset)
    else { return }
    // These start something themselves.
    if node.kind == .cleanmarker || node.isRootStart { node.boundaryDistance = 0 }
    // Cleanmarkers less than 64 bytes apart do not show where blocks start.
    if node.kind == .cleanmarker, let last = nodes.last, last.kind == .cleanmarker,
      offset - last.offset < 64
    {
      return
    }
    nodes.append(node)
    boundary = nil
  }

  /// Ends the last extent where bytes are missing in it.
  fileprivate mutating func cut(at offset: UInt64) {
    guard let last = extents.last, last.contains(offset) else { return }
    missing.append((offset, last.upperBound - offset))
    extents[extents.count - 1] = last.lowerBound..<offset
  }

  private static func alignment(_ offset: UInt64) -> Int {
    let bits = offset.trailingZeroBitCount
    return bits < minimumAlignment ? 0 : min(maximumAlignment, bits)
  }

  /// The offset with the most zero bits at the end, up to ``maximumAlignment``; of several the last.
  private static func bestAligned(_ range: ClosedRange<UInt64>) -> UInt64 {
    for bits in stride(from: maximumAlignment, through: minimumAlignment, by: -1) {
      let candidate = range.upperBound & (.max << UInt64(bits))
      if candidate >= range.lowerBound { return candidate }
    }
    return range.upperBound
  }
}
