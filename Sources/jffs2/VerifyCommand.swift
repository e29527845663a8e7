import ArgumentParser
import Commands
import FirmwareAccess
import JFFS2

struct VerifyCommand: SeveralFirmwareCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that all data can be read.",
    discussion: """
      Checks all CRCs and decompresses all data of files. Reports each damaged range (path, byte \
      range, flash offset). Normal wear, such as a write interrupted by power loss, is listed \
      separately.

      Examples:
        jffs2 verify firmware.bin            report damage
        jffs2 verify -q firmware.bin && echo valid
                                             exit status only
        jffs2 verify downloads/*             several files
        jffs2 verify --json flash.bin        machine-readable output

      Exit status: 0 nothing is lost; 1 something is, or may be; 2 the firmware cannot be read; \
      3 no JFFS2 in the firmware. With several files, the most serious one.
      """)

  @OptionGroup var input: InputArguments

  @Argument(
    help: ArgumentHelp("More firmware.", valueName: "firmware"), completion: .file())
  var more: [PathArgument] = []

  @Flag(name: .shortAndLong, help: "Do not print a report.")
  var quiet = false

  @Flag(help: "Print one JSON object; with several files, one per line.")
  var json = false

  @OptionGroup var style: StyleArguments

  var reportsDamage: Bool { !quiet }

  func validate() throws {
    if input.reading.damaged == .zero {
      throw ValidationError("--damaged=zero would hide damage from verify")
    }
  }

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let progress = Progress(
      "verify", total: Verification.byteCount(firmware), isQuiet: quiet)
    defer { progress.finish() }
    let report = try Verification(firmware, progress: progress).run()
    progress.finish()
    if !quiet {
      let output = BufferedOutput.standard()
      let text = report.text(title: firmware.path, isOneOfSeveral: !more.isEmpty, style.style)
      try output.write(json ? try json(report) : text)
      try output.flush()
    }
    return report.isSound ? .success : .damage
  }
}
