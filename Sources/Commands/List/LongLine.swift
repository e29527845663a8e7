internal import JFFS2

/// The text of `ls -l` before a name.
struct LongLine {
  /// The fields before the time: permissions, links, owner, group, size.
  private let fields: [String]
  private let time: String

  /// - Parameters:
  ///   - attributes: Question marks replace what cannot be read.
  ///   - isHumanReadable: Whether the size has a unit.
  init(_ attributes: InodeAttributes?, isHumanReadable: Bool) {
    guard let attributes else {
      fields = ["??????????", "?", "?", "?", "?"]
      time = "????-??-?? ??:??"
      return
    }
    let size =
      attributes.device.map { "\($0.major), \($0.minor)" }
      ?? (isHumanReadable ? NumberFormat.human(attributes.size) : "\(attributes.size)")
    fields = [
      Self.permissions(attributes.mode), "\(attributes.linkCount)", "\(attributes.uid)",
      "\(attributes.gid)", size,
    ]
    time = ImageTime(attributes.modificationTime).minutes
  }

  /// The widths of the columns, which fit most files; with units sizes are short.
  static func minimumWidths(isHumanReadable: Bool) -> [Int] {
    [10, 3, 5, 5, isHumanReadable ? 5 : 10]
  }

  /// Makes the columns as wide as the fields need.
  func widen(_ widths: inout [Int]) {
    for (column, field) in fields.enumerated() {
      widths[column] = max(widths[column], field.utf8.count)
    }
  }

  /// The line in columns, with a space at its end.
  func text(_ widths: [Int]) -> String {
    zip(fields, widths).map { field, width in
      String(repeating: " ", count: max(0, width - field.utf8.count)) + field + " "
    }.joined() + time + " "
  }

  /// The ten characters for a mode, such as `drwxr-sr-x`.
  static func permissions(_ mode: UInt16) -> String {
    let type: Character =
      switch FileType(mode: mode) {
      case .fifo: "p"
      case .characterDevice: "c"
      case .directory: "d"
      case .blockDevice: "b"
      case .regular: "-"
      case .symbolicLink: "l"
      case .socket: "s"
      case nil: "?"
      }
    var text = String(type)
    for (shift, special, letter) in [(6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")] {
      let bits = mode >> UInt16(shift)
      text += bits & 4 != 0 ? "r" : "-"
      text += bits & 2 != 0 ? "w" : "-"
      let isSpecial = mode & UInt16(special) != 0
      if isSpecial {
        text += bits & 1 != 0 ? letter : letter.uppercased()
      } else {
        text += bits & 1 != 0 ? "x" : "-"
      }
    }
    return text
  }
}
