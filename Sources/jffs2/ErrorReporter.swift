import Commands
import FirmwareAccess
import Glibc
import Storage
import Support

/// Lines for the person at the terminal, on standard error.
enum ErrorReporter {
  /// Whether errors go to standard output as JSON too.
  private static let writesJSON = CommandLine.arguments.prefix { $0 != "--" }.contains("--json")

  /// Writes what could not be read.
  ///
  /// - Parameter hasOutput: Whether the JSON of the command is on standard output, where nothing may follow it.
  /// - Returns: What the command ends with.
  static func report(
    _ failures: [String], _ firmware: FirmwareImage, hasOutput: Bool = true
  ) -> ExitStatus {
    let lines = failures.map { "\(firmware.path): \($0)" }
    for line in lines { write(line) }
    guard !lines.isEmpty else { return .success }
    if !hasOutput { writeJSON(lines.joined(separator: "\n"), .damage) }
    return .damage
  }

  /// Does something and writes why it stopped, if it did; the process ends here where a signal was the reason.
  static func status(_ work: () throws(ProgramError) -> ExitStatus) -> ExitStatus {
    do throws(ProgramError) {
      return try work()
    } catch {
      ReaderProcess.endIfInterrupted()
      write(error.message)
      writeJSON(error.message, error.status)
      return error.status
    }
  }

  /// Writes a line. Names in it, from an image, an archive or the command line, may be any.
  static func write(_ line: String) {
    print("jffs2: \(line.escapingControlCharacters)\n")
  }

  /// Writes what is wrong with the command line.
  ///
  /// - Parameter more: Lines about the right one.
  static func writeUsage(_ message: String, more: String = "") {
    write(message)
    print(more)
    writeJSON(message, .usage)
  }

  private static func print(_ text: String) {
    // A failure to write to standard error cannot be reported anywhere.
    var text = text
    _ = text.withUTF8 { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
  }

  /// Writes an error for the program that reads the JSON.
  private static func writeJSON(_ message: String, _ status: ExitStatus) {
    guard writesJSON, let text = try? JSON.error(message, status) else { return }
    let output = BufferedOutput.standard()
    try? output.write(text)
    try? output.flush()
  }
}
