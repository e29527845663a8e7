import ArgumentParser
import CLinux
import Commands
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
      device; - is standard input. The format is detected automatically. If there are several file systems, paths start \
      with the partition name, or use --partition.

      Examples:
        jffs2 info firmware.bin              show the contents
        jffs2 ls -lR firmware.bin /etc       list files
        jffs2 cat firmware.bin /etc/passwd   print a file
        jffs2 extract firmware.bin           extract everything
        jffs2 export -o out.tar firmware.bin an archive with owners and devices
        jffs2 history firmware.bin           older versions and deleted files
        jffs2 verify firmware.bin            check for damage

      Exit status: 0 success; 1 requested data is damaged or missing; 2 the firmware cannot be \
      read, or the output not written; 3 no JFFS2 in the firmware; 64 wrong command line.
      """,
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
    ],
    helpNames: .long)

  @Flag(name: .customShort("V"), help: "Show the version; also --version.")
  var showsVersion = false

  func validate() throws {
    if showsVersion { throw CleanExit.message(Self.version) }
  }

  static func main() {
    clinux_ensure_standard_fds()
    let arguments = CommandLineCheck.completed(CommandLine.arguments.dropFirst())
    guard !arguments.isEmpty else {
      ErrorReporter.writeUsage("name a command", more: CommandLineCheck.usage)
      Glibc.exit(ExitStatus.usage.rawValue)
    }
    do {
      if let script = try CompletionScript.requested(by: arguments) { end(afterWriting: script) }
      if CommandLineCheck.asksForVersion(arguments) { end(afterWriting: version) }
      try CommandLineCheck.run(arguments)
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      end(with: error, arguments)
    }
  }

  /// The command of a name; nil if there is none.
  static func command(named name: String) -> (any ParsableCommand.Type)? {
    configuration.subcommands.first { $0.configuration.commandName == name }
  }

  /// Ends the program as an error says: with a command's status, after the help, or after what is wrong with the command line.
  private static func end(with error: any Error, _ arguments: [String]) -> Never {
    // A command that ends with an error has reported it.
    if !(error is ExitCode), exitCode(for: error).rawValue == ExitStatus.usage.rawValue {
      ErrorReporter.writeUsage(UsageMessage(message(for: error), arguments).text)
      Glibc.exit(ExitStatus.usage.rawValue)
    }
    if exitCode(for: error) == .success { end(afterWriting: fullMessage(for: error)) }
    exit(withError: error)
  }

  /// Ends the program after it has written a text and a newline to standard output.
  private static func end(afterWriting text: String) -> Never {
    let status = ErrorReporter.status { () throws(ProgramError) in
      let output = BufferedOutput.standard()
      if !text.isEmpty { try output.write(text + "\n") }
      try output.flush()
      return .success
    }
    Glibc.exit(status.rawValue)
  }
}
