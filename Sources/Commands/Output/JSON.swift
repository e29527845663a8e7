internal import FoundationEssentials

/// JSON as all commands write it: keys in the order of the alphabet, words in them joined by underscores.
package enum JSON {
  /// One document over several lines, with a newline at its end.
  package static func document(_ value: some Encodable) throws(CommandFailure) -> String {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
  }

  /// One line, with a newline at its end.
  package static func line(_ value: some Encodable) throws(CommandFailure) -> String {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func encode(
    _ value: some Encodable, _ format: JSONEncoder.OutputFormatting
  ) throws(CommandFailure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = format
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    } catch {
      throw CommandFailure("cannot write JSON: \(error)", .unreadable)
    }
  }
}

extension [UInt8] {
  /// The bytes as text, with U+FFFD for what is not UTF-8.
  package var text: String { String(decoding: self, as: UTF8.self) }

  /// The bytes in lower-case hexadecimal where they are not UTF-8 and ``text`` loses something, or nil.
  package var hexUnlessText: String? { String(validating: self, as: UTF8.self) == nil ? hex : nil }

  /// The bytes in lower-case hexadecimal.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
  }
}
