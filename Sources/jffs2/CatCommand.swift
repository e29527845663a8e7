import ArgumentParser
import Commands
import FirmwareAccess

struct CatCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat", abstract: "Write files to standard output.",
    discussion: """
      Symbolic links are followed inside of the image. Of a damaged file, what stands in front of \
      the damage is written.

      Examples:
        jffs2 cat home /etc/passwd           a file
        jffs2 cat home /bin/busybox | file - what a program is
        jffs2 cat --version 2 home /etc/wifi what a file held; jffs2 history has the numbers
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "The files to write.")
  var path: [PathArgument]

  @Option(
    help: ArgumentHelp(
      "An older version: its number as jffs2 history has it.", valueName: "number"))
  var version: Int?

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let output = BufferedOutput.standard()
    var contents = FileContents(ImageTree(firmware), to: output)
    if let version {
      let history = try FirmwareHistory(firmware)
      for path in path { try contents.write(path.bytes, version: version, of: history) }
    } else {
      for path in path { try contents.write(path.bytes) }
    }
    try output.flush()
    return ErrorReporter.report(contents.failures, firmware)
  }
}
