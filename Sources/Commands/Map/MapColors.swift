internal import JFFS2

/// The colors and characters of the map; the characters differ, so that it can be read without colors.
extension ByteUsage {
  /// The label in the legend.
  var label: String {
    switch self {
    case .live: "live"
    case .reclaimable: "reclaimable"
    case .free: "free"
    case .damaged: "damaged"
    case .foreign: "foreign"
    }
  }

  /// The symbols of a cell: for this use only, and with other uses.
  var characters: (pure: Character, mixed: Character) {
    switch self {
    case .live: ("#", "+")
    case .reclaimable: ("=", "-")
    case .free: (".", ",")
    case .damaged: ("X", "x")
    case .foreign: ("?", "~")
    }
  }

  /// Red, green and blue, distinguished by brightness too.
  var rgb: (red: Int, green: Int, blue: Int) {
    switch self {
    case .live: (46, 160, 97)
    case .reclaimable: (214, 158, 46)
    case .free: (72, 82, 96)
    case .damaged: (224, 60, 60)
    case .foreign: (92, 124, 226)
    }
  }

  /// The nearest of xterm's 256 colors.
  var paletteNumber: Int {
    switch self {
    case .live: 35
    case .reclaimable: 178
    case .free: 239
    case .damaged: 167
    case .foreign: 68
    }
  }

  /// The background of the first eight colors.
  var backgroundNumber: Int {
    switch self {
    case .live: 42
    case .reclaimable: 43
    case .free: 40
    case .damaged: 41
    case .foreign: 44
    }
  }
}

extension TerminalStyle {
  /// The text on the background of a state, or of a mixture where the terminal can show one.
  func painted(_ text: String, _ cell: MapCell) -> String {
    guard colors == .trueColor, cell.bytes[.damaged] == 0, cell.bytes.total > 0 else {
      return painted(text, cell.shown)
    }
    var (red, green, blue) = (0.0, 0.0, 0.0)
    for state in ByteUsage.allCases {
      let share = Double(cell.bytes[state]) / Double(cell.bytes.total)
      red += share * Double(state.rgb.red)
      green += share * Double(state.rgb.green)
      blue += share * Double(state.rgb.blue)
    }
    return painted(text, rgb: (Int(red), Int(green), Int(blue)))
  }

  func painted(_ text: String, _ state: ByteUsage) -> String {
    switch colors {
    case .none: return text
    case .sixteen:
      let foreground = state == .free || state == .damaged || state == .foreign ? 97 : 30
      return "\u{1B}[\(foreground);\(state.backgroundNumber)m\(text)\u{1B}[0m"
    case .palette:
      let foreground = state == .live || state == .reclaimable ? 16 : 231
      return "\u{1B}[38;5;\(foreground);48;5;\(state.paletteNumber)m\(text)\u{1B}[0m"
    case .trueColor: return painted(text, rgb: state.rgb)
    }
  }

  private func painted(_ text: String, rgb: (red: Int, green: Int, blue: Int)) -> String {
    // Dark letters on what is bright to the eye.
    let isBright = rgb.red * 3 + rgb.green * 6 + rgb.blue > 1100
    let foreground = isBright ? "16;20;24" : "240;244;248"
    return "\u{1B}[38;2;\(foreground);48;2;\(rgb.red);\(rgb.green);\(rgb.blue)m\(text)\u{1B}[0m"
  }
}
