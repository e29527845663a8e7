internal import JFFS2

/// A line that is put together field by field, in one buffer for all lines: a listing may have millions.
struct LineBuffer {
  private(set) var bytes: [UInt8] = []

  private static let digits = Array("0123456789abcdef".utf8)

  mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  mutating func append(_ text: StaticString) {
    // Sound: a static string lives forever.
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(byte: UInt8) { bytes.append(byte) }

  mutating func append(bytes more: [UInt8]) { bytes += more }

  mutating func append(_ more: Span<UInt8>) {
    // Sound: the bytes are copied during the call.
    unsafe more.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }

  /// A number in decimal.
  mutating func append(_ value: some FixedWidthInteger & UnsignedInteger) {
    if value >= 10 { append(value / 10) }
    bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
  }

  /// Appends a number in lower-case hexadecimal, with leading zeros.
  mutating func append(hex value: UInt32, width: Int) {
    for place in (0..<width).reversed() {
      bytes.append(Self.digits[Int(value >> UInt32(4 * place) & 0xF)])
    }
  }

  /// Spaces up to a column counted from 0, and at least one.
  mutating func pad(to column: Int) {
    bytes.append(contentsOf: repeatElement(0x20, count: max(1, column - bytes.count)))
  }

  /// A name in quotation marks, escaped so that it stays on one line for any bytes.
  mutating func append(quoted name: [UInt8]) {
    append("\"")
    append(DisplayName.inMessages.text(name))
    append("\"")
  }

  /// Text as a JSON string, U+FFFD for what is not UTF-8.
  mutating func append(json text: [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.hexUnlessText == nil ? text : Array(text.text.utf8) {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20, 0x7F:
        append("\\u")
        append(hex: UInt32(byte), width: 4)
      default:
        bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
