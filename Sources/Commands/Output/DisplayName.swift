internal import Glibc
internal import Storage
internal import Support

/// Names from an image as they are written: the bytes themselves, or, for a terminal, without the control characters that a
/// hostile image could steer it with.
package struct DisplayName: Sendable {
  private let isEscaped: Bool

  /// - Parameter isEscaped: Whether control characters and bytes that are not UTF-8 become backslashes with octal digits.
  package init(isEscaped: Bool) { self.isEscaped = isEscaped }

  /// Returns the style for a descriptor: escaped only on a terminal, like ls(1).
  package static func `for`(_ output: BufferedOutput) -> DisplayName {
    DisplayName(isEscaped: isatty(output.descriptor) == 1)
  }

  /// The style for messages, which may be shown on a terminal.
  package static let inMessages = DisplayName(isEscaped: true)

  /// The bytes to write for a name, a path or a link's target.
  package func bytes(_ name: [UInt8]) -> [UInt8] { isEscaped ? Array(escaped(name).utf8) : name }

  /// The name as text of one line.
  package func text(_ name: [UInt8]) -> String {
    isEscaped ? escaped(name) : String(decoding: name, as: UTF8.self)
  }

  /// The number of columns that the name takes on a terminal.
  func width(_ name: [UInt8]) -> Int {
    let shown = text(name)
    return shown.utf8.allSatisfy { $0 < 0x80 }
      ? shown.utf8.count : shown.reduce(0) { $0 + ($1.isWide ? 2 : 1) }
  }

  private func escaped(_ name: [UInt8]) -> String {
    guard let text = String(validating: name, as: UTF8.self) else {
      return name.map { 0x20..<0x7F ~= $0 ? String(UnicodeScalar($0)) : Self.octal($0) }.joined()
    }
    guard text.unicodeScalars.contains(where: \.isControl) else { return text }
    return text.unicodeScalars.map { scalar in
      scalar.isControl ? String(scalar).utf8.map(Self.octal).joined() : String(scalar)
    }.joined()
  }

  private static func octal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
  }
}

extension Character {
  /// Whether it takes two columns: East Asian letters and pictures.
  fileprivate var isWide: Bool {
    guard let first = unicodeScalars.first else { return false }
    return switch first.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
