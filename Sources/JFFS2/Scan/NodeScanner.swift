internal import Support

/// The walk over a log of nodes, with the driver's rules for what counts as one.
///
/// Without an erase size the whole range is one log: every image whose nodes cross no boundary of erase blocks gives the same nodes with
/// any erase size. With one, the driver's two shortcuts at the start of a block apply, and no node may cross a boundary. What
/// summaries say is the visitor's business. Source: `jffs2_scan_eraseblock`.
package struct NodeScanner: Sendable {
  /// How much of a node a visitor sees at least, where the node has as much: the longest dirent.
  package static let minimumVisibleByteCount = RawDirent.size + 255

  /// The bytes `DE AD C0 DE`: OpenWrt's driver takes an erase block that starts with them, and all that follow, for erased.
  static let endMarker: UInt32 = 0xDEC0_ADDE

  /// Shorter ranges are walked by one thread: starting another takes as long.
  private static let minimumParallelLength: UInt32 = 4 << 20

  package let range: FlashRange
  package let dialect: Dialect
  package let eraseSize: UInt32?
  /// The offset of the end of the file system.
  package let end: UInt32

  /// - Parameters:
  ///   - eraseSize: The number of bytes of an erase block, or nil if unknown.
  ///   - end: Where the file system ends if that is before the end of `range`.
  package init(
    _ range: FlashRange, dialect: Dialect, eraseSize: UInt32? = nil, end: UInt32? = nil
  ) {
    // With 0 the walk would not end. ``LogScan`` refuses what does not fit.
    precondition(eraseSize.map(FlashRange.isValid) ?? true, "a multiple of 4, not 0")
    self.range = range
    self.dialect = dialect
    self.eraseSize = eraseSize
    self.end = min(range.length, end ?? range.length)
  }

  /// Shows every node to `visitor`.
  ///
  /// - Throws: `.storage`, or what the visitor throws.
  package func scan(_ visitor: inout some NodeVisitor) throws(JFFS2Error) {
    var window = ScanWindow(range)
    var block: UInt32 = 0
    while block < end {
      let end = eraseSize.map { block + min($0, self.end - block) } ?? self.end
      if try isEmptyBlock(block, end, &window) {
        block = end
        continue
      }
      guard try scanBlock(block, end, &window, &visitor) != nil else { return }
      block = end
    }
  }

  /// Shows every node to a visitor, or those of each half of a long range to one of two visitors at once.
  ///
  /// The second walk starts at a multiple of the largest erase size, which no node crosses in an intact log. It is exactly what one walk
  /// would have seen if the first comes out there; otherwise it is dropped, and the first continues.
  ///
  /// - Returns: What `makeVisitor` made, with what both have seen.
  func scan<Visitor: AppendableNodeVisitor>(
    _ makeVisitor: @Sendable () -> Visitor
  ) throws(JFFS2Error) -> Visitor {
    guard eraseSize == nil, end >= Self.minimumParallelLength else {
      var visitor = makeVisitor()
      try scan(&visitor)
      return visitor
    }
    let largest = EraseBlockSizeEstimator.largest
    let middle = end / 2 / largest * largest
    let (first, second) = runConcurrently(
      { walk(0..<middle, makeVisitor) }, { walk(middle..<end, makeVisitor) })
    var (visitor, reached) = try first.get()
    if reached == middle {
      visitor.append(try second.get().visitor)
    } else {
      _ = try scan(reached..<end, &visitor)
    }
    return visitor
  }

  private func walk<Visitor: NodeVisitor>(
    _ part: Range<UInt32>, _ makeVisitor: () -> Visitor
  ) -> Result<(visitor: Visitor, end: UInt32), JFFS2Error> {
    Result { () throws(JFFS2Error) in
      var visitor = makeVisitor()
      let end = try scan(part, &visitor)
      return (visitor, end)
    }
  }

  /// Shows the nodes that start in a part of the range. Without an erase size only.
  ///
  /// - Parameter part: A range whose start is that of a node, or not inside a known node.
  /// - Returns: The offset at which the walk continues, at the part's end or after it.
  func scan(
    _ part: Range<UInt32>, _ visitor: inout some NodeVisitor
  ) throws(JFFS2Error) -> UInt32 {
    var window = ScanWindow(range)
    return try scanBlock(part.lowerBound, end, upTo: part.upperBound, &window, &visitor) ?? end
  }

  /// Whether the driver treats the block as erased, regardless of later data in it.
  private func isEmptyBlock(
    _ start: UInt32, _ end: UInt32, _ window: inout ScanWindow
  ) throws(JFFS2Error) -> Bool {
    guard eraseSize != nil else { return false }
    let looked = Int(min(256, end - start))
    try window.move(to: start, wanted: looked)
    return window.bytes(from: start).isErased(0..<looked)
  }

  /// Whether the block contains a cleanmarker followed by enough erased flash that the driver skips the rest.
  private func isCleanBlock(
    _ header: NodeHeader, at offset: UInt32, of start: UInt32, _ bytes: Span<UInt8>
  ) -> Bool {
    eraseSize != nil && offset == start && header.type == .cleanmarker
      && header.totalLength == UInt32(NodeHeader.size) && bytes.count >= 32
      && bytes.isErased(12..<32)
  }

  /// - Parameters:
  ///   - end: What no node crosses.
  ///   - stop: Where no further node is looked for; nil for `end`.
  /// - Returns: The offset at which the walk continues, or nil if the block starts with the end marker.
  private func scanBlock(
    _ start: UInt32, _ end: UInt32, upTo stop: UInt32? = nil, _ window: inout ScanWindow,
    _ visitor: inout some NodeVisitor
  ) throws(JFFS2Error) -> UInt32? {
    let grid = eraseSize ?? EraseBlockSizeEstimator.smallest
    let stop = stop ?? end
    var offset = start
    while offset < stop, end - offset >= UInt32(NodeHeader.size) {
      try window.move(to: offset, wanted: Self.minimumVisibleByteCount)
      let bytes = window.bytes(from: offset)
      let skipped = min(
        bytes.bytesBeforeNextMagic(dialect, limit: Int(end - offset)), Int(stop - offset))
      if skipped > 0 {
        visitor.visitGap(bytes.extracting(first: skipped), at: offset)
        offset += UInt32(skipped)
        continue
      }
      if offset % grid == 0, bytes.u32(at: 0, .little) == Self.endMarker {
        visitor.visitEndMarker(at: offset)
        if eraseSize != nil { return nil }
        offset += 4
        continue
      }
      guard let header = NodeHeader(parsing: bytes, dialect: dialect),
        header.totalLength >= UInt32(NodeHeader.size), header.totalLength <= end - offset
      else {
        if bytes.u16(at: 0, dialect.endianness) == dialect.magic {
          try visitor.visitDirt(at: offset)
        }
        visitor.visitGap(bytes.extracting(first: 4), at: offset)
        offset += 4
        continue
      }
      let visible = min(bytes.count, Int(end - offset))
      try visitor.visit(header, at: offset, bytes: bytes.extracting(0..<visible))
      if isCleanBlock(header, at: offset, of: start, bytes) { return end }
      offset = min(end, offset + header.occupiedLength)
    }
    if offset < stop, end == range.length {
      // Too few bytes for a node.
      try window.move(to: offset, wanted: Int(stop - offset))
      visitor.visitGap(window.bytes(from: offset).extracting(first: Int(stop - offset)), at: offset)
    }
    return offset
  }
}

extension Span<UInt8> {
  /// Whether all bytes in `range` are those of erased flash.
  func isErased(_ range: Range<Int>) -> Bool {
    for index in range where self[index] != 0xFF { return false }
    return true
  }

  /// The number of bytes at the start, a multiple of 4, in words that neither start a node nor mark an end.
  ///
  /// - Parameter limit: The number of bytes that may be searched; a remainder shorter than a header is ignored.
  fileprivate func bytesBeforeNextMagic(_ dialect: Dialect, limit: Int) -> Int {
    let first = UInt8(truncatingIfNeeded: dialect.magic)
    let second = UInt8(truncatingIfNeeded: dialect.magic >> 8)
    let (low, high) = dialect.endianness == .little ? (first, second) : (second, first)
    let end = Swift.min(count, limit) - (NodeHeader.size - 1)
    var offset = 0
    while offset < end {
      if self[offset] == low, self[offset + 1] == high { break }
      if self[offset] == 0xDE, u32(at: offset, .little) == NodeScanner.endMarker { break }
      offset += 4
    }
    return offset
  }
}
