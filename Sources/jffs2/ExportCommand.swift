import ArgumentParser
import Commands
import FirmwareAccess
import Glibc
import SystemPackage

struct ExportCommand: FileWritingCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write everything to an archive, without root.",
    discussion: """
      The name of FILE tells the format: .tar, .tar.gz or .tgz, .tar.xz or .txz, .tar.zst or \
      .tzst, .cpio, .zip, .mtree. A tar keeps owners, modes, times, devices, hard links, holes, \
      extended attributes and access control lists. The same firmware gives the same bytes.

      Examples:
        jffs2 export -o home.tar home        all of it, as the image has it
        jffs2 export -o home.tar.zst home    the same, compressed
        jffs2 export -o - home | tar tv      to another program
        sudo tar -xpf home.tar --acls --xattrs --xattrs-include='*' -C out
                                             unpack it with all of this
        jffs2 export -o home.mtree home      names, modes, owners, checksums
      """)

  @OptionGroup var input: InputArguments

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The archive to write; - is standard output.", valueName: "file"),
    completion: .file())
  var output: PathArgument

  @Option(
    help: ArgumentHelp("The format, whatever the file is called.", valueName: "name"))
  var format: ExportFormat?

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  func validate() throws {
    guard chosenFormat != nil else {
      throw ValidationError(
        "\(output.filePath): no known archive; the name must end in "
          + ExportFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
          + ", or use --format")
    }
    try output.rejectTerminal(for: "archive")
  }

  private var chosenFormat: ExportFormat? {
    format ?? ExportFormat(suffixOf: output.bytes.text)
      ?? (output.filePath == "-" ? .tar : nil)
  }

  var destination: PathArgument? { output }

  func run(
    _ firmware: FirmwareImage, to output: BufferedOutput
  ) throws(ProgramError) -> ExitStatus {
    // The old fields for times in a ZIP are local time, which must not show where an archive was made.
    unsafe setenv("TZ", "UTC0", 1)
    tzset()
    var isDamaged = firmware.isDamaged(PathSelection([]))
    try Export(firmware, chosenFormat ?? .tar, isQuiet: quiet).write(to: output) { message in
      isDamaged = isDamaged || message.isDamage
      ErrorReporter.write("\(firmware.path): \(message.text)")
    }
    return isDamaged ? .damage : .success
  }
}

extension ExportFormat: ExpressibleByArgument {
  /// The format that a name's end stands for, such as `tar.gz` or `tgz`.
  public init?(argument: String) {
    self.init(suffixOf: ".\(argument)")
  }
}
