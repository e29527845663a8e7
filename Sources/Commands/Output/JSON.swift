package import FirmwareAccess
internal import FoundationEssentials
internal import Support

/// JSON as all commands write it: keys in the order of the alphabet, words in them joined by underscores.
package enum JSON {
  /// The version of the vocabulary, which every object at the top has as `format_version`.
  static let formatVersion = 1

  /// One object over several lines, with the version and a newline at its end.
  package static func document(_ content: some Encodable) throws(ProgramError) -> String {
    try encode(
      Document(content: content), [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
  }

  /// The same on one line.
  package static func documentLine(_ content: some Encodable) throws(ProgramError) -> String {
    try line(Document(content: content))
  }

  /// An error as one object on a line.
  package static func error(
    _ message: String, _ status: ExitStatus
  ) throws(ProgramError) -> String {
    try documentLine(ErrorReport(error: message, exitCode: status.rawValue))
  }

  /// One line, with a newline at its end.
  package static func line(_ value: some Encodable) throws(ProgramError) -> String {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func encode(
    _ value: some Encodable, _ format: JSONEncoder.OutputFormatting
  ) throws(ProgramError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = format
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      return escapingControlCharacters(String(decoding: try encoder.encode(value), as: UTF8.self))
        + "\n"
    } catch {
      throw ProgramError("cannot write JSON: \(error)", .failure)
    }
  }

  /// The same JSON without characters that a terminal might interpret; the encoder has escaped those below 0x20.
  private static func escapingControlCharacters(_ json: String) -> String {
    guard json.utf8.contains(where: { $0 >= 0x7F }) else { return json }
    var escaped = ""
    for scalar in json.unicodeScalars {
      if scalar.value >= 0x7F, scalar.isControl {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private struct ErrorReport: Encodable {
    let error: String
    let exitCode: Int32
  }

  /// An object with the version of the vocabulary.
  private struct Document<Content: Encodable>: Encodable {
    private enum CodingKeys: CodingKey { case formatVersion }

    let content: Content

    func encode(to encoder: any Encoder) throws {
      try content.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(JSON.formatVersion, forKey: .formatVersion)
    }
  }
}

extension [UInt8] {
  /// A path of the image as JSON has it: names from the root on, without a slash in front; the root is `.`.
  var jsonPath: [UInt8] { isEmpty ? [UInt8(ascii: ".")] : self }

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
