internal import JFFS2

/// Shows all of a file system's log as records, in order and without a gap between them but for padding.
///
/// Keeps nothing, so that memory does not grow with the image.
struct NodeWalk: NodeVisitor {
  private let volume: Volume
  private let states: NodeStates?
  private let body: (LogRecord) -> Void
  private var checker: NodeValidator
  private var gaps: GapReader
  /// The end of the latest node.
  private var end: UInt32 = 0
  /// Whether a magic number without a node is at ``end``.
  private var isDirt = false

  /// Shows every record of a file system to `body`.
  ///
  /// - Parameter states: The node states; without it, records have no state.
  static func run(
    _ volume: Volume, _ states: NodeStates? = nil, _ body: @escaping (LogRecord) -> Void
  ) throws(JFFS2Error) {
    var walk = Self(volume, states, body)
    try volume.scanner.scan(&walk)
    try walk.close(at: volume.range.length)
  }

  private init(
    _ volume: Volume, _ states: NodeStates?, _ body: @escaping (LogRecord) -> Void
  ) {
    self.volume = volume
    self.states = states
    self.body = body
    self.checker = NodeValidator(volume.range, volume.dialect.endianness)
    self.gaps = GapReader(volume)
  }

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    try close(at: offset)
    let checks = try checker.checks(of: header, at: offset, bytes)
    var record = LogRecord(
      kind: LogRecord.Kind(header.type), offset: offset, length: header.totalLength,
      magic: volume.dialect.magic, type: header.type.rawValue)
    record.fields = fields(header, bytes)
    record.checks = checks
    record.state = states?.state(of: header, at: offset)
    body(record)
    end = max(end, min(volume.range.length, offset + header.occupiedLength))
  }

  mutating func visitDirt(at offset: UInt32) throws(JFFS2Error) {
    guard offset >= end else { return }
    try close(at: offset)
    isDirt = true
  }

  /// Shows what is between the latest node and `offset`.
  private mutating func close(at offset: UInt32) throws(JFFS2Error) {
    if offset > end { try gaps.read(end..<offset, startsWithDirt: isDirt, body) }
    end = max(end, offset)
    isDirt = false
  }

  private func fields(_ header: NodeHeader, _ bytes: Span<UInt8>) -> LogRecord.Fields {
    let endianness = volume.dialect.endianness
    let count = min(bytes.count, Int(header.totalLength))
    switch header.type.accurate {
    case .inode where count >= RawInode.size:
      return .inode(RawInode(parsing: bytes, endianness))
    case .dirent where count >= RawDirent.size:
      let raw = RawDirent(parsing: bytes, endianness)
      return .dirent(raw, name: Self.bytes(bytes, RawDirent.size, Int(raw.nameLength)))
    case .xattr where count >= RawXattr.size:
      let raw = RawXattr(parsing: bytes, endianness)
      return .xattr(raw, name: Self.bytes(bytes, RawXattr.size, Int(raw.nameLength)))
    case .xref where count >= RawXref.size:
      return .xref(RawXref(parsing: bytes, endianness))
    default:
      return .none
    }
  }

  /// As many of `count` bytes as there are.
  private static func bytes(_ span: Span<UInt8>, _ start: Int, _ count: Int) -> [UInt8] {
    (start..<max(start, min(span.count, start + count))).map { span[$0] }
  }
}
