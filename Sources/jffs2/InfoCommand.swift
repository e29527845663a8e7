import ArgumentParser
import Commands
import FirmwareAccess
import Sandbox

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

  /// Shows the contents of a firmware without JFFS2 too.
  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    var options = options
    options.takesAnyFirmware = true
    return try read(options, SandboxPolicy(), run)
  }

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let report = try FirmwareReport(firmware)
    let output = BufferedOutput.standard()
    try output.write(json ? try JSON.document(report) : report.text)
    try output.flush()
    guard let failure = firmware.failure else { return .success }
    // The report is the output, so that no error follows it there.
    ErrorReporter.write(failure.message)
    return failure.status
  }
}
