internal import JFFS2

extension InodeAttributes {
  /// The color of the name, as ls(1) has it without `LS_COLORS`; nil for an ordinary file.
  var nameColor: String? {
    switch FileType(mode: mode) {
    case .directory:
      switch mode & 0o1002 {
      case 0o1002: "30;42"
      case 0o2: "34;42"
      case 0o1000: "37;44"
      default: "01;34"
      }
    case .symbolicLink: "01;36"
    case .fifo: "33"
    case .socket: "01;35"
    case .characterDevice, .blockDevice: "01;33"
    case .regular:
      if mode & 0o4000 != 0 {
        "37;41"
      } else if mode & 0o2000 != 0 {
        "30;43"
      } else {
        mode & 0o111 != 0 ? "01;32" : nil
      }
    case nil: "1;31"
    }
  }
}
