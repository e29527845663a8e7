import ArgumentParser
import CLinux
import Storage
import Support

/// The command line `jffs2 COMMAND FIRMWARE …`.
@main
struct JFFS2Command: ParsableCommand {
  private static let version = "jffs2 \(programVersion)"

  static let configuration = CommandConfiguration(
    commandName: "jffs2",
    abstract: "Look inside JFFS2 firmware without mounting it.",
    discussion: """
      FIRMWARE is a JFFS2 image, a U-Boot image or an archive with one in it, a flash dump, or a \
      device. What it is is found by its contents. Where it holds several file systems, paths \
      start with the name of one, or --partition picks it.

      Examples:
        jffs2 info home                      what the file holds
        jffs2 ls -lR home /etc               a listing
        jffs2 cat home /etc/passwd           a file's contents
        jffs2 extract -C out home            everything, to disk
        jffs2 export -o home.tar home        everything, with owners and devices, without root
        jffs2 history home                   older versions and deleted files
        jffs2 verify home                    whether all of it can be read

      Exit status: 0; 1 where what was asked for is damaged or missing; 2 where the firmware \
      cannot be read; 64 for a wrong command line.
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
