import ArgumentParser
import Commands

struct UnwrapCommand: FileWritingCommand {
  static let configuration = CommandConfiguration(
    commandName: "unwrap", abstract: "Write the bare JFFS2 image.",
    discussion: """
      Removes the U-Boot header, the archive, the spare areas of a NAND dump, and the rest of the \
      flash dump.

      Examples:
        jffs2 unwrap -o home.jffs2 home      the image in a uImage
        jffs2 unwrap -o home.jffs2 --pad 0 home
                                             padded to whole erase blocks, for block2mtd
        jffs2 unwrap -o fs.jffs2 --partition config dump.bin
                                             one file system of a dump
      """)

  @OptionGroup var input: InputArguments

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File to write; - for standard output.", valueName: "file"),
    completion: .file())
  var output: PathArgument

  @Option(
    help: ArgumentHelp(
      "Pad with 0xFF to a multiple of this; 0 = erase block size.", valueName: "size"),
    transform: ByteCount.init)
  var pad: ByteCount?

  func validate() throws { try output.refuseTerminal(for: "image") }

  var destination: PathArgument? { output }

  func run(
    _ firmware: OpenedFirmware, to output: ByteOutput
  ) throws(CommandFailure) -> ExitStatus {
    try BareImage(firmware.onlyFileSystem(), padding: pad?.value).write(to: output)
    return .success
  }
}
