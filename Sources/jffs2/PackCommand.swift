import FirmwareAccess
import ArgumentParser
import CLinux
import Commands
import Firmware
import Glibc
import JFFS2
import Sandbox
import Storage
import SystemPackage
internal import Support

struct PackCommand: ParsableCommand, CompletedCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Make a firmware file that the device accepts.",
    discussion: """
      TREE is a directory, such as an extraction that was edited, or a tar archive from export. \
      With --like, paths that OLD has keep its owners, permissions and extended attributes, and \
      the new file gets the same byte order, erase size, compression and U-Boot header. Device \
      nodes of OLD stay. Root privileges are not needed. The new file is read back and compared \
      before it gets its name; OLD is never changed.

      Examples:
        jffs2 extract -C tree firmware.bin   take it apart
        vi tree/etc/passwd                   change something
        jffs2 pack tree -o firmware.new --like firmware.bin
                                             and put it together again
        jffs2 pack tree -n --like firmware.bin
                                             only show what would change
        jffs2 pack tree -o flash.new --like flash.bin --partition config
                                             replace one partition of a dump
        jffs2 pack tree -o new.jffs2 --erase-size 128k --compression lzo
                                             a file system without an old one
      """)

  func completedInput() throws -> InputOptions? { try like.map(old.options) }

  @Argument(help: "The directory or tar archive to pack.", completion: .file())
  var tree: PathArgument

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "new"),
    completion: .file())
  var output: PathArgument?

  @Option(
    help: ArgumentHelp("The firmware whose file system is replaced.", valueName: "old"),
    completion: .file())
  var like: PathArgument?

  @OptionGroup(title: "Reading OLD; byte order also for NEW, erase size for NEW only")
  var old: ReadingArguments

  @OptionGroup(title: "Format") var format: FormatArguments

  @Option(
    help: ArgumentHelp(
      "Set an owner, by numbers; without PATH that of new files.", valueName: "[path=]uid:gid"))
  var owner: [PathValue] = []

  @Option(help: ArgumentHelp("Set permissions, in octal.", valueName: "path=mode"))
  var mode: [PathValue] = []

  @Option(
    help: ArgumentHelp("Leave out a path, such as a device node of OLD.", valueName: "path"),
    completion: .imagePath)
  var drop: [PathArgument] = []

  @Flag(name: [.customShort("n"), .long], help: "Only show what would change.")
  var dryRun = false

  @OptionGroup var style: StyleArguments

  @Flag(help: "Write changes and result as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress, changes or summary; only notes and errors.")
  var quiet = false

  func validate() throws {
    guard dryRun || output != nil else { throw ValidationError("-o FILE is missing") }
    if output?.filePath == "-" {
      throw ValidationError("-o: the file is read back, which standard output cannot be")
    }
    if like == nil, old.saysMoreThanFormat {
      throw ValidationError("options about OLD need --like OLD")
    }
    _ = try packOptions()
    _ = try like.map(old.options)
  }

  func run() throws {
    let (options, oldOptions) = (try packOptions(), try like.map(old.options))
    let status = ErrorReporter.status { () throws(ProgramError) in
      try perform(options, oldOptions)
    }
    throw ExitCode(status.rawValue)
  }

  private func perform(
    _ options: PackOptions, _ oldOptions: InputOptions?
  ) throws(ProgramError) -> ExitStatus {
    let time = try Self.sourceDate()
    var oldOptions = oldOptions
    oldOptions?.probe.table = try old.table()
    // Nodes of another size would be hidden.
    oldOptions?.volume.eraseSize = nil
    let source = try PackSource(opening: tree.filePath)
    guard let path = output?.filePath, !dryRun else {
      return try pack(source, options, oldOptions, to: nil, time)
    }
    try PackDestination.check(path, tree: tree.filePath)
    let file = try OutputFile(
      path, mustNotReplace: like?.filePath ?? tree.filePath, isReadBack: true)
    let output = file.output
    let status = try ReaderProcess.run(tree.filePath) {
      ErrorReporter.status { () throws(ProgramError) in
        try pack(source, options, oldOptions, to: output, time)
      }
    }
    if status == .success { try file.commit() }
    return status
  }

  /// Drops all other privileges and does the work.
  private func pack(
    _ source: PackSource, _ options: PackOptions, _ oldOptions: InputOptions?,
    to output: BufferedOutput?, _ time: UInt32?
  ) throws(ProgramError) -> ExitStatus {
    var confinement = SandboxPolicy(output: output?.descriptor)
    confinement.readableDirectories = source.descriptors.directories
    confinement.inputs = source.descriptors.files
    let opened = try PackInput(oldOptions, confinement, maxUnpacked: old.limit, isQuiet: quiet)
    for line in opened.warnings { ErrorReporter.write(line) }
    return try onDedicatedThread { () throws(ProgramError) in
      let pack = try Pack(
        source, options, old: opened.firmware, scratchFile: opened.scratchFile,
        maxUnpacked: old.limit, isQuiet: quiet)
      for note in pack.notes { ErrorReporter.write(note) }
      let listing = BufferedOutput.standard()
      if !json, !quiet {
        try pack.writeChanges(to: listing, style.style)
        try listing.flush()
      }
      let report =
        try output.map { output throws(ProgramError) in
          try pack.write(to: output, time: time)
        } ?? pack.plan
      if let warning = report.warning { ErrorReporter.write(warning) }
      if json {
        try listing.write(JSON.document(report))
      } else if !quiet {
        try listing.write(report.summary)
      }
      try listing.flush()
      return .success
    }
  }

  /// The time that reproducible builds ask for.
  private static func sourceDate() throws(ProgramError) -> UInt32? {
    guard let text = unsafe getenv("SOURCE_DATE_EPOCH") else { return nil }
    guard let time = UInt32(unsafe String(cString: text)) else {
      throw ProgramError("SOURCE_DATE_EPOCH: not a number of seconds since 1970", .usage)
    }
    return time
  }
}

extension PackCommand {
  /// The options of the command line, for the library.
  fileprivate func packOptions() throws -> PackOptions {
    var options = PackOptions()
    for value in owner {
      guard let owner = PackOptions.Owner(parsing: value.value) else {
        throw ValidationError("--owner: not numbers of user and group such as 0:0")
      }
      if let path = value.path {
        options.owners.append((path, owner))
      } else {
        options.owner = owner
      }
    }
    for value in mode {
      guard let path = value.path, let mode = UInt16(value.value, radix: 8), mode <= 0o7777 else {
        throw ValidationError("--mode: not a path and permissions such as bin/x=755")
      }
      options.modes.append((path, mode))
    }
    options.dropped = drop.map { PackOptions.normalized($0.bytes) }
    try format.apply(to: &options)
    options.endianness = old.endian
    options.eraseSize = try old.checkedEraseSize()
    return options
  }
}

extension ReadingArguments {
  /// Whether there are options that only concern an old firmware.
  fileprivate var saysMoreThanFormat: Bool {
    partition != nil || offset != nil || length != nil || mtdparts != nil || member != nil
      || oob != nil || damaged != nil
  }
}

/// A value, and the path that it is for.
struct PathValue: ExpressibleByArgument {
  let path: [UInt8]?
  let value: String

  init?(argument: String) {
    guard let bytes = PathArgument(argument: argument)?.bytes else { return nil }
    let equals = bytes.lastIndex(of: UInt8(ascii: "="))
    path = equals.map { PackOptions.normalized(Array(bytes[..<$0])) }
    value = String(decoding: bytes[(equals.map { $0 + 1 } ?? 0)...], as: UTF8.self)
  }
}

extension PackOptions.Owner {
  fileprivate init?(parsing text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let uid = UInt16(parts[0]), let gid = UInt16(parts[1]) else {
      return nil
    }
    self.init(uid: uid, gid: gid)
  }
}
