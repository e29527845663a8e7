internal import Storage

/// A result of one check of the doctor.
struct Finding: Equatable, Sendable {
  enum Standing: String, Sendable {
    case fine = "ok"
    /// No obstacle, but something will not work.
    case note
    /// The reason why a mount fails.
    case problem
  }

  let standing: Standing
  let text: String
  /// The suggested fix.
  let advice: String?

  static func fine(_ text: String) -> Finding {
    Finding(standing: .fine, text: text, advice: nil)
  }

  static func note(_ text: String, advice: String) -> Finding {
    Finding(standing: .note, text: text, advice: advice)
  }

  static func problem(_ text: String, advice: String) -> Finding {
    Finding(standing: .problem, text: text, advice: advice)
  }

  /// One line, and a second with the advice below it.
  var lines: String {
    let mark = standing.rawValue
    let first = mark + String(repeating: " ", count: 9 - mark.utf8.count) + text.visible + "\n"
    return first + (advice.map { "         " + $0.visible + "\n" } ?? "")
  }
}
