internal import CLinux
internal import FoundationEssentials
internal import Glibc

/// The style of an output: the number of colors, the width of a line, and how sizes are written.
package struct TerminalStyle: Equatable, Sendable {
  package enum Colors: Equatable, Sendable {
    case none, sixteen, palette, trueColor
  }

  /// When to color.
  package enum Choice: String, CaseIterable, Sendable {
    case auto, always, never
  }

  package let colors: Colors
  /// The characters of a line.
  package let width: Int
  /// Whether sizes are numbers of bytes, not of binary units.
  package var showsBytes = false

  package init(colors: Colors, width: Int) {
    self.colors = colors
    self.width = max(20, width)
  }

  /// Text without colors.
  package static let plain = TerminalStyle(colors: .none, width: 80)

  /// By the environment: `NO_COLOR` (no-color.org), `TERM`, `COLORTERM`, `COLUMNS`.
  ///
  /// - Parameters:
  ///   - isTerminal: Whether people see the output as it comes.
  ///   - terminalWidth: What the terminal says of itself, or 0.
  package init(
    _ choice: Choice, environment: [String: String], isTerminal: Bool, terminalWidth: Int
  ) {
    let term = environment["TERM"] ?? ""
    let isWanted =
      switch choice {
      case .always: true
      case .never: false
      case .auto:
        isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && !term.isEmpty && term != "dumb"
      }
    let colors: Colors =
      if !isWanted {
        .none
      } else if ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") {
        .trueColor
      } else {
        term.contains("256color") ? .palette : .sixteen
      }
    let given = environment["COLUMNS"].flatMap { Int($0) } ?? 0
    let width = given > 0 ? given : terminalWidth > 0 ? terminalWidth : 80
    self.init(colors: colors, width: min(width, 1000))
  }

  /// The style for standard output.
  package static func ofStandardOutput(_ choice: Choice) -> TerminalStyle {
    TerminalStyle(
      choice, environment: ProcessInfo.processInfo.environment, isTerminal: isatty(1) == 1,
      terminalWidth: Int(clinux_terminal_columns(1)))
  }
}

extension TerminalStyle {
  /// The text with the attributes of a control sequence, such as `1;31`.
  func styled(_ text: String, _ attributes: String) -> String {
    colors == .none || text.isEmpty ? text : "\u{1B}[\(attributes)m\(text)\u{1B}[0m"
  }

  /// A text about damage, in red.
  func damage(_ text: String) -> String { styled(text, "1;31") }

  /// A heading, in bold.
  func heading(_ text: String) -> String { styled(text, "1") }

  /// A number of bytes, such as `64 KiB`.
  func size(_ count: UInt64) -> String {
    showsBytes ? "\(count) B" : NumberFormat.bytes(count)
  }
}
