import ArgumentParser
import Firmware
import FirmwareAccess
import Glibc
import Commands
import Sandbox
import Storage
import Support
import SystemPackage

/// A command that reads a firmware: what all of them do about errors and warnings.
protocol FirmwareCommand: ParsableCommand, CompletedCommand {
  var input: InputArguments { get }

  /// Whether nothing is shown on a terminal while the command works.
  var quiet: Bool { get }

  /// Whether the output reports damage in full, so that no summary of it is needed.
  var reportsDamage: Bool { get }

  /// Opens what it needs, reads the firmware, and does the work.
  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus
}

extension FirmwareCommand {
  var quiet: Bool { false }

  var reportsDamage: Bool { false }

  func completedInput() throws -> InputOptions? {
    var options = try input.options()
    options.probe.table = try input.reading.table()
    return options
  }

  func run() throws {
    var options = try input.options()
    let status = ErrorReporter.status { () throws(ProgramError) in
      options.probe.table = try input.reading.table()
      return try perform(options)
    }
    throw ExitCode(status.rawValue)
  }

  /// Drops all but `confinement`, opens the firmware and does the work.
  func read(
    _ options: InputOptions, _ confinement: SandboxPolicy,
    _ work: (FirmwareImage) throws(ProgramError) -> ExitStatus
  ) throws(ProgramError) -> ExitStatus {
    let file = try FirmwareFile(options)
    FirmwareReading.confine(confinement, [file], maxUnpacked: options.probe.maxUnpacked)
    return try onDedicatedThread { () throws(ProgramError) in
      let firmware = try FirmwareReading.load(file, options, isQuiet: quiet)
      let lines =
        reportsDamage
        ? firmware.warnings.filter { !firmware.damage.contains($0) }
        : firmware.warnings + firmware.damageSummaries
      for line in lines { ErrorReporter.write("\(firmware.path): \(line)") }
      return try work(firmware)
    }
  }

  /// Reads the firmware and does the work in a separate process, for a command that creates files.
  func readInChildProcess(
    _ options: InputOptions, _ confinement: SandboxPolicy,
    _ work: (FirmwareImage) throws(ProgramError) -> ExitStatus
  ) throws(ProgramError) -> ExitStatus {
    try ReaderProcess.run(options.path) {
      ErrorReporter.status { () throws(ProgramError) in try read(options, confinement, work) }
    }
  }
}

/// A command that writes to standard output only.
protocol ReportingCommand: FirmwareCommand {
  /// Does the work.
  ///
  /// - Returns: `.damage` if requested data is damaged or missing, which was reported.
  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus
}

extension ReportingCommand {
  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    try read(options, SandboxPolicy(), run)
  }
}

/// A command that reports on one firmware or several, each in a separate process.
protocol SeveralFirmwareCommand: ReportingCommand {
  /// The firmware files after the first one.
  var more: [PathArgument] { get }
}

extension SeveralFirmwareCommand {
  var isSeveral: Bool { !more.isEmpty }

  /// - Returns: The most serious status.
  func performEach(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    guard isSeveral else { return try read(options, SandboxPolicy(), run) }
    var status = ExitStatus.success
    for path in [options.path] + more.map(\.filePath) {
      var options = options
      options.path = path
      let next = ErrorReporter.status { () throws(ProgramError) in
        try readInChildProcess(options, SandboxPolicy(), run)
      }
      status = status.combined(with: next)
    }
    return status
  }

  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    try performEach(options)
  }

  /// A report as JSON: an object over several lines, or one per line for several files.
  func json(_ report: some Encodable) throws(ProgramError) -> String {
    isSeveral ? try JSON.documentLine(report) : try JSON.document(report)
  }
}

/// A command that writes one file, or to standard output.
protocol FileWritingCommand: FirmwareCommand {
  /// The file to write; nil or `-` for standard output.
  var destination: PathArgument? { get }

  /// Does the work.
  ///
  /// - Returns: `.damage` where the output is complete and something in it is damaged or missing, which was reported.
  func run(_ firmware: FirmwareImage, to output: BufferedOutput) throws(ProgramError) -> ExitStatus
}

extension PathArgument {
  /// - Throws: `ValidationError` where binary data would go to a terminal.
  func rejectTerminal(for output: String) throws {
    guard filePath == "-", isatty(1) == 1 else { return }
    throw ValidationError("no \(output) is written to a terminal; use -o FILE or a pipe")
  }
}

extension FileWritingCommand {
  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    try writeFile(options)
  }

  /// The process that reads the firmware has the open file, and no say about its name.
  func writeFile(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    guard let path = destination?.filePath, path != "-" else {
      return try read(options, SandboxPolicy()) { firmware throws(ProgramError) in
        try run(firmware, to: .standard())
      }
    }
    let file = try OutputFile(path, mustNotReplace: options.path)
    let output = file.output
    let status = try readInChildProcess(options, SandboxPolicy(output: output.descriptor)) {
      firmware throws(ProgramError) in
      try run(firmware, to: output)
    }
    if status == .success || status == .damage { try file.commit() }
    return status
  }
}
