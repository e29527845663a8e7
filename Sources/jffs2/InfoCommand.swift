import ArgumentParser
import Commands
import FirmwareAccess
import Sandbox

struct InfoCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Tell what the firmware holds.",
    discussion: """
      Containers, file systems, erase size and how it is known, nodes, compressors, files, and the \
      command lines that would make the same again.

      Examples:
        jffs2 info home                      what the file holds
        jffs2 info --partition data dump.bin one file system of a dump
        jffs2 info --json home               everything, for a program
      """)

  @OptionGroup var input: InputArguments

  @Flag(help: "One document for a program.")
  var json = false

  /// What a firmware without JFFS2 contains is shown too.
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
