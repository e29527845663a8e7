import ArgumentParser
import CLinux
import FirmwareAccess
import Glibc
import Commands
import Sandbox
import SystemPackage

struct ExtractCommand: FirmwareCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", abstract: "Copy files out of the image.",
    discussion: """
      Without PATH everything is extracted. A folder brings what is in it. Permissions, times, \
      symbolic and hard links, holes and extended attributes are kept; owners, and set-user-ID \
      bits, for root. Nothing is written outside of the target, whatever the image says. Ranges of \
      a file that are lost are told of and left as zeroes; --damaged zero does so silently.

      Examples:
        jffs2 extract home                   everything, into this folder
        jffs2 extract -C out home            everything, into a folder of its own
        jffs2 extract home etc 'bin/*.sh'    a folder, and some files of another
        jffs2 extract -f -C out home '**/*.conf'
        jffs2 extract --history -C old home  older versions and deleted files
        sudo jffs2 extract --devices -C rootfs home

      In a PATH, * and ? and [a-z] stand for parts of a name, ** for any folders.
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "What to extract: paths in the image, or patterns.")
  var path: [PathArgument] = []

  @Option(
    name: [.customShort("C"), .long],
    help: ArgumentHelp("Extract into this folder; made if missing.", valueName: "dir"),
    completion: .directory)
  var directory: PathArgument?

  @Flag(
    help: "Older versions and deleted files: a folder for each, in it a file for each version.")
  var history = false

  @Flag(name: .shortAndLong, help: "Replace files that are there already.")
  var force = false

  @Flag(help: "Make device nodes (root only).")
  var devices = false

  @Flag(help: "Leave the files to root instead of to the image's owners.")
  var noSameOwner = false

  @Flag(name: .shortAndLong, help: "Write the name of each file.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "Show no progress and no notes; errors only.")
  var quiet = false

  @Flag(help: "Write what was done as JSON.")
  var json = false

  func validate() throws {
    if devices, geteuid() != 0 { throw ValidationError("--devices: only root can make them") }
    if verbose, json { throw ValidationError("--verbose and --json both write to the output") }
  }

  private var keepsOwners: Bool { geteuid() == 0 && !noSameOwner }

  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    let target = try ExtractionDestination(directory?.filePath ?? ".")
    let kept = SandboxPolicy.WritableDirectory(
      descriptor: target.descriptor, allowsDeviceNodes: devices, allowsChown: keepsOwners)
    // Files get the permissions that they are made with.
    umask(0)
    var isUsed = false
    defer { if !isUsed { target.removeIfEmpty() } }
    let status = try readInChildProcess(options, SandboxPolicy(target: kept)) {
      firmware throws(ProgramError) in
      try extract(firmware, into: target)
    }
    isUsed = status == .success || status == .damage
    return status
  }

  private func extract(
    _ firmware: FirmwareImage, into target: ExtractionDestination
  ) throws(ProgramError) -> ExitStatus {
    let tree =
      history ? try FirmwareHistory(firmware, isQuiet: quiet).tree() : ImageTree(firmware)
    let selection = PathSelection(path.map(\.bytes))
    let isQuiet = quiet || verbose
    let progress = Progress(
      "extracting",
      total: Progress.isShown(isQuiet: isQuiet) ? Extraction.byteCount(tree, selection) : 0,
      isQuiet: isQuiet)
    let options = ExtractionOptions(
      replaces: force, makesDevices: devices, keepsOwners: keepsOwners,
      limit: OutputLimit(firmware))
    clinux_install_signal_handlers()
    // Whatever happens, a noted signal is what the process ends by.
    defer { clinux_reraise_signal() }
    let extraction = Extraction(tree, selection, into: target, options, progress) {
      [path = firmware.path] line in
      progress.interrupted { ErrorReporter.write("\(path): \(line)") }
    }
    defer { progress.finish() }
    let output = BufferedOutput.standard()
    let report = try extraction.run {
      [verbose, names = DisplayName.for(output)] name throws(ProgramError) in
      guard verbose else { return }
      try output.write((names.bytes(name) + [UInt8(ascii: "\n")])[...])
      // Whoever watches sees what is at work.
      try output.flush()
    }
    progress.finish()
    if !quiet { for note in report.notes { ErrorReporter.write("\(firmware.path): \(note)") } }
    if json { try output.write(JSON.document(report)) }
    try output.flush()
    let isDamaged =
      !report.failures.isEmpty || firmware.isDamaged(PathSelection(path.map(\.bytes)))
    return isDamaged ? .damage : .success
  }
}
