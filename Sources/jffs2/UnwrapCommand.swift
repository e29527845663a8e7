import ArgumentParser
import Commands
import Firmware
import FirmwareAccess
import Glibc
import Sandbox
import SystemPackage

struct UnwrapCommand: FileWritingCommand {
  static let configuration = CommandConfiguration(
    commandName: "unwrap", abstract: "Write a partition as it is, or all of them.",
    discussion: """
      Takes off the U-Boot header, the archive, the spare areas of a NAND dump, and what is around \
      the partition in a flash dump. Without --partition: the JFFS2 file system. With --all: every \
      partition, and what is in none, each in a file; put together in the order of their offsets \
      they are the dump. info lists them.

      Examples:
        jffs2 unwrap -o fs.jffs2 firmware.bin
                                             the image in a uImage
        jffs2 unwrap -o fs.jffs2 --pad 0 firmware.bin
                                             padded to whole erase blocks
        jffs2 unwrap -o fs.jffs2 --partition config flash.bin
                                             one of several in a dump
        jffs2 unwrap -o boot.bin --partition boot flash.bin
                                             one that is not JFFS2
        jffs2 unwrap --all -C parts flash.bin
                                             all of them
      """)

  @OptionGroup var input: InputArguments

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("File to write; - for standard output.", valueName: "file"),
    completion: .file())
  var output: PathArgument?

  @Flag(help: "Write every partition, and what is in none, each to a file in DIR.")
  var all = false

  @Option(
    name: [.customShort("C"), .customShort("d"), .long],
    help: ArgumentHelp("Where --all writes to; made if missing.", valueName: "dir"),
    completion: .directory)
  var directory: PathArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Pad with 0xFF to a multiple of this; 0 = erase block size.", valueName: "size"),
    transform: ByteCount.init)
  var pad: ByteCount?

  @Flag(help: "Keep the spare areas of a NAND dump.")
  var raw = false

  @Flag(name: .shortAndLong, help: "Show no progress and no summary.")
  var quiet = false

  func validate() throws {
    if all {
      guard output == nil, pad == nil, input.reading.partition == nil else {
        throw ValidationError("--all writes all as it is; it takes no -o, --pad or --partition")
      }
      guard directory != nil else { throw ValidationError("--all needs -C DIR") }
    } else {
      guard let output else { throw ValidationError("give a file with -o FILE, or --all -C DIR") }
      if directory != nil { throw ValidationError("-C is for --all; write to -o FILE") }
      try output.rejectTerminal(for: "image")
    }
  }

  var destination: PathArgument? { output }

  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    var options = options
    options.takesAnyFirmware = true
    options.takesAnyPart = options.partition != nil
    guard all, let directory else { return try writeFile(options) }
    let target = try ExtractionDestination(directory.filePath)
    // Files get their permissions at the end.
    let mode = 0o666 & ~UInt32(umask(0))
    let extraction = PartExtraction(into: target, mode: mode, isRaw: raw)
    var isUsed = false
    defer {
      extraction.removeTemporaryFile()
      if !isUsed { target.removeIfEmpty() }
    }
    let status = try readInChildProcess(
      options, SandboxPolicy(target: SandboxPolicy.WritableDirectory(descriptor: target.descriptor))
    ) { firmware throws(ProgramError) in
      let (fileCount, byteCount) = try extraction.run(firmware, isQuiet: quiet)
      if !quiet {
        let output = BufferedOutput.standard()
        try output.write(
          PartExtraction.summary(fileCount, byteCount, directory.filePath.string) + "\n")
        try output.flush()
      }
      guard let failure = firmware.failure else {
        return firmware.hasDamagedContainer ? .damage : .success
      }
      if failure.status == .noFileSystem {
        if firmware.isOutsideTable { ErrorReporter.write(failure.message) }
        return .success
      }
      ErrorReporter.write(failure.message)
      // What could not be unpacked is the only part.
      return fileCount == 1 ? failure.status : .success
    }
    isUsed = status == .success || status == .damage
    return status
  }

  func run(
    _ firmware: FirmwareImage, to output: BufferedOutput
  ) throws(ProgramError) -> ExitStatus {
    let bytes = try BareBytes(of: firmware, partition: input.reading.partition, isRaw: raw)
    let size = try pad.map { pad throws(ProgramError) in try bytes.paddedSize(pad.value) }
    let progress = Progress("writing", total: bytes.byteCount, isQuiet: quiet)
    defer { progress.finish() }
    try bytes.write(to: output, paddedTo: size ?? 0, progress)
    return firmware.hasDamagedContainer ? .damage : .success
  }
}

extension FirmwareImage {
  /// Whether what was unpacked is damaged, so that the partitions in it may be.
  fileprivate var hasDamagedContainer: Bool {
    !damage.isEmpty
      && fileSystems.contains { $0.partition.containers.contains(where: \.isUnpacked) }
  }
}
