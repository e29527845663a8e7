import ArgumentParser
import Commands
import FirmwareAccess
import SystemPackage

struct MapCommand: FileWritingCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Show the use of erase blocks as a map.",
    discussion: """
      First all parts of the flash, if there are several, then each JFFS2: each character, or \
      square, is an erase block or several: live, reclaimable, free (erased), damaged, or foreign \
      (no node).

      Examples:
        jffs2 map firmware.bin               in the terminal
        jffs2 map --svg map.svg firmware.bin an image for a browser
        jffs2 map --svg - firmware.bin > map.svg
                                             the same, on standard output
        jffs2 map --color always firmware.bin | less -R
        jffs2 map --json firmware.bin        machine-readable output
      """)

  @OptionGroup var input: InputArguments

  @Option(
    help: ArgumentHelp("Write an SVG image; - for standard output.", valueName: "file"),
    completion: .file())
  var svg: PathArgument?

  @OptionGroup var style: SizeStyleArguments

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    if json, svg != nil { throw ValidationError("--json and --svg cannot be combined") }
  }

  var destination: PathArgument? { svg }

  /// A firmware without JFFS2 may have parts too.
  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    var options = options
    options.takesAnyFirmware = true
    try rejectOtherFile()
    return try writeFile(options)
  }

  /// - Throws: ``ProgramError`` where a file that is not an SVG image would be replaced, such as a firmware named after `--svg`.
  private func rejectOtherFile() throws(ProgramError) {
    guard let path = svg?.filePath, path != "-",
      let file = try? FileDescriptor.open(path, .readOnly, options: .nonBlocking)
    else { return }
    defer { try? file.close() }
    var start: [UInt8] = [0]
    // A device has no size.
    guard let size = try? file.seek(offset: 0, from: .end), size > 0,
      (try? unsafe start.withUnsafeMutableBytes {
        unsafe try file.read(fromAbsoluteOffset: 0, into: $0)
      }) == 1, start[0] != UInt8(ascii: "<")
    else { return }
    throw ProgramError("\(path): exists and is not an SVG image; choose another name", .usage)
  }

  func run(
    _ firmware: FirmwareImage, to output: BufferedOutput
  ) throws(ProgramError) -> ExitStatus {
    let map = try FlashMap(firmware)
    if let failure = firmware.failure, !map.hasSeveralParts { throw failure }
    if json {
      try output.write(JSON.document(map.document))
    } else {
      try output.write(svg == nil ? map.text(style.style) : map.svg)
    }
    try output.flush()
    return .success
  }
}
