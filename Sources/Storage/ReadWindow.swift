/// A part of an image in memory, moved along by a walk through it.
package struct ReadWindow: ~Copyable {
  private let image: FlashImage
  private let end: UInt64
  private var buffer: [UInt8]
  /// The bytes of the image that are in memory.
  package private(set) var range: Range<UInt64>

  /// - Parameters:
  ///   - range: What is walked through.
  ///   - capacity: The bytes of one read; what fits a core's own cache is copied and examined fastest.
  package init(_ image: FlashImage, _ range: Range<UInt64>, capacity: Int = 256 << 10) {
    self.image = image
    end = range.upperBound
    self.range = range.lowerBound..<range.lowerBound
    buffer = [UInt8](
      repeating: 0, count: Int(min(UInt64(capacity), range.upperBound - range.lowerBound)))
  }

  /// Makes sure that `wanted` bytes from `offset` on are in memory, or all that there still are.
  package mutating func move(to offset: UInt64, wanted: Int) throws(StorageError) {
    let available = Int(clamping: end - offset)
    let needed = UInt64(min(wanted, available))
    if offset >= range.lowerBound, offset + needed <= range.upperBound { return }
    range = offset..<offset
    let size = min(buffer.count, available)
    let image = image
    var whole = buffer.mutableSpan
    var part = whole._mutatingExtracting(first: size)
    try image.read(at: offset, into: &part)
    range = offset..<offset + UInt64(size)
  }

  /// The bytes from `offset`, which must be in memory, to the window's end.
  @_lifetime(borrow self)
  package borrowing func bytes(from offset: UInt64) -> Span<UInt8> {
    buffer.span.extracting(
      Int(offset - range.lowerBound)..<Int(range.upperBound - range.lowerBound))
  }
}
