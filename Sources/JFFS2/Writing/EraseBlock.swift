/// An erase block that is being filled with nodes.
struct EraseBlock {
  private let format: ImageFormat
  private var bytes: [UInt8]
  /// The bytes that are written.
  private(set) var used = 0
  private var nodes: [(type: NodeType, offset: Int)] = []
  private var entriesLength = 0

  init(_ format: ImageFormat) {
    self.format = format
    bytes = [UInt8](repeating: 0xFF, count: Int(format.eraseSize))
    start()
  }

  /// Whether nothing but a cleanmarker is in it.
  var isEmpty: Bool { nodes.isEmpty }

  /// The bytes so far.
  var contents: Span<UInt8> { bytes.span.extracting(0..<used) }

  /// All bytes, those that are erased too.
  var all: Span<UInt8> { bytes.span }

  /// The most bytes that a further node may have.
  ///
  /// - Parameter nameLength: The length of a dirent's name, which the summary repeats.
  func room(for type: NodeType, nameLength: Int = 0) -> Int {
    var reserved = 0
    if format.hasSummaries {
      reserved =
        RawSummary.size + RawSummary.markerSize + entriesLength
        + type.summaryEntryLength(nameLength: nameLength)
    }
    return max(0, Int(format.eraseSize) - used - reserved) & ~3
  }

  /// Appends a node, for which there is room.
  mutating func append(
    _ type: NodeType, length: Int, nameLength: Int = 0,
    _ encode: (inout MutableSpan<UInt8>) -> Void
  ) {
    precondition(length <= room(for: type, nameLength: nameLength))
    nodes.append((type, used))
    entriesLength += type.summaryEntryLength(nameLength: nameLength)
    let range = used..<used + length
    var whole = bytes.mutableSpan
    var node = whole.part(range)
    encode(&node)
    used += Int(padded(UInt32(length)))
  }

  /// Fills up a page of NAND flash, as the driver does before it writes to the next one.
  mutating func fillPage() {
    guard !isEmpty, !used.isMultiple(of: Self.nandPageSize) else { return }
    var length = Self.nandPageSize - used % Self.nandPageSize
    if length < NodeHeader.size { length += Self.nandPageSize }
    guard length <= room(for: .padding) else { return }
    let dialect = format.dialect
    append(.padding, length: length) { bytes in
      bytes.update(repeating: 0)
      NodeHeader(type: .padding, totalLength: UInt32(length)).encode(into: &bytes, dialect)
    }
  }

  /// A multiple of the size of usual pages.
  private static let nandPageSize = 4096

  /// Ends the block with its summary, if there are summaries.
  mutating func finish() {
    guard format.hasSummaries else { return }
    var list: [UInt8] = []
    for node in nodes { appendEntry(node.type, node.offset, to: &list) }
    let (start, format) = (used, format)
    let nodeCount = UInt32(nodes.count)
    var whole = bytes.mutableSpan
    var summary = whole.part(start..<Int(format.eraseSize))
    var entries = summary.part(RawSummary.size..<RawSummary.size + list.count)
    entries.copy(from: list.span)
    let marker = summary.count - RawSummary.markerSize
    summary.set(UInt32(start), at: marker, format.dialect.endianness)
    summary.set(RawSummary.markerMagic, at: marker + 4, format.dialect.endianness)
    RawSummary(
      entryCount: nodeCount, cleanmarkerLength: format.cleanmarkerLength ?? 0,
      entriesCRC: jffs2CRC(summary.span.extracting(RawSummary.size...))
    ).encode(into: &summary, format.dialect)
    used = Int(format.eraseSize)
  }

  /// Starts the next block.
  mutating func start() {
    nodes.removeAll(keepingCapacity: true)
    entriesLength = 0
    used = Int(padded(format.cleanmarkerLength ?? 0))
    let format = format
    var whole = bytes.mutableSpan
    whole.update(repeating: 0xFF)
    guard let length = format.cleanmarkerLength else { return }
    var marker = whole.part(0..<NodeHeader.size)
    NodeHeader(type: .cleanmarker, totalLength: length).encode(into: &marker, format.dialect)
  }

  /// Lists a node as `sumtool` does.
  private func appendEntry(_ type: NodeType, _ offset: Int, to list: inout [UInt8]) {
    func field(_ start: Int, _ count: Int) -> ArraySlice<UInt8> {
      bytes[offset + start..<offset + start + count]
    }
    let endianness = format.dialect.endianness
    var place = [UInt8](repeating: 0, count: 4)
    var span = place.mutableSpan
    span.set(UInt32(offset), at: 0, endianness)
    list += field(NodeHeader.Offset.type, 2)
    switch type {
    case .dirent:
      list += field(NodeHeader.Offset.totalLength, 4)
      list += place
      // Parent, version and target follow each other in both.
      list += field(RawDirent.Offset.parentIno, 12)
      list += field(RawDirent.Offset.nameLength, 2)
      list += field(RawDirent.size, Int(bytes[offset + RawDirent.Offset.nameLength]))
    case .xref:
      list += place
    default:
      // The number and the version have the same offsets in an inode node and an xattr.
      list += field(RawInode.Offset.ino, 8)
      list += place
      list += field(NodeHeader.Offset.totalLength, 4)
    }
  }
}

extension NodeType {
  /// The bytes of the entry that lists a node of this type.
  fileprivate func summaryEntryLength(nameLength: Int) -> Int {
    switch self {
    case .dirent: RawSummary.EntrySize.dirent + nameLength
    case .xref: RawSummary.EntrySize.xref
    default: RawSummary.EntrySize.node
    }
  }
}
