import ArgumentParser
import Commands
import FirmwareAccess

struct HistoryCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Report what happened: older versions, deleted files.",
    discussion: """
      JFFS2 keeps what a save replaced, and what was deleted, until it needs the space. Each line \
      is an event, oldest first: time by the device's clock, in UTC; what happened; size; whether \
      the contents are complete; path; number of the version. A directory brings what was in it.

      Examples:
        jffs2 history config                     all that the log still proves
        jffs2 history config etc/wifi.conf       the versions of a file
        jffs2 cat --version 2 config etc/wifi.conf
                                                 the contents of one
        jffs2 history --deleted config           what is gone
        jffs2 extract --history -C old config    all versions, to disk
        jffs2 history --bodyfile config | mactime -b -
                                                 a timeline with The Sleuth Kit

      In a PATH, * and ? and [a-z] stand for parts of a name, ** for any folders.
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "What to report about: paths in the image or in its past, or patterns.")
  var path: [PathArgument] = []

  @Flag(help: "Only what the image does not have any more.")
  var deleted = false

  @Flag(help: "One JSON document.")
  var json = false

  @Flag(help: "The body file of The Sleuth Kit, one line a version.")
  var bodyfile = false

  func validate() throws {
    if json, bodyfile { throw ValidationError("--json and --bodyfile are two forms of the output") }
  }

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let report = HistoryReport(
      try FirmwareHistory(firmware), PathSelection(path.map(\.bytes)), isDeletedOnly: deleted)
    try report.write(json ? .json : bodyfile ? .bodyFile : .text, to: .standard())
    return ErrorReporter.report(report.failures, firmware, hasOutput: !report.isEmpty)
  }
}
