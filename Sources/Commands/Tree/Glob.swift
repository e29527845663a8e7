/// A pattern for one name, as in a shell: `*`, `?`, `[…]`, and a backslash before a literal character.
///
/// Names are compared character by character; a byte that is not UTF-8 counts as a separate character. Takes at most as many
/// steps as pattern and name have characters, multiplied.
struct Glob: Sendable {
  private enum Token: Sendable {
    case character(UInt32)
    case anyCharacter
    case anyCharacters
    case set([ClosedRange<UInt32>], isNegated: Bool)
  }

  private let pattern: [UInt8]
  private let tokens: [Token]

  /// A bracket that is never closed is literal.
  init(_ pattern: [UInt8]) {
    self.pattern = pattern
    var tokens: [Token] = []
    var rest = Self.characters(of: pattern)[...]
    while let character = rest.popFirst() {
      switch character {
      case Self.star: tokens.append(.anyCharacters)
      case Self.questionMark: tokens.append(.anyCharacter)
      case Self.backslash: tokens.append(.character(rest.popFirst() ?? character))
      case Self.bracket: tokens.append(Self.set(&rest) ?? .character(character))
      default: tokens.append(.character(character))
      }
    }
    self.tokens = tokens
  }

  /// Whether the name is the pattern itself or fits it.
  func matches(_ name: [UInt8]) -> Bool {
    if name == pattern { return true }
    let name = Self.characters(of: name)
    var (position, token) = (0, 0)
    // After the latest star, and how much of the name it has taken.
    var retry: (token: Int, position: Int)?
    while position < name.count {
      if token < tokens.count, case .anyCharacters = tokens[token] {
        token += 1
        retry = (token, position)
      } else if token < tokens.count, Self.matches(tokens[token], name[position]) {
        token += 1
        position += 1
      } else if let latest = retry {
        (token, position) = (latest.token, latest.position + 1)
        retry = (token, position)
      } else {
        return false
      }
    }
    return tokens[token...].allSatisfy { if case .anyCharacters = $0 { true } else { false } }
  }

  private static let star = UInt32(UInt8(ascii: "*"))
  private static let questionMark = UInt32(UInt8(ascii: "?"))
  private static let backslash = UInt32(UInt8(ascii: "\\"))
  private static let bracket = UInt32(UInt8(ascii: "["))
  private static let closingBracket = UInt32(UInt8(ascii: "]"))
  private static let hyphen = UInt32(UInt8(ascii: "-"))
  private static let negations = [UInt32(UInt8(ascii: "!")), UInt32(UInt8(ascii: "^"))]

  private static func matches(_ token: Token, _ character: UInt32) -> Bool {
    switch token {
    case .character(let wanted): character == wanted
    case .anyCharacter: true
    case .anyCharacters: false
    case .set(let ranges, let isNegated):
      ranges.contains { $0.contains(character) } != isNegated
    }
  }

  /// Takes a set from after its opening bracket to its closing one; nothing where there is none.
  private static func set(_ rest: inout ArraySlice<UInt32>) -> Token? {
    var set = rest
    let isNegated = set.first.map(negations.contains) ?? false
    if isNegated { set.removeFirst() }
    var ranges: [ClosedRange<UInt32>] = []
    while var first = set.popFirst() {
      // A closing bracket that comes first is one of the set.
      if first == closingBracket, !ranges.isEmpty {
        rest = set
        return .set(ranges, isNegated: isNegated)
      }
      if first == backslash, let quoted = set.popFirst() { first = quoted }
      var last = first
      if set.first == hyphen, let end = set.dropFirst().first, end != closingBracket {
        set.removeFirst(2)
        last = end
      }
      // A range the wrong way round holds nothing, as in a shell, but is there.
      ranges.append(first <= last ? first...last : UInt32.max...UInt32.max)
    }
    return nil
  }

  /// The scalars of the text; bytes that are not UTF-8 get numbers above all scalars.
  private static func characters(of bytes: [UInt8]) -> [UInt32] {
    if let text = String(validating: bytes, as: UTF8.self) {
      return text.unicodeScalars.map(\.value)
    }
    return bytes.map { $0 < 0x80 ? UInt32($0) : 0x11_0000 + UInt32($0) }
  }
}
