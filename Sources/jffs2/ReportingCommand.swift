import ArgumentParser
import Glibc
import Inspection
import Sandbox
import Storage

/// A command that reads a firmware: what all of them do about errors and warnings.
protocol ReportingCommand: ParsableCommand {
  var input: InputArguments { get }

  /// What the process keeps while it reads, from before the first byte is looked at; where nothing is said, what is open already.
  /// nil for all that it has.
  func confinement() -> Confinement?

  /// Does the work.
  ///
  /// - Returns: `.damage` where what was asked for is damaged or missing, which was told.
  func run(_ firmware: OpenedFirmware) throws(CommandFailure) -> ExitStatus
}

extension ReportingCommand {
  func confinement() -> Confinement? { Confinement() }

  func run() throws {
    let options = try input.options()
    let status: ExitStatus
    do throws(CommandFailure) {
      let firmware = try OpenedFirmware(options, confinement: confinement())
      for warning in firmware.warnings { Messages.write("\(firmware.path): \(warning)") }
      status = try run(firmware)
    } catch {
      Messages.write(error.message)
      status = error.status
    }
    throw ExitCode(status.rawValue)
  }
}

/// Lines for the person at the terminal, on standard error.
enum Messages {
  /// Writes what could not be read.
  ///
  /// - Returns: What the command ends with.
  static func report(_ failures: [String], _ firmware: OpenedFirmware) -> ExitStatus {
    for failure in failures { write("\(firmware.path): \(failure)") }
    return failures.isEmpty ? .success : .damage
  }

  /// Writes a line. Names in it, from an image, an archive or the command line, may be any.
  static func write(_ line: String) {
    // Where nobody can read messages there is nowhere to tell it.
    var text = "jffs2: \(line.visible)\n"
    _ = text.withUTF8 { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
  }
}
