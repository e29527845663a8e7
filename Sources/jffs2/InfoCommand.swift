import ArgumentParser
import Commands
import FirmwareAccess

struct InfoCommand: SeveralFirmwareCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show what firmware contains.",
    discussion: """
      Shows containers, all parts of the flash memory with their types, and for each file system \
      place, format, use, and files.

      Examples:
        jffs2 info firmware.bin              show the contents
        jffs2 info -v firmware.bin           everything, and how to rebuild the image
        jffs2 info -s downloads/*            a line for each file
        jffs2 info --partition data flash.bin
                                             one file system of a dump
        jffs2 info --json firmware.bin       machine-readable output

      Exit status with several files: the most serious one.
      """)

  @OptionGroup var input: InputArguments

  @Argument(
    help: ArgumentHelp("More firmware.", valueName: "firmware"), completion: .file())
  var more: [PathArgument] = []

  @Flag(name: .shortAndLong, help: "Show everything.")
  var verbose = false

  @Flag(name: [.customShort("s"), .customLong("summary")], help: "Show one line per file.")
  var summary = false

  @Flag(help: "Print one JSON object; with several files, one per line.")
  var json = false

  @OptionGroup var style: SizeStyleArguments

  func validate() throws {
    guard [verbose, summary, json].count(where: { $0 }) <= 1 else {
      throw ValidationError("-v, -s and --json cannot be combined")
    }
  }

  /// Shows the contents of a firmware without JFFS2 too.
  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    var options = options
    options.takesAnyFirmware = true
    return try performEach(options)
  }

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let report = try FirmwareReport(firmware)
    let output = BufferedOutput.standard()
    if json {
      try output.write(json(report))
    } else if summary {
      try output.write(
        report.summary(style.style, nameWidth: nameWidth, firmware))
    } else {
      let text = report.text(style.style, isVerbose: verbose)
      try output.write(isSeveral ? text + "\n" : text)
    }
    try output.flush()
    guard let failure = firmware.failure else { return .success }
    if let flaw = report.flaw { ErrorReporter.write("\(firmware.path): \(flaw)") }
    // The report is the output, so that no error follows it there. A line of the summary says whether there is JFFS2.
    if !summary || failure.status != .noFileSystem { ErrorReporter.write(failure.message) }
    return failure.status
  }

  /// The width of the longest name of a file, within limits.
  private var nameWidth: Int {
    ([input.firmware] + more).map { $0.bytes.count }.filter { $0 <= 60 }.max() ?? 0
  }
}
