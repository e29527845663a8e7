import ArgumentParser
import Commands
import FirmwareAccess
import Glibc
import JFFS2

struct ListCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List a directory or a file.",
    discussion: """
      Lists files like ls(1). Times are in UTC. The default path is the root. In a PATH, *, ? \
      and [a-z] match parts of a name, and ** any directories.

      Examples:
        jffs2 ls firmware.bin                list the root directory
        jffs2 ls -lh firmware.bin /etc       long format, sizes with units
        jffs2 ls -lt firmware.bin 'etc/*.conf'
                                             matching files, newest first
        jffs2 ls -R firmware.bin             everything
        jffs2 ls -R --json firmware.bin      machine-readable output
        jffs2 ls -lR --deleted firmware.bin  deleted files
        jffs2 ls flash.bin                   the file systems of a dump
        jffs2 ls flash.bin /rootfs/etc       a directory in one of them
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "Paths to list, or patterns.", completion: .imagePath)
  var path: [PathArgument] = []

  @Flag(
    name: [.short, .customLong("long"), .customShort("n")],
    help: "Show permissions, owners, sizes and times.")
  var long = false

  @Flag(name: [.short, .long], help: "With -l, show sizes with units, such as 14K.")
  var humanReadable = false

  @Flag(name: [.customShort("R"), .long], help: "List subdirectories recursively.")
  var recursive = false

  @Flag(name: [.customShort("d"), .long], help: "List directories themselves, not their entries.")
  var directory = false

  @Flag(name: [.customShort("i"), .long], help: "Show inode numbers.")
  var inode = false

  @Flag(name: .customShort("t"), help: "Sort by modification time, newest first.")
  var byTime = false

  @Flag(name: .customShort("S"), help: "Sort by size, largest first.")
  var bySize = false

  @Flag(name: [.customShort("r"), .long], help: "Reverse the order.")
  var reverse = false

  @Flag(
    name: [.customShort("a"), .customShort("A"), .long], help: "Show hidden files (always shown).")
  var all = false

  @Flag(name: .customShort("1"), help: "List one file per line, also on a terminal.")
  var onePerLine = false

  @Flag(
    name: [.customShort("F"), .customLong("classify")],
    help: "Mark directories /, links @, programs *, fifos |, sockets =.")
  var classify = false

  @Flag(help: "List deleted files in their last state.")
  var deleted = false

  @Flag(help: "Print a JSON array, one object per file.")
  var json = false

  @OptionGroup var style: StyleArguments

  private var options: ListingOptions {
    var options = ListingOptions()
    (options.isLong, options.isHumanReadable, options.isRecursive) = (
      long, humanReadable, recursive && !directory
    )
    (options.showsDirectories, options.showsInodes, options.isReversed) = (
      directory, inode, reverse
    )
    options.order = bySize ? .size : byTime ? .time : .name
    options.marksTypes = classify
    options.style = style.style
    options.colors = .ofEnvironment
    options.hasColumns = isatty(1) == 1 && !onePerLine
    return options
  }

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    let current = ImageTree(firmware)
    let tree = deleted ? try FirmwareHistory(firmware).deletedTree() : current
    let output = BufferedOutput.standard()
    var paths = path.isEmpty ? [Array("/".utf8)] : path.map(\.bytes)
    // A directory in which nothing was deleted.
    if deleted { paths.removeAll { !tree.hasPath($0) && current.hasPath($0) } }
    let failures: [String]
    var hasOutput = true
    if json {
      var listing = JSONListing(tree, options, to: output)
      try listing.list(paths)
      failures = listing.failures
      hasOutput = listing.count > 0
    } else {
      var listing = TextListing(tree, options, to: output)
      try listing.list(paths)
      failures = listing.failures
    }
    try output.flush()
    let status = ErrorReporter.report(failures, firmware, hasOutput: hasOutput)
    return firmware.mayLackNames ? status.combined(with: .damage) : status
  }
}
