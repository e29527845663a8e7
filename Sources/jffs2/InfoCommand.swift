import ArgumentParser
import Commands

struct InfoCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show what the firmware contains.",
    discussion: """
      Shows containers, file systems, erase block size, nodes, compressors, files, and commands to \
      rebuild the image.

      Examples:
        jffs2 info home                      show the contents
        jffs2 info --partition data dump.bin one file system of a dump
        jffs2 info --json home               machine-readable output
      """)

  @OptionGroup var input: InputArguments

  @Flag(help: "Print one JSON document.")
  var json = false

  func run(_ firmware: OpenedFirmware) throws(CommandFailure) -> ExitStatus {
    let report = try FirmwareReport(firmware)
    let output = ByteOutput.standard()
    try output.write(json ? try JSON.document(report) : report.text)
    try output.flush()
    return .success
  }
}
