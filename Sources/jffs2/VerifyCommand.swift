import ArgumentParser
import Commands
import FirmwareAccess
import JFFS2

struct VerifyCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that all of it can be read.",
    discussion: """
      Checks all CRCs and decompresses all that files show. Tells each damaged range with its \
      path, its bytes and its place on the flash. What is normal on flash, such as the write that \
      a power cut ended, is told apart.

      Examples:
        jffs2 verify home                    tell what is damaged
        jffs2 verify -q home && echo good    only the exit status
        jffs2 verify --json dump.bin         for programs

      Exit status: 0 nothing is lost; 1 something is, or may be; 2 the firmware cannot be read; \
      3 no JFFS2 in the firmware.
      """)

  @OptionGroup var input: InputArguments

  @Flag(name: .shortAndLong, help: "Print no report.")
  var quiet = false

  @Flag(help: "One JSON document.")
  var json = false

  var reportsDamage: Bool { !quiet }

  func validate() throws {
    if input.damaged == .zero {
      throw ValidationError("--damaged=zero would hide what verify looks for")
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
      try output.write(json ? try JSON.document(report) : report.text(title: firmware.path))
      try output.flush()
    }
    return report.isSound ? .success : .damage
  }
}
