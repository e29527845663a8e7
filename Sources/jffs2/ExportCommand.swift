import ArgumentParser
import Commands
import FirmwareAccess
import Glibc
import SystemPackage

struct ExportCommand: FileWritingCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write all files to an archive, without root.",
    discussion: """
      The suffix of FILE selects the format: .tar, .tar.gz or .tgz, .tar.xz or .txz, .tar.zst or \
      .tzst, .cpio, .zip, .mtree. tar stores owners, modes, times, devices, hard links, holes, \
      extended attributes and access control lists. The output is reproducible.

      Examples:
        jffs2 export -o out.tar firmware.bin all files and attributes
        jffs2 export -o out.tar.zst firmware.bin
                                             the same, compressed
        jffs2 export -o - firmware.bin | tar tv
                                             pipe to another program
        sudo tar -xpf out.tar --acls --xattrs --xattrs-include='*' -C out
                                             restore all attributes
        jffs2 export -o out.mtree firmware.bin
                                             names, modes, owners, checksums
      """)

  @OptionGroup var input: InputArguments

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Archive to write; - for standard output.", valueName: "file"),
    completion: .file())
  var output: PathArgument

  @Option(
    help: ArgumentHelp("Archive format, regardless of the file name.", valueName: "name"))
  var format: ExportFormat?

  @Flag(name: .shortAndLong, help: "Do not show progress.")
  var quiet = false

  func validate() throws {
    guard chosenFormat != nil else {
      throw ValidationError(
        "\(output.filePath): unknown archive type; use "
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
  /// The format of a name's end, such as `tar.gz` or `tgz`.
  public init?(argument: String) {
    self.init(suffixOf: ".\(argument)")
  }
}
