/// Fills a chunk from front to end, with new bytes or with copies of those before; throws at its end.
struct OutputCursor: ~Copyable, ~Escapable {
  private var chunk: MutableSpan<UInt8>

  /// The number of bytes written.
  private(set) var count = 0

  @_lifetime(&chunk)
  init(_ chunk: inout MutableSpan<UInt8>) {
    self.chunk = chunk._mutatingExtracting(...)
  }

  /// Whether nothing more fits.
  var isFull: Bool { count == chunk.count }

  @_lifetime(self: copy self)
  mutating func append(_ byte: UInt8) throws(CorruptPayload) {
    guard count < chunk.count else { throw CorruptPayload() }
    chunk[count] = byte
    count += 1
  }

  @_lifetime(self: copy self)
  mutating func append(_ bytes: Span<UInt8>) throws(CorruptPayload) {
    guard bytes.count <= chunk.count - count else { throw CorruptPayload() }
    for index in bytes.indices {
      chunk[count + index] = bytes[index]
    }
    count += bytes.count
  }

  /// Copies bytes of the chunk itself, one by one: the copy may run into what it has just written.
  ///
  /// Throws where the original does not begin before ``count``; an empty one may begin anywhere.
  @_lifetime(self: copy self)
  mutating func copyMatch(from start: Int, count length: Int) throws(CorruptPayload) {
    guard length > 0 else { return }
    guard start >= 0, start < count, length <= chunk.count - count else { throw CorruptPayload() }
    for index in 0..<length {
      chunk[count + index] = chunk[start + index]
    }
    count += length
  }
}
