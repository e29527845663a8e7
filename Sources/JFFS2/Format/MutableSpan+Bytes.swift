extension MutableSpan<UInt8> {
  /// The bytes in `range`, to be changed in place.
  @_lifetime(&self)
  mutating func part(_ range: Range<Int>) -> MutableSpan<UInt8> {
    _mutatingExtracting(range)
  }

  /// Makes the bytes in `range` zero.
  @_lifetime(self: copy self)
  mutating func fillWithZeros(_ range: Range<Int>) {
    var part = part(range)
    part.update(repeating: 0)
  }

  /// Copies as many bytes as the span holds from the start of `source`, which has at least as many.
  @_lifetime(self: copy self)
  mutating func copy(from source: Span<UInt8>) {
    for index in indices { self[index] = source[index] }
  }
}
