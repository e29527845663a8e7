import ArgumentParser
import Commands
import Support
import SystemPackage

/// Checks of a command line that the parser does not make.
enum CommandLineCheck {
  /// - Throws: `ValidationError`, or what the parser throws.
  static func run(_ arguments: [String]) throws {
    guard let word = arguments.first else { return }
    try checkValues(arguments)
    if !word.hasPrefix("-"), word != "help" { try check(command: word, arguments) }
    if word == "help", arguments.count > 1, !arguments[1].hasPrefix("-") {
      try check(command: arguments[1], arguments)
    }
    try checkOutput(arguments)
    try checkRepetition(arguments)
    try checkOnlyOptions(arguments)
  }

  /// Whether a command has `--version`, which is a number in one of them.
  static func asksForVersion(_ arguments: [String]) -> Bool {
    arguments[0] == "--version"
      || arguments.count == 2 && arguments[0] != "cat" && arguments[1] == "--version"
  }

  /// The words of a command line, with `--color` alone as `--color=always`, as in GNU ls.
  static func completed(_ words: some Collection<String>) -> [String] {
    var arguments = Array(words)
    let end = arguments.firstIndex(of: "--") ?? arguments.count
    for index in 0..<end where arguments[index] == "--color" {
      let next = index + 1 < end ? arguments[index + 1] : ""
      if TerminalStyle.Choice(argument: next) == nil { arguments[index] = "--color=always" }
    }
    return arguments
  }

  private static let names = JFFS2Command.configuration.subcommands.compactMap {
    $0.configuration.commandName
  }

  /// The text for a command line without anything.
  static var usage: String {
    """
    Usage: jffs2 <command> [<options>] <firmware> ...
    Commands: \(names.joined(separator: ", "))
    See 'jffs2 --help' for more information.

    """
  }

  /// Other programs' names for what the commands do.
  private static let synonyms = [
    "list": "ls", "dir": "ls", "tree": "ls -R", "find": "ls -R", "show": "info", "file": "info",
    "partitions": "info", "parts": "info", "print": "cat", "type": "cat", "get": "extract",
    "unpack": "extract", "x": "extract", "unzip": "extract", "tar": "export", "archive": "export",
    "log": "history", "deleted": "history --deleted", "undelete": "extract --history",
    "recover": "extract --history", "compare": "diff", "create": "pack", "make": "pack",
    "mkfs": "pack", "repack": "pack", "rebuild": "pack", "check": "verify", "fsck": "verify",
    "test": "verify", "carve": "unwrap --all", "split": "unwrap --all", "version": "--version",
  ]

  /// The parser would call the word and all that follows unexpected arguments.
  private static func check(command word: String, _ arguments: [String]) throws {
    guard !names.contains(word) else { return }
    if word == "mount" || word == "umount" || word == "unmount" {
      let use = word == "mount" ? "FIRMWARE [MOUNTPOINT]" : "--unmount MOUNTPOINT"
      throw ValidationError("\(word): no such command; use: jffs2fuse \(use)")
    }
    if word == "grep" {
      throw ValidationError("grep: no such command; search in a mount (jffs2fuse) or an extraction")
    }
    let lowercase = word.lowercased()
    let meant =
      synonyms[lowercase] ?? names.nearest(to: word)
      ?? synonyms.keys.sorted().nearest(to: word).flatMap { synonyms[$0] }
    if let meant {
      throw ValidationError("\(word): no such command; did you mean jffs2 \(meant)?")
    }
    if let file = try? FileDescriptor.open(FilePath(word), .readOnly, options: .nonBlocking) {
      try? file.close()
      let rest = arguments.dropFirst().first.flatMap { names.contains($0) ? $0 : nil }
      throw ValidationError(
        "\(word): no such command; the command comes first: jffs2 \(rest ?? "info") \(word.shellQuoted)"
      )
    }
    throw ValidationError("\(word): no such command; see jffs2 --help")
  }

  /// The commands that write a file take its name with `-o`, where an option in the spelling of `jffs2fuse` would become a file.
  private static func checkOutput(_ arguments: [String]) throws {
    guard ["export", "unwrap", "pack"].contains(arguments[0]),
      let value = MountSpelling.value(in: arguments.prefix { $0 != "--" }),
      let meant = MountSpelling.translation(value)
    else { return }
    throw ValidationError(
      "-o \(value): options are written \(meant) here; for a file of this name: -o ./\(value)")
  }

  /// The parser would take the word after `--partition=` for the value, and an empty path is none of the image.
  private static func checkValues(_ arguments: [String]) throws {
    // The shell's request for completions.
    if arguments[0].hasPrefix("---") { return }
    if arguments.contains("") { throw ValidationError("an argument is empty") }
    if let option = arguments.prefix(while: { $0 != "--" })
      .first(where: { $0.hasPrefix("--") && $0.firstIndex(of: "=") == $0.indices.last })
    {
      throw ValidationError("\(option): the value is missing")
    }
  }

  /// The options that may be given several times.
  private static let repeatable: Set<String> = [
    "drop", "ino", "mode", "owner", "path", "state", "type",
  ]

  /// The parser would use the last value.
  private static func checkRepetition(_ arguments: [String]) throws {
    var names: Set<Substring> = []
    for word in arguments.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
      let name = word.dropFirst(2).prefix { $0 != "=" }
      guard !names.insert(name).inserted, !repeatable.contains(String(name)) else { continue }
      let options = OptionName.all(of: JFFS2Command.command(named: arguments[0]))
      if options.contains(where: { $0.name == name && $0.takesValue }) {
        throw ValidationError("--\(name) is given more than once")
      }
    }
  }

  /// Help asked for together with an option that does not exist would hide that error.
  private static func checkOnlyOptions(_ arguments: [String]) throws {
    let options = arguments.prefix { $0 != "--" }
    guard options.contains("--help") || arguments.count == 2 else { return }
    let known = OptionName.all(of: JFFS2Command.command(named: arguments[0]))
    for option in options where option.hasPrefix("-") && option.count > 1 {
      guard let unknown = OptionName.unknown(in: option, known) else { continue }
      throw ValidationError("Unknown option '\(unknown)'")
    }
  }
}

/// A name of an option of a command.
struct OptionName {
  /// Without dashes.
  let name: String
  let takesValue: Bool

  /// All of a command, or of the program, from its help.
  static func all(of command: (any ParsableCommand.Type)?) -> [OptionName] {
    let help =
      command.map { JFFS2Command.helpMessage(for: $0, columns: 1000) }
      ?? JFFS2Command.helpMessage(columns: 1000)
    return help.split(separator: "\n").filter { $0.hasPrefix("  -") }.flatMap { line in
      let words = line.split(separator: " ")
      let names = words.prefix { $0.hasPrefix("-") }
      let takesValue = words.dropFirst(names.count).first?.hasPrefix("<") == true
      return names.map { name in
        OptionName(
          name: String(name.drop { $0 == "-" }.replacing(",", with: "")), takesValue: takesValue)
      }
    }
  }

  /// The option that is not known in a word of a command line, where letters may be joined, and a value may follow them.
  static func unknown(in word: String, _ known: [OptionName]) -> String? {
    if word.hasPrefix("--") {
      let name = word.dropFirst(2).prefix { $0 != "=" }
      return known.contains { $0.name == name } ? nil : "--\(name)"
    }
    for letter in word.dropFirst() {
      guard let option = known.first(where: { $0.name == String(letter) }) else {
        return "-\(letter)"
      }
      if option.takesValue { return nil }
    }
    return nil
  }
}
