import ArgumentParser
import CLinux
import Storage

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

      Exit status: 0 success; 1 requested data is damaged or missing; 2 firmware cannot be read; \
      64 usage error.
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
      UnwrapCommand.self,
      MapCommand.self,
    ])

  // The help shows `--version`, which the parser adds to every command.
  @Flag(name: .customShort("V"), help: .hidden)
  var showsVersion = false

  func validate() throws {
    if showsVersion { throw CleanExit.message(Self.version) }
  }

  static func main() {
    clinux_open_missing_streams()
    // The parser would call it and all that follows unexpected arguments.
    if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), !isCommand(word) {
      exit(withError: ValidationError("\(word): no such command"))
    }
    main(nil)
  }

  private static func isCommand(_ word: String) -> Bool {
    word == "help" || configuration.subcommands.contains { $0.configuration.commandName == word }
  }
}
