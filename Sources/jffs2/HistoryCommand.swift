import ArgumentParser
import Commands
import FirmwareAccess

struct HistoryCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Show older versions and deleted files.",
    discussion: """
      JFFS2 keeps replaced and deleted data until it needs the space. Each line is an event, oldest \
      first: time (device clock, UTC), event, size, whether the contents are complete, path, version \
      number. The last version of a file that is not deleted is the current one. Directories are \
      reported recursively.

      Examples:
        jffs2 history firmware.bin               all recorded events
        jffs2 history firmware.bin etc/wifi.conf the versions of a file
        jffs2 cat --version 2 firmware.bin etc/wifi.conf
                                                 print one version
        jffs2 history --deleted firmware.bin     deleted files
        jffs2 extract --history -C old firmware.bin
                                                 all versions, to disk
        jffs2 history --bodyfile firmware.bin | mactime -b -
                                                 a timeline with The Sleuth Kit

      In a PATH, *, ? and [a-z] match parts of a name, and ** any directories.
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "Current or former paths, or patterns, to report.", completion: .imagePath)
  var path: [PathArgument] = []

  @Flag(help: "Show only deleted files.")
  var deleted = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: "Print a body file for The Sleuth Kit, one line per version.")
  var bodyfile = false

  @OptionGroup var style: StyleArguments

  func validate() throws {
    if json, bodyfile { throw ValidationError("--json and --bodyfile cannot be combined") }
  }

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let selection = PathSelection(path.map(\.bytes))
    let report = HistoryReport(
      try FirmwareHistory(firmware), selection, isDeletedOnly: deleted, style.style)
    try report.write(json ? .json : bodyfile ? .bodyFile : .text, to: .standard())
    let status = ErrorReporter.report(report.failures, firmware, hasOutput: !report.isEmpty)
    return firmware.isDamaged(selection) ? status.combined(with: .damage) : status
  }
}
