/// Accounts for the bytes of a log: nodes by their state, and the bytes between them by their contents.
struct FlashUsageVisitor: NodeVisitor {
  private static let shownInodes = 3

  let blockSize: UInt32
  private(set) var blocks: [FlashUsage.Block]
  private(set) var nodes = NodeStatistics()

  private let volume: Volume
  private let states: NodeStates
  /// All before this offset is accounted for.
  private var position: UInt32 = 0
  /// The live bytes of each inode in the block of the latest node.
  private var currentInodes: [UInt32: UInt32] = [:]
  private var currentBlock = 0
  private var isBehindEnd = false
  private var hasSeenAllNodes = false
  /// The end of the last node.
  private(set) var nodesEnd: UInt32 = 0
  /// The offset of the first foreign bytes after the last node.
  private(set) var foreignStart: UInt32?

  /// - Throws: `.storage`.
  init(_ volume: Volume) throws(JFFS2Error) {
    self.volume = volume
    blockSize = volume.eraseSize.byteCount
    states = try volume.nodeStates()
    let range = volume.range
    let count = (UInt64(range.length) + UInt64(blockSize) - 1) / UInt64(blockSize)
    blocks = Array(repeating: FlashUsage.Block(), count: Int(count))
  }

  private var range: FlashRange { volume.range }
  private var dialect: Dialect { volume.dialect }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    try scanGap(to: offset)
    var state = states.state(of: header, at: offset)
    if state == .damaged, try volume.mayBeUnfinished(header.totalLength, at: offset) {
      // What the driver could not finish is missing nowhere.
      state = .superseded
    }
    let end = min(range.length, offset + header.occupiedLength)
    add(offset..<end, ByteUsage(state))
    position = end
    nodes.record(header, state)
    guard state == .live || state == .orphaned else { return }
    enterBlock(of: offset)
    switch header.type {
    case .inode:
      let raw = RawInode(parsing: bytes, dialect.endianness)
      nodes.record(raw, state)
      try recordZlibPayload(of: raw, at: offset)
      if state == .live { currentInodes[raw.ino, default: 0] += end - offset }
    case .dirent where state == .live:
      let parent = RawDirent(parsing: bytes, dialect.endianness).parentIno
      currentInodes[parent, default: 0] += end - offset
    default: break
    }
  }

  /// Accounts for what follows the last node.
  ///
  /// - Parameter fileSystemEnd: The offset of an end marker that ends the file system: data after it is not damage.
  mutating func finish(fileSystemEnd: UInt32?) throws(JFFS2Error) {
    nodesEnd = position
    if let fileSystemEnd {
      try scanGap(to: fileSystemEnd)
      isBehindEnd = true
      foreignStart = fileSystemEnd
    }
    hasSeenAllNodes = true
    try scanGap(to: range.length)
    closeBlock()
  }

  /// Records what the first payload under zlib's number is.
  private mutating func recordZlibPayload(of raw: RawInode, at offset: UInt32) throws(JFFS2Error) {
    guard raw.compression == .zlib, raw.compressedSize > 5, nodes.hasLZMAUnderZlib == nil else {
      return
    }
    let payload = try range.bytes(at: offset + UInt32(RawInode.size), count: 6)
    nodes.hasLZMAUnderZlib = LZMADecoder.hasUsualProperties(payload.span)
  }

  private mutating func enterBlock(of offset: UInt32) {
    let block = Int(offset / blockSize)
    guard block != currentBlock else { return }
    closeBlock()
    currentBlock = block
  }

  private mutating func closeBlock() {
    guard !currentInodes.isEmpty else { return }
    let largest = currentInodes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    blocks[currentBlock].largestInodes = largest.prefix(Self.shownInodes).map { ($0.key, $0.value) }
    currentInodes.removeAll(keepingCapacity: true)
  }

  private mutating func add(_ part: Range<UInt32>, _ state: ByteUsage) {
    if hasSeenAllNodes, state == .foreign, foreignStart == nil { foreignStart = part.lowerBound }
    var start = part.lowerBound
    while start < part.upperBound {
      let block = start / blockSize
      let end = min(UInt64(part.upperBound), UInt64(block + 1) * UInt64(blockSize))
      blocks[Int(block)].bytes[state] += end - UInt64(start)
      start = UInt32(end)
    }
  }

  /// Accounts for the bytes up to the next node.
  private mutating func scanGap(to end: UInt32) throws(JFFS2Error) {
    let windowSize: UInt32 = 64 << 10
    var damagedEnd = position
    while position < end {
      let count = min(windowSize, end - position)
      // A header at the window's end is seen whole.
      let seen = min(end - position, count + UInt32(NodeHeader.size))
      let bytes = try range.bytes(at: position, count: Int(seen))
      addGap(bytes.span, count: count, end: end, &damagedEnd)
      position += count
    }
  }

  /// Accounts for `count` bytes from ``position`` on, word by word, in runs.
  private mutating func addGap(
    _ bytes: Span<UInt8>, count: UInt32, end: UInt32, _ damagedEnd: inout UInt32
  ) {
    var run = position
    var runState: ByteUsage?
    var index = 0
    while index < Int(count) {
      let offset = position + UInt32(index)
      let word = min(4, Int(count) - index)
      if !isBehindEnd, let lost = endOfNodeWithInvalidHeader(bytes, index, at: offset, gapEnd: end)
      {
        damagedEnd = max(damagedEnd, lost)
      }
      let state: ByteUsage =
        if bytes.isErased(index..<index + word) {
          .free
        } else { offset < damagedEnd ? .damaged : .foreign }
      if state != runState {
        if let runState { add(run..<offset, runState) }
        (run, runState) = (offset, state)
      }
      index += word
    }
    if let runState { add(run..<position + count, runState) }
  }

  /// The end of a node whose header has a wrong CRC but makes sense otherwise: a type that exists, or a length up to the next node.
  private func endOfNodeWithInvalidHeader(
    _ bytes: Span<UInt8>, _ index: Int, at offset: UInt32, gapEnd: UInt32
  ) -> UInt32? {
    guard index + NodeHeader.size <= bytes.count,
      bytes.u16(at: index, dialect.endianness) == dialect.magic
    else { return nil }
    let type = NodeType(rawValue: bytes.u16(at: index + 2, dialect.endianness))
    let length = bytes.u32(at: index + 4, dialect.endianness)
    let rest = gapEnd - offset
    let fits = length >= UInt32(NodeHeader.size) && length <= rest
    if fits, type.name != nil || padded(length) == rest { return offset + length }
    return type.name == nil ? nil : offset + UInt32(NodeHeader.size)
  }
}
