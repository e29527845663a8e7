internal import JFFS2

/// A path at which the new file system differs from the old one.
struct PackChange: Sendable {
  enum Kind: String, Sendable {
    case added, removed, changed
  }

  /// From the root on, without a slash in front; empty for the root.
  let path: [UInt8]
  let kind: Kind
  /// The differences, such as `contents` or `mode 644 -> 755`; empty unless the path is in both.
  var aspects: [String] = []

  /// The line for a person, as `jffs2 diff` writes it, with a newline.
  func line(_ names: DisplayName) -> [UInt8] {
    let sign =
      switch kind {
      case .added: "+"
      case .removed: "-"
      case .changed: "~"
      }
    let shown = path.isEmpty ? [UInt8(ascii: ".")] : names.bytes(path)
    let rest = aspects.isEmpty ? "" : ": " + aspects.joined(separator: ", ")
    return Array("\(sign) ".utf8) + shown + Array("\(rest)\n".utf8)
  }
}

extension PackChange: Encodable {
  private enum CodingKeys: String, CodingKey {
    case path, pathHex, change, aspects
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let path = path.isEmpty ? [UInt8(ascii: ".")] : path
    try container.encode(path.text, forKey: .path)
    try container.encodeIfPresent(path.hexUnlessText, forKey: .pathHex)
    try container.encode(kind.rawValue, forKey: .change)
    if !aspects.isEmpty { try container.encode(aspects, forKey: .aspects) }
  }
}
