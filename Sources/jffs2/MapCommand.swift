import ArgumentParser
import Commands

struct MapCommand: FileWritingCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Show the use of erase blocks as a map.",
    discussion: """
      Each symbol represents one or more erase blocks: live, obsolete, free (erased), damaged or \
      foreign (no nodes).

      Examples:
        jffs2 map home                       in the terminal
        jffs2 map --svg home.svg home        an image for a browser
        jffs2 map --svg - home > home.svg    the same, on standard output
        jffs2 map --color always home | less -R
        jffs2 map --json home                machine-readable output
      """)

  @OptionGroup var input: InputArguments

  @Option(
    help: ArgumentHelp("Write an SVG image; - for standard output.", valueName: "file"),
    completion: .file())
  var svg: PathArgument?

  @Option(help: "When to use colors: auto, always or never.")
  var color = TerminalStyle.Choice.auto

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    if json, svg != nil { throw ValidationError("--json and --svg cannot be combined") }
  }

  var destination: PathArgument? { svg }

  func run(
    _ firmware: OpenedFirmware, to output: ByteOutput
  ) throws(CommandFailure) -> ExitStatus {
    let map = try FlashMap(firmware)
    if json {
      try output.write(JSON.document(map.document))
    } else {
      try output.write(svg == nil ? map.text(.ofStandardOutput(color)) : map.svg)
    }
    try output.flush()
    return .success
  }
}

extension TerminalStyle.Choice: ExpressibleByArgument {}
