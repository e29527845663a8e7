internal import Glibc

/// The words of a command line as a shell reads them, without quotes, for completions.
package enum ShellWords {
  /// The words of a line that is being typed. The last one, which may be empty, is unfinished.
  package static func split(_ line: String) -> [String] {
    var reader = Reader(line)
    return reader.words(splitsAtSpaces: true)
  }

  /// One word without its quotes.
  package static func unquoted(_ word: String) -> String {
    var reader = Reader(word)
    return reader.words(splitsAtSpaces: false)[0]
  }

  private struct Reader {
    private var rest: Substring.UnicodeScalarView
    private var word = String.UnicodeScalarView()

    init(_ text: String) { rest = Substring(text).unicodeScalars }

    mutating func words(splitsAtSpaces: Bool) -> [String] {
      var words: [String] = []
      var isInWord = false
      while let scalar = rest.popFirst() {
        if splitsAtSpaces, scalar == " " || scalar == "\t" || scalar == "\n" {
          if isInWord { words.append(take()) }
          isInWord = false
          continue
        }
        if !isInWord, scalar == "~", rest.first == "/", let home = homeDirectory() {
          word.append(contentsOf: home.unicodeScalars)
        } else {
          takeScalar(scalar)
        }
        isInWord = true
      }
      return words + [take()]
    }

    private mutating func takeScalar(_ scalar: Unicode.Scalar) {
      switch scalar {
      case "\\":
        if let next = rest.popFirst() { word.append(next) }
      case "'":
        while let next = rest.popFirst(), next != "'" { word.append(next) }
      case "\"":
        while let next = rest.popFirst(), next != "\"" {
          let isEscape = next == "\\" && rest.first.map("\"\\$`".unicodeScalars.contains) == true
          word.append(isEscape ? rest.removeFirst() : next)
        }
      default: word.append(scalar)
      }
    }

    private mutating func take() -> String {
      defer { word = String.UnicodeScalarView() }
      return String(word)
    }

    private func homeDirectory() -> String? {
      unsafe getenv("HOME").map { unsafe String(cString: $0) }
    }
  }
}
