import ArgumentParser
import Commands
import FirmwareAccess

struct UnwrapCommand: FileWritingCommand {
  static let configuration = CommandConfiguration(
    commandName: "unwrap", abstract: "Write the bare JFFS2 image.",
    discussion: """
      Takes off the U-Boot header, the archive, the spare areas of a NAND dump, and what lies \
      around the file system in a flash dump. The bytes are those that JFFS2 was given.

      Examples:
        jffs2 unwrap -o home.jffs2 home      the image in a uImage
        jffs2 unwrap -o home.jffs2 --pad 0 home
                                             padded to whole erase blocks, for block2mtd
        jffs2 unwrap -o fs.jffs2 --partition config dump.bin
                                             one of several in a dump
      """)

  @OptionGroup var input: InputArguments

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"),
    completion: .file())
  var output: PathArgument

  @Option(
    help: ArgumentHelp(
      "Fill up with 0xFF to a multiple of this; 0 stands for the erase size.", valueName: "size"),
    transform: ByteCount.init)
  var pad: ByteCount?

  func validate() throws { try output.rejectTerminal(for: "image") }

  var destination: PathArgument? { output }

  func run(
    _ firmware: FirmwareImage, to output: BufferedOutput
  ) throws(ProgramError) -> ExitStatus {
    try BareImage(firmware.onlyFileSystem(), padding: pad?.value).write(to: output)
    return .success
  }
}
