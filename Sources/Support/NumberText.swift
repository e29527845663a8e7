extension BinaryInteger {
  /// The number in hexadecimal, with `0x` in front.
  package var hexadecimal: String { "0x" + String(self, radix: 16) }
}
