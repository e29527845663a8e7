internal import Storage

/// A part of an image in memory, moved along by a search through it.
struct SearchWindow: ~Copyable {
  static let capacity = 256 << 10

  private let image: FlashImage
  private let end: UInt64
  private var buffer: [UInt8]
  private(set) var start: UInt64
  private(set) var count = 0

  init(_ image: FlashImage, _ range: Range<UInt64>) {
    self.image = image
    end = range.upperBound
    start = range.lowerBound
    buffer = [UInt8](
      repeating: 0, count: Int(min(UInt64(Self.capacity), range.upperBound - range.lowerBound)))
  }

  /// Makes sure that `wanted` bytes from `offset` on are in memory, or all that the range still has.
  mutating func move(to offset: UInt64, wanted: Int) throws(StorageError) {
    let available = Int(clamping: end - offset)
    let needed = min(wanted, available)
    if offset >= start, Int(offset - start) + needed <= count { return }
    count = 0
    let size = min(buffer.count, available)
    let image = image
    var whole = buffer.mutableSpan
    var part = whole._mutatingExtracting(first: size)
    try image.read(at: offset, into: &part)
    start = offset
    count = size
  }

  /// The bytes from `offset`, which must be in memory, to the window's end.
  @_lifetime(borrow self)
  borrowing func bytes(from offset: UInt64) -> Span<UInt8> {
    buffer.span.extracting(Int(offset - start)..<count)
  }
}
