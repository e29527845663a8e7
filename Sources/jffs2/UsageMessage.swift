import ArgumentParser
import Commands
import Glibc
import Support

/// The error in a command line, in one line with a hint.
struct UsageMessage {
  let text: String

  /// - Parameters:
  ///   - message: The parser's, or that of a command that rejects its options.
  ///   - arguments: The command line without the program's name.
  init(_ message: String, _ arguments: [String]) {
    let command = JFFS2Command.command(named: arguments.first ?? "")
    var message = message
    if message.hasSuffix(".") { message.removeLast() }
    if let option = Self.quoted(in: message, after: "Unknown option ") {
      text = "\(option): unknown option" + Self.hint(option, command, arguments)
      return
    }
    message = message.replacing(". Please provide one of", with: "; use one of")
      .replacing(" of the following:\n  - ", with: " of ").replacing("\n  - ", with: ", ")
    for problem in ["Missing value for", "Missing expected", "Unexpected argument", "The value"]
    where message.hasPrefix(problem) {
      message = problem.prefix(1).lowercased() + message.dropFirst()
    }
    if message.hasPrefix("missing expected") {
      let wantsHelp = arguments.contains("-h") && command != ListCommand.self
      message +=
        wantsHelp
        ? Self.help(command) : "; " + (Self.fileLikeOption(arguments) ?? Self.usage(command))
    } else if message.contains("nexpected argument") {
      let path = Self.quoted(in: message, after: "unexpected argument ")
      message +=
        command == NodesCommand.self && path != nil
        ? "; did you mean --path \(path?.shellQuoted ?? "")?" : Self.help(command)
    }
    text = message
  }

  /// The hint for a file whose name looks like options.
  private static func fileLikeOption(_ arguments: [String]) -> String? {
    let name = arguments.dropFirst().first {
      unsafe $0.hasPrefix("-") && $0 != "-" && access($0, F_OK) == 0
    }
    return name.map { "for the file \($0): ./\($0)" }
  }

  /// The usage of a command in one line, or of the program.
  static func usage(_ command: (any ParsableCommand.Type)?) -> String {
    guard let command else { return "usage: jffs2 <command> [<options>] <firmware> ..." }
    return "usage: " + JFFS2Command.usageString(for: command)
  }

  private static func help(_ command: (any ParsableCommand.Type)?) -> String {
    let name = command?.configuration.commandName.map { " \($0)" } ?? ""
    return "; see jffs2\(name) --help"
  }

  /// The hint for an unknown option.
  private static func hint(
    _ option: String, _ command: (any ParsableCommand.Type)?, _ arguments: [String]
  ) -> String {
    let meant: String?
    switch option {
    case "-h": meant = "--help"
    case _ where option.hasPrefix("-o"):
      let value = MountSpelling.value(in: arguments)
      meant =
        value.flatMap(MountSpelling.translation)
        ?? value.flatMap { value in
          command == ExtractCommand.self
            ? "-C \(value.shellQuoted)"
            : command == CatCommand.self ? "> \(value.shellQuoted)" : nil
        }
    case _ where option.hasPrefix("--"):
      let word = String(option.dropFirst(2))
      meant = OptionName.all(of: command).map(\.name).nearest(to: word).map { "--\($0)" }
    default: meant = nil
    }
    return meant.map { "; did you mean \($0)?" } ?? help(command)
  }

  private static func quoted(in message: String, after prefix: String) -> String? {
    guard message.hasPrefix(prefix + "'") else { return nil }
    let rest = message.dropFirst(prefix.count + 1)
    return rest.firstIndex(of: "'").map { String(rest[..<$0]) }
  }
}

/// The options for reading a firmware as `jffs2fuse` takes them: `-o partition=config`.
enum MountSpelling {
  private static let names = [
    "offset", "image_offset", "length", "mtdparts", "partition", "member", "oob", "endian",
    "erase_size", "max_unpacked", "damaged",
  ]

  /// The argument of `-o`.
  static func value(in arguments: some Collection<String>) -> String? {
    var isNext = false
    for argument in arguments {
      if isNext { return argument }
      guard argument.hasPrefix("-o") else { continue }
      if argument.count > 2 { return String(argument.dropFirst(2)) }
      isNext = true
    }
    return nil
  }

  /// The same options as `jffs2` takes them; nil if not all are for reading a firmware.
  static func translation(_ value: String) -> String? {
    var texts: [String] = []
    // A table has commas too.
    let options =
      value.hasPrefix("mtdparts=")
      ? [value[...]] : value.split(separator: ",", omittingEmptySubsequences: false)
    for option in options {
      guard let equals = option.firstIndex(of: "="), names.contains(String(option[..<equals]))
      else { return nil }
      let name = option[..<equals].replacing("image_", with: "").replacing("_", with: "-")
      texts.append("--\(name) \(String(option[option.index(after: equals)...]).shellQuoted)")
    }
    return texts.joined(separator: " ")
  }
}
