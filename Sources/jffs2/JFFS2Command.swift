import ArgumentParser
import CLinux
import FirmwareAccess
import Glibc
import Storage
import Support

/// The command line `jffs2 COMMAND FIRMWARE …`.
@main
struct JFFS2Command: ParsableCommand {
  private static let version = "jffs2 \(programVersion)"

  static let configuration = CommandConfiguration(
    commandName: "jffs2",
    abstract: "Inspect JFFS2 firmware without mounting it.",
    discussion: """
      FIRMWARE is a JFFS2 image, a U-Boot image or an archive that contains one, a flash dump, or a \
      device. The format is detected automatically. If there are several file systems, paths start \
      with the partition name, or use --partition.

      Examples:
        jffs2 info home                      show the contents
        jffs2 ls -lR home /etc               list files
        jffs2 cat home /etc/passwd           print a file
        jffs2 extract -C out home            extract everything
        jffs2 export -o home.tar home        an archive with owners and devices
        jffs2 history home                   older versions and deleted files
        jffs2 verify home                    check for damage

      Exit status: 0 success; 1 requested data is damaged or missing; 2 the firmware cannot be \
      read, or the output not written; 3 no JFFS2 in the firmware; 64 wrong command line.
      """,
    version: version,
    subcommands: [
      InfoCommand.self,
      ListCommand.self,
      CatCommand.self,
      ExtractCommand.self,
      ExportCommand.self,
      HistoryCommand.self,
      NodesCommand.self,
      VerifyCommand.self,
      PackCommand.self,
      UnwrapCommand.self,
      MapCommand.self,
      DiffCommand.self,
    ])

  // The help shows `--version`, which the parser adds to every command.
  @Flag(name: .customShort("V"), help: .hidden)
  var showsVersion = false

  func validate() throws {
    if showsVersion { throw CleanExit.message(Self.version) }
  }

  static func main() {
    clinux_ensure_standard_fds()
    do {
      if let script = try CompletionScript.requested(by: Array(CommandLine.arguments.dropFirst())) {
        return print(script)
      }
      try refuseUnknownCommand()
      var command = try parseAsRoot()
      try command.run()
    } catch {
      end(with: error)
    }
  }

  /// Ends the program as an error says: with a command's status, after the help, or after what is wrong with the command line.
  private static func end(with error: any Error) -> Never {
    // A command that ends with an error has reported it.
    if !(error is ExitCode), exitCode(for: error).rawValue == ExitStatus.usage.rawValue {
      ErrorReporter.writeUsage(fullMessage(for: error), message(for: error))
      Glibc.exit(ExitStatus.usage.rawValue)
    }
    exit(withError: error)
  }

  /// - Throws: `ValidationError`. The parser would call the word and all that follows unexpected arguments.
  private static func refuseUnknownCommand() throws {
    guard let word = CommandLine.arguments.dropFirst().first else {
      throw ValidationError("name a command")
    }
    guard !word.hasPrefix("-"), !isCommand(word) else { return }
    throw ValidationError("\(word): no such command")
  }

  private static func isCommand(_ word: String) -> Bool {
    word == "help" || configuration.subcommands.contains { $0.configuration.commandName == word }
  }
}
