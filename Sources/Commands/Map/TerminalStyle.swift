internal import CLinux
internal import FoundationEssentials
internal import Glibc

/// The capabilities of an output: the number of colors and the width of a line.
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

  package init(colors: Colors, width: Int) {
    self.colors = colors
    self.width = max(20, width)
  }

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
