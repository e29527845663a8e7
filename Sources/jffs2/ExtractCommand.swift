import ArgumentParser
import CLinux
import FirmwareAccess
import Glibc
import Commands
import Sandbox
import SystemPackage

struct ExtractCommand: FirmwareCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", abstract: "Extract files from the image.",
    discussion: """
      Files go to a directory that is named after the firmware, with .extracted at its end. Without \
      PATH, everything is extracted. Directories are extracted recursively. Permissions, \
      times, symbolic and hard links, holes and extended attributes are restored; as root, owners \
      and set-user-ID bits too. Nothing is written outside the target directory, regardless of the \
      image contents. Lost ranges are reported and filled with zeros; --damaged zero does not \
      report them.

      Examples:
        jffs2 extract firmware.bin           everything, into firmware.bin.extracted
        jffs2 extract -C out firmware.bin    everything, into another directory
        jffs2 extract firmware.bin etc 'bin/*.sh'
                                             a directory and matching files
        jffs2 extract -f -C out firmware.bin '**/*.conf'
                                             again, replacing what is there
        jffs2 extract --history -C old firmware.bin
                                             older versions and deleted files
        sudo jffs2 extract --devices -C rootfs firmware.bin
                                             with owners and device nodes

      In a PATH, *, ? and [a-z] match parts of a name, and ** any directories.
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "Paths in the image, or patterns, to extract.", completion: .imagePath)
  var path: [PathArgument] = []

  @Option(
    name: [.customShort("C"), .customShort("d"), .long],
    help: ArgumentHelp(
      "Extract into this directory; created if missing (default: the name of the firmware, with "
        + ".extracted at its end).", valueName: "dir"),
    completion: .directory)
  var directory: PathArgument?

  @Flag(
    help: "Extract older versions and deleted files: a directory per file, a file per version.")
  var history = false

  @Flag(name: .shortAndLong, help: "Replace existing files.")
  var force = false

  @Flag(help: "Create device nodes (root only).")
  var devices = false

  @Flag(help: "Do not restore owners.")
  var noSameOwner = false

  @Flag(name: .shortAndLong, help: "Print the name of each file.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "Show errors only.")
  var quiet = false

  @Flag(help: "Print a JSON summary.")
  var json = false

  @OptionGroup var style: SizeStyleArguments

  func validate() throws {
    if devices, geteuid() != 0 { throw ValidationError("--devices requires root") }
    if verbose, json { throw ValidationError("--verbose and --json cannot be combined") }
  }

  private var keepsOwners: Bool { geteuid() == 0 && !noSameOwner }

  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    let target = try ExtractionDestination(targetPath.filePath)
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
    // Where everything failed, a directory that was made for it is empty.
    isUsed = status == .success
    return status
  }

  /// The target: the one that was given, or one in the current directory with the firmware's name.
  private var targetPath: PathArgument {
    if let directory { return directory }
    let name = input.firmware.bytes.split(separator: UInt8(ascii: "/")).last.map(Array.init)
    let isNamed = name.map { !["-", ".", ".."].contains($0.text) } ?? false
    return PathArgument(
      bytes: (isNamed ? name ?? [] : Array("firmware".utf8)) + Array(".extracted".utf8))
  }

  private func extract(
    _ firmware: FirmwareImage, into target: ExtractionDestination
  ) throws(ProgramError) -> ExitStatus {
    let histories = history ? try FirmwareHistory(firmware, isQuiet: quiet) : nil
    let tree = try histories?.tree() ?? ImageTree(firmware)
    let selection = PathSelection(path.map(\.bytes))
    let isQuiet = quiet || verbose
    let progress = Progress(
      "extracting",
      total: Progress.isShown(isQuiet: isQuiet) ? Extraction.byteCount(tree, selection) : 0,
      isQuiet: isQuiet)
    let options = ExtractionOptions(
      replaces: force, makesDevices: devices, keepsOwners: keepsOwners,
      hasDefaultTarget: directory == nil, limit: OutputLimit(firmware))
    clinux_install_signal_handlers()
    // If a signal was recorded, the process ends by it on all paths.
    defer { clinux_reraise_signal() }
    let extraction = Extraction(
      tree, selection, into: target, options, progress, history: histories
    ) { [path = firmware.path] line in
      progress.interrupted { ErrorReporter.write("\(path): \(line)") }
    }
    defer { progress.finish() }
    let output = BufferedOutput.standard()
    let report = try extraction.run {
      [verbose, names = DisplayName.for(output)] name throws(ProgramError) in
      guard verbose else { return }
      try output.write((names.bytes(name) + [UInt8(ascii: "\n")])[...])
      // Shows the running step to the user.
      try output.flush()
    }
    progress.finish()
    // The process ends by the signal.
    guard clinux_interruption() == 0 else { return .failure }
    if !quiet { for note in report.notes { ErrorReporter.write("\(firmware.path): \(note)") } }
    if json {
      try output.write(JSON.document(report))
    } else if !quiet {
      try output.write(report.summary(targetPath.bytes, style.style))
    }
    try output.flush()
    let isDamaged =
      !report.failures.isEmpty || firmware.isDamaged(PathSelection(path.map(\.bytes)))
    return isDamaged ? .damage : .success
  }
}
