import ArgumentParser
import Commands
import FirmwareAccess

struct CatCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat", abstract: "Print files to standard output.",
    discussion: """
      Symbolic links are followed inside the image. Damaged files are written up to the first bad \
      block. In a PATH, *, ? and [a-z] match parts of a name, and ** any directories.

      Examples:
        jffs2 cat firmware.bin /etc/passwd   print a file
        jffs2 cat firmware.bin 'etc/*.conf'  print matching files
        jffs2 cat firmware.bin /bin/busybox | file -
                                             inspect a program
        jffs2 cat --version 2 firmware.bin /etc/wifi.conf
                                             an older version, see jffs2 history
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "The files to print, or patterns.", completion: .imagePath)
  var path: [PathArgument]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Version to print, as numbered by jffs2 history.", valueName: "number"))
  var version: Int?

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let output = BufferedOutput.standard()
    var contents = FileContents(ImageTree(firmware), to: output)
    if let version {
      let history = try FirmwareHistory(firmware, of: path.map(\.bytes))
      for path in path { try contents.write(path.bytes, version: version, of: history) }
    } else {
      for path in path { try contents.write(path.bytes) }
    }
    try output.flush()
    return ErrorReporter.report(contents.failures, firmware)
  }
}
