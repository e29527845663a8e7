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
