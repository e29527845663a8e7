/// A part of a flash range in memory, moved along by the walk over it.
struct ScanWindow: ~Copyable {
  private let range: FlashRange
  private var buffer: [UInt8]
  private var start: UInt32 = 0
  private var count = 0

  /// - Parameter capacity: The bytes of one read; what fits a core's own cache is copied and walked fastest.
  init(_ range: FlashRange, capacity: Int = 256 << 10) {
    self.range = range
    self.buffer = [UInt8](repeating: 0, count: min(capacity, Int(range.length)))
  }

  /// Makes sure that `wanted` bytes from `offset` on are in memory, or all that the range still has.
  mutating func move(to offset: UInt32, wanted: Int) throws(JFFS2Error) {
    let available = Int(range.length - offset)
    let needed = min(wanted, available)
    if offset >= start, Int(offset - start) + needed <= count { return }
    count = 0
    let size = min(buffer.count, available)
    let range = range
    var whole = buffer.mutableSpan
    var part = whole.part(0..<size)
    try range.read(at: offset, into: &part)
    start = offset
    count = size
  }

  /// The bytes from `offset`, which must be in memory, to the window's end.
  @_lifetime(borrow self)
  borrowing func bytes(from offset: UInt32) -> Span<UInt8> {
    buffer.span.extracting(Int(offset - start)..<count)
  }
}
