import FirmwareAccess
import ArgumentParser
import Commands
import Firmware
import Sandbox
import Storage
import SystemPackage
internal import Support

struct DiffCommand: FirmwareCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what differs between two firmware files.",
    usage: "jffs2 diff [<options>] <old> <new> [<path>]",
    discussion: """
      OLD and NEW are firmware files, directories, or one of each. If there are several file \
      systems, those with the same partition name are compared. A line for each path: + added, \
      - removed, ~ changed, > renamed. Input options apply to both files.

      Examples:
        jffs2 diff old new                   what changed
        jffs2 diff old new /etc              below one directory
        jffs2 diff --text old new etc > etc.patch
                                             the lines of text files, for patch -p1
        jffs2 diff old tree                  an image and an edited extraction
        jffs2 diff --stat old new            how much changed
        jffs2 diff --json old new            for a program

      Exit status: 0 where nothing differs; 1 where anything does, or is damaged; 2 in case of \
      trouble.
      """)

  @Argument(
    help: "Firmware or a directory; see 'jffs2 --help'. - for standard input.", completion: .file())
  var old: PathArgument

  @Argument(help: "The firmware, or directory, to compare with it.", completion: .file())
  var new: PathArgument

  @Argument(help: "Compare this path and what is below it.", completion: .imagePath)
  var path: PathArgument?

  @Flag(help: "Compare times of modification too.")
  var times = false

  @Flag(help: "Write a summary only.")
  var stat = false

  @Flag(help: "Add unified diffs of text files.")
  var text = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var style: StyleArguments

  @OptionGroup(title: "Input options") var reading: ReadingArguments

  var input: InputArguments { InputArguments(old, reading) }

  func validate() throws {
    guard [stat, text, json].count(where: { $0 }) <= 1 else {
      throw ValidationError("--stat, --text and --json cannot be combined")
    }
    guard input.firmware.filePath != "-" || new.filePath != "-" else {
      throw ValidationError("standard input can be only one of the two")
    }
  }

  func perform(_ options: InputOptions) throws(ProgramError) -> ExitStatus {
    var options = options
    options.takesOnlyFileSystem = true
    var newOptions = options
    newOptions.path = new.filePath
    let sides = [options, newOptions]
    var directories: [DirectoryTree?] = []
    for side in sides { directories.append(try DirectoryTree(opening: side.path)) }
    var confinement = SandboxPolicy()
    confinement.readableDirectories = directories.compactMap { $0?.descriptor }
    let files = zip(sides, directories).filter { $0.1 == nil }.map(\.0)
    var opened: [(file: FirmwareFile, options: InputOptions)] = []
    for options in files { opened.append((try FirmwareFile(options), options)) }
    FirmwareReading.confine(
      confinement, opened.map(\.file), maxUnpacked: options.probe.maxUnpacked)
    let firmware = try load(opened)
    for firmware in firmware {
      for line in firmware.warnings + firmware.damageSummaries {
        ErrorReporter.write("\(firmware.path): \(line)")
      }
    }
    writeCountNote(firmware)
    var rest = firmware[...]
    let operands = directories.compactMap { directory in
      directory.map { DiffOperand($0) } ?? rest.popFirst().map { DiffOperand($0) }
    }
    return try onDedicatedThread { () throws(ProgramError) in
      try compare(Comparison(operands[0], operands[1], comparesTimes: times))
    }
  }

  /// Loads the files. Without JFFS2 there is nothing to compare, which is trouble, as diff(1) calls it.
  private func load(
    _ files: [(file: FirmwareFile, options: InputOptions)]
  ) throws(ProgramError) -> [FirmwareImage] {
    do throws(ProgramError) {
      return try onDedicatedThread { () throws(ProgramError) in
        try FirmwareReading.load(files, isQuiet: quiet)
      }
    } catch {
      throw error.status == .noFileSystem ? ProgramError(error.message, .failure) : error
    }
  }

  /// Says how to compare one of several file systems with the only one of the other file.
  private func writeCountNote(_ firmware: [FirmwareImage]) {
    guard firmware.count == 2, firmware.contains(where: { $0.fileSystems.count == 1 }),
      let several = firmware.first(where: { $0.fileSystems.count > 1 })
    else { return }
    let names = several.fileSystems.map(\.name)
    ErrorReporter.write(
      "\(several.path): contains \(names.count) file systems, and the other file one; "
        + "to compare one of them (\(names.prefix(8).joined(separator: ", "))"
        + "\(names.count > 8 ? ", …" : "")): --partition NAME")
  }

  private func compare(_ comparison: Comparison) throws(ProgramError) -> ExitStatus {
    if comparison.leavesOutOwners {
      ErrorReporter.write(
        "owners and missing device nodes are not compared: an ordinary user's extraction has neither"
      )
    }
    let differences = try comparison.differences(path?.bytes ?? [])
    let output = BufferedOutput.standard()
    if json {
      try output.write(JSON.document(differences.document))
    } else if stat {
      try output.write(differences.summary)
    } else {
      try differences.writeText(to: output, style.style, includesText: text)
    }
    try output.flush()
    return differences.status
  }
}
