/// Reads a line from left to right; white space before what is read is skipped.
struct LineScanner {
  private var rest: Substring

  init(_ line: Substring) { rest = line }

  /// The number here, without a prefix; nil if none is, or one of more than 64 bits.
  mutating func number(radix: Int) -> UInt64? {
    skipSpace()
    let digits = rest.prefix { $0.isASCII && $0.isHexDigit }
    guard let number = UInt64(digits, radix: radix) else { return nil }
    rest = rest.dropFirst(digits.count)
    return number
  }

  /// Whether a text is here, which is passed over then.
  mutating func take(_ text: String) -> Bool {
    skipSpace()
    guard rest.hasPrefix(text) else { return false }
    rest = rest.dropFirst(text.count)
    return true
  }

  /// The text between quotes, up to the line's last one.
  mutating func quoted() -> String? {
    guard take("\""), let end = rest.lastIndex(of: "\"") else { return nil }
    defer { rest = rest[rest.index(after: end)...] }
    return String(rest[..<end])
  }

  /// Moves past the next occurrence of a text; does nothing if there is none.
  mutating func skip(behind text: String) -> Bool {
    var tail = rest
    while !tail.isEmpty {
      if tail.hasPrefix(text) {
        rest = tail.dropFirst(text.count)
        return true
      }
      tail = tail.dropFirst()
    }
    return false
  }

  private mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\t" } }
}
