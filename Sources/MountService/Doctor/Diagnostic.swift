internal import Storage
internal import Support

/// The result of one check.
struct Diagnostic: Equatable, Sendable {
  enum Severity: String, Sendable {
    case fine = "ok"
    /// No obstacle, but something will not work.
    case note
    /// The reason why a mount fails.
    case problem
  }

  let severity: Severity
  let text: String
  /// What to do about it.
  let advice: String?

  static func fine(_ text: String) -> Diagnostic {
    Diagnostic(severity: .fine, text: text, advice: nil)
  }

  static func note(_ text: String, advice: String) -> Diagnostic {
    Diagnostic(severity: .note, text: text, advice: advice)
  }

  static func problem(_ text: String, advice: String) -> Diagnostic {
    Diagnostic(severity: .problem, text: text, advice: advice)
  }

  /// One line, and a second with the advice below it.
  var lines: String {
    let mark = severity.rawValue
    let first =
      mark + String(repeating: " ", count: 9 - mark.utf8.count) + text.escapingControlCharacters
      + "\n"
    return first + (advice.map { "         " + $0.escapingControlCharacters + "\n" } ?? "")
  }
}
