internal import JFFS2

/// The text of `ls -l` before a name.
struct LongLine {
  let text: String

  /// - Parameter attributes: Question marks stand for what cannot be read.
  init(_ attributes: Result<InodeAttributes, JFFS2Error>) {
    guard case .success(let attributes) = attributes else {
      text = "??????????   ?     ?     ?          ? ????-??-?? ??:?? "
      return
    }
    let size =
      attributes.device.map { "\($0.major), \($0.minor)" } ?? "\(attributes.size)"
    text =
      Self.permissions(attributes.mode) + " " + Self.padded("\(attributes.linkCount)", 3) + " "
      + Self.padded("\(attributes.uid)", 5) + " " + Self.padded("\(attributes.gid)", 5) + " "
      + Self.padded(size, 10) + " " + ImageTime(attributes.modificationTime).minutes + " "
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
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
