/// Reads a payload from front to end and throws at its end.
struct ByteReader: ~Escapable {
  private let payload: Span<UInt8>
  private var position = 0

  @_lifetime(copy payload)
  init(_ payload: Span<UInt8>) {
    self.payload = payload
  }

  /// Whether nothing is left.
  var isAtEnd: Bool { position == payload.count }

  /// The next byte, or `nil` at the end; the position stays.
  var peek: UInt8? { isAtEnd ? nil : payload[position] }

  @_lifetime(self: copy self)
  mutating func byte() throws(CorruptPayload) -> Int {
    guard position < payload.count else { throw CorruptPayload() }
    defer { position += 1 }
    return Int(payload[position])
  }

  /// Two bytes, the low one first.
  @_lifetime(self: copy self)
  mutating func word() throws(CorruptPayload) -> Int {
    let low = try byte()
    return try low | byte() << 8
  }

  @_lifetime(copy self)
  @_lifetime(self: copy self)
  mutating func bytes(_ count: Int) throws(CorruptPayload) -> Span<UInt8> {
    guard count <= payload.count - position else { throw CorruptPayload() }
    defer { position += count }
    return payload.extracting(position..<position + count)
  }
}
