import Glibc
import Commands
import Storage

/// Lines for the person at the terminal, on standard error.
enum Messages {
  /// Writes what could not be read.
  ///
  /// - Returns: The exit status of the command.
  static func report(_ failures: [String], _ firmware: OpenedFirmware) -> ExitStatus {
    for failure in failures { write("\(firmware.path): \(failure)") }
    return failures.isEmpty ? .success : .damage
  }

  /// Does something and writes why it stopped, if it did; the process ends here where a signal was the reason.
  static func status(_ work: () throws(CommandFailure) -> ExitStatus) -> ExitStatus {
    do throws(CommandFailure) {
      return try work()
    } catch {
      ReadingProcess.endIfInterrupted()
      write(error.message)
      return error.status
    }
  }

  /// Writes a line. Names in it, from an image, an archive or the command line, may be any.
  static func write(_ line: String) {
    // If messages cannot be written, there is no way to report it.
    var text = "jffs2: \(line.visible)\n"
    _ = text.withUTF8 { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
  }
}
