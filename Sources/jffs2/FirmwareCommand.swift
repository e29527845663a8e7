import ArgumentParser
import Firmware
import Glibc
import Commands
import Sandbox
import Storage
import SystemPackage

/// A command that reads a firmware: what all of them do about errors and warnings.
protocol FirmwareCommand: ParsableCommand {
  var input: InputArguments { get }

  /// Whether nothing is shown on a terminal while the command works.
  var quiet: Bool { get }

  /// Whether the output reports damage in full, so that no summary of it is needed.
  var reportsDamage: Bool { get }

  /// Opens what it needs, reads the firmware, and does the work.
  func perform(_ options: InputOptions) throws(CommandFailure) -> ExitStatus
}

extension FirmwareCommand {
  var quiet: Bool { false }

  var reportsDamage: Bool { false }

  func run() throws {
    var options = try input.options()
    let status = Messages.status { () throws(CommandFailure) in
      options.probe.table = try input.table()
      return try perform(options)
    }
    throw ExitCode(status.rawValue)
  }

  /// Drops all but `confinement`, opens the firmware and does the work.
  func read(
    _ options: InputOptions, _ confinement: Confinement,
    _ work: (OpenedFirmware) throws(CommandFailure) -> ExitStatus
  ) throws(CommandFailure) -> ExitStatus {
    let firmware = try OpenedFirmware(options, confinement: confinement, isQuiet: quiet)
    let summaries = reportsDamage ? [] : firmware.damageSummaries
    for line in firmware.warnings + summaries { Messages.write("\(firmware.path): \(line)") }
    return try inOwnThread { () throws(CommandFailure) in try work(firmware) }
  }

  /// The same in a separate process, for a command that makes files.
  func readApart(
    _ options: InputOptions, _ confinement: Confinement,
    _ work: (OpenedFirmware) throws(CommandFailure) -> ExitStatus
  ) throws(CommandFailure) -> ExitStatus {
    try ReadingProcess.run(options.path) {
      Messages.status { () throws(CommandFailure) in try read(options, confinement, work) }
    }
  }
}

/// A command that writes to standard output only.
protocol ReportingCommand: FirmwareCommand {
  /// Does the work.
  ///
  /// - Returns: `.damage` if requested data is damaged or missing; the message has been printed.
  func run(_ firmware: OpenedFirmware) throws(CommandFailure) -> ExitStatus
}

extension ReportingCommand {
  func perform(_ options: InputOptions) throws(CommandFailure) -> ExitStatus {
    try read(options, Confinement(), run)
  }
}

/// A command that writes one file, or to standard output.
protocol FileWritingCommand: FirmwareCommand {
  /// The file to write; nil or `-` for standard output.
  var destination: PathArgument? { get }

  /// Does the work.
  ///
  /// - Returns: `.damage` where the output is complete and something in it is damaged or missing, which was reported.
  func run(_ firmware: OpenedFirmware, to output: ByteOutput) throws(CommandFailure) -> ExitStatus
}

extension PathArgument {
  /// - Throws: `ValidationError` if binary output would go to a terminal.
  func refuseTerminal(for output: String) throws {
    guard filePath == "-", isatty(1) == 1 else { return }
    throw ValidationError("no \(output) is written to a terminal; use -o FILE or a pipe")
  }
}

extension FileWritingCommand {
  /// The process that reads the firmware has the open file, and no say about its name.
  func perform(_ options: InputOptions) throws(CommandFailure) -> ExitStatus {
    guard let path = destination?.filePath, path != "-" else {
      return try read(options, Confinement()) { firmware throws(CommandFailure) in
        try run(firmware, to: .standard())
      }
    }
    let file = try OutputFile(path, notOver: options.path)
    let output = file.output
    let status = try readApart(options, Confinement(output: output.descriptor)) {
      firmware throws(CommandFailure) in
      try run(firmware, to: output)
    }
    if status == .success || status == .damage { try file.keep() }
    return status
  }
}
