internal import FoundationEssentials
internal import JFFS2
internal import Support

/// The colors of names: those of ls(1), changed by the environment variable `LS_COLORS`.
package struct FileColors: Sendable {
  /// Attributes of control sequences, such as `01;34`, by the two letters that dircolors(1) has for a type.
  private var types = [
    "di": "01;34", "ow": "34;42", "st": "37;44", "tw": "30;42", "ln": "01;36", "pi": "33",
    "so": "01;35", "cd": "01;33", "bd": "01;33", "su": "37;41", "sg": "30;43", "ex": "01;32",
  ]
  /// The colors of regular files by the end of the name in lower case; the last of several applies.
  private var suffixes: [(suffix: [UInt8], color: String)] = []

  /// - Parameter variable: The value of `LS_COLORS`. What has no meaning here is passed over.
  package init(parsing variable: String? = nil) {
    for entry in (variable ?? "").split(separator: ":") {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1].utf8.allSatisfy({ Self.attributes.contains($0) }) else {
        continue
      }
      let color = String(parts[1])
      if parts[0].hasPrefix("*") {
        suffixes.append((parts[0].dropFirst().utf8.map(\.lowercased), color))
      } else {
        types[String(parts[0])] = color
      }
    }
  }

  /// The colors for the running program.
  package static var ofEnvironment: FileColors {
    FileColors(parsing: ProcessInfo.processInfo.environment["LS_COLORS"])
  }

  private static let attributes = "0123456789;".utf8

  /// The attributes for a name; nil for one without a color.
  func color(of name: [UInt8], _ attributes: InodeAttributes) -> String? {
    let mode = attributes.mode
    func first(_ candidates: [(isOfType: Bool, key: String)]) -> String? {
      candidates.lazy.filter(\.isOfType).compactMap { type($0.key) }.first
    }
    return switch FileType(mode: mode) {
    case .directory:
      first([
        (mode & 0o1002 == 0o1002, "tw"), (mode & 0o2 != 0, "ow"), (mode & 0o1000 != 0, "st"),
        (true, "di"),
      ])
    case .symbolicLink: type("ln")
    case .fifo: type("pi")
    case .socket: type("so")
    case .characterDevice: type("cd")
    case .blockDevice: type("bd")
    case .regular:
      first([
        (mode & 0o4000 != 0, "su"), (mode & 0o2000 != 0, "sg"), (mode & 0o111 != 0, "ex"),
        (attributes.linkCount > 1, "mh"),
      ]) ?? suffixColor(of: name) ?? type("fi")
    case nil: "1;31"
    }
  }

  /// The color of a type; nil if it has none.
  private func type(_ key: String) -> String? {
    types[key].flatMap(Self.visible)
  }

  private static func visible(_ color: String) -> String? {
    color.contains { $0 != "0" } ? color : nil
  }

  private func suffixColor(of name: [UInt8]) -> String? {
    guard !suffixes.isEmpty else { return nil }
    let name = name.map(\.lowercased)
    return suffixes.last { name.reversed().starts(with: $0.suffix.reversed()) }
      .flatMap { Self.visible($0.color) }
  }
}

extension UInt8 {
  /// The byte with an ASCII letter in lower case.
  fileprivate var lowercased: UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self + 32 : self
  }
}
