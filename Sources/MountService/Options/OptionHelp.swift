/// An option in the help text and in the completions.
package struct OptionHelp: Sendable {
  /// As it is written, each way: `-h`, `--help`, `-o offset=SIZE`.
  package let spellings: [String]
  /// The description in one line.
  package let meaning: String

  init(_ spellings: String..., meaning: String) {
    self.spellings = spellings
    self.meaning = meaning
  }

  /// The ways to write it that begin with a separate dash, for example `-h` and `--help`.
  package var flags: [String] { spellings.filter { !$0.hasPrefix("-o ") } }

  /// An option after `-o`.
  package var mountOptions: [MountOption] {
    spellings.filter { $0.hasPrefix("-o ") }.map { MountOption($0.dropFirst("-o ".count)) }
  }

  /// An option after `-o`, as the help text spells it.
  package struct MountOption: Sendable, Equatable {
    /// The name before `=`.
    package let name: String
    /// The placeholder of the value, such as `SIZE`; nil for an option without one.
    package let placeholder: String?
    /// The possible values, if there are few, such as `yes` and `no`.
    package let choices: [String]

    init(_ spelling: Substring) {
      let parts = spelling.split(separator: "=", maxSplits: 1)
      name = parts.first.map(String.init) ?? ""
      placeholder = parts.count == 2 ? String(parts[1]) : nil
      let alternatives = parts.count == 2 ? parts[1].split(separator: "|").map(String.init) : []
      choices = alternatives.count > 1 ? alternatives : []
    }
  }
}
