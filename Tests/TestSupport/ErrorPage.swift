internal import Foundation

/// The page for users that lists every message, `docs/errors.md`.
package struct ErrorPage {
  /// A message as the page quotes it.
  package struct Message: Hashable, Sendable {
    package let text: String

    /// Whether a line says this: all that does not vary, in the same order.
    package func matches(_ line: String) -> Bool {
      var rest = line[...]
      for part in text.split(separator: "…") {
        guard let place = rest.range(of: part) else { return false }
        rest = rest[place.upperBound...]
      }
      return true
    }
  }

  package let messages: [Message]

  package init() throws {
    let page = packageFolder.appending(path: "docs/errors.md")
    let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
    messages = lines.compactMap { line in
      guard line.hasPrefix("| `"), let end = line.range(of: "` |") else { return nil }
      return Message(text: String(line[line.index(line.startIndex, offsetBy: 3)..<end.lowerBound]))
    }
  }

  /// Whether the page has the line.
  package func explains(_ line: String) -> Bool { messages.contains { $0.matches(line) } }
}
