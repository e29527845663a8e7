internal import JFFS2

/// Distinguishes erased flash from other bytes between nodes.
struct GapReader {
  /// Fewer erased bytes in the midst of others are part of them.
  private static let shortestErasedRun: UInt32 = 64
  private static let pieceSize: UInt32 = 64 << 10

  private let range: FlashRange
  private let dialect: Dialect
  private var piece: [UInt8] = []

  init(_ volume: Volume) {
    range = volume.range
    dialect = volume.dialect
  }

  /// Shows the runs of a gap, which is not empty, in order.
  ///
  /// - Parameter startsWithDirt: Whether a magic number is at its start.
  mutating func read(
    _ gap: Range<UInt32>, startsWithDirt: Bool, _ body: (LogRecord) -> Void
  ) throws(JFFS2Error) {
    var runStart = gap.lowerBound
    var isErasedRun = false
    var erasedStart: UInt32?
    for start in stride(from: gap.lowerBound, to: gap.upperBound, by: Int(Self.pieceSize)) {
      let count = min(Self.pieceSize, gap.upperBound - start)
      try load(start, Int(count))
      for word in stride(from: 0, to: Int(count), by: 4) {
        let position = start + UInt32(word)
        if isErased(word, Int(count)) {
          if erasedStart == nil { erasedStart = position }
          if !isErasedRun, let first = erasedStart,
            first == runStart || position + 4 - first >= Self.shortestErasedRun
          {
            try show(
              runStart..<first, isErased: false, startsWithDirt: startsWithDirt, in: gap, body)
            (runStart, isErasedRun) = (first, true)
          }
        } else {
          if isErasedRun {
            try show(
              runStart..<position, isErased: true, startsWithDirt: startsWithDirt, in: gap, body)
            (runStart, isErasedRun) = (position, false)
          }
          erasedStart = nil
        }
      }
    }
    if !isErasedRun, let erasedStart {
      try show(
        runStart..<erasedStart, isErased: false, startsWithDirt: startsWithDirt, in: gap, body)
      (runStart, isErasedRun) = (erasedStart, true)
    }
    try show(
      runStart..<gap.upperBound, isErased: isErasedRun, startsWithDirt: startsWithDirt, in: gap,
      body)
  }

  private mutating func load(_ start: UInt32, _ count: Int) throws(JFFS2Error) {
    if piece.count < count { piece = [UInt8](repeating: 0, count: count) }
    let range = range
    var whole = piece.mutableSpan
    var span = whole._mutatingExtracting(0..<count)
    try range.read(at: start, into: &span)
  }

  private func isErased(_ word: Int, _ count: Int) -> Bool {
    for index in word..<min(word + 4, count) where piece[index] != 0xFF { return false }
    return true
  }

  private func show(
    _ run: Range<UInt32>, isErased: Bool, startsWithDirt: Bool, in gap: Range<UInt32>,
    _ body: (LogRecord) -> Void
  ) throws(JFFS2Error) {
    guard !run.isEmpty else { return }
    if isErased {
      body(
        LogRecord(
          kind: .erased, offset: run.lowerBound, length: UInt32(run.count), magic: 0xFFFF,
          type: 0xFFFF))
      return
    }
    let count = min(NodeHeader.size, run.count)
    let first =
      try range.bytes(at: run.lowerBound, count: count)
      + [UInt8](repeating: 0xFF, count: NodeHeader.size - count)
    var record = LogRecord(
      kind: startsWithDirt && run.lowerBound == gap.lowerBound ? .dirt : .foreign,
      offset: run.lowerBound, length: UInt32(run.count),
      magic: first.span.u16(at: 0, dialect.endianness),
      type: first.span.u16(at: 2, dialect.endianness))
    if record.kind == .dirt {
      var checks = NodeValidation()
      checks.header = NodeHeader(parsing: first.span, dialect: dialect) != nil
      // The header is valid, but its length is not that of a node, or extends past the file system.
      checks.lengthsMatch = !checks.header
      record.checks = checks
    }
    body(record)
  }
}
