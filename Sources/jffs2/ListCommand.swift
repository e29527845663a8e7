import ArgumentParser
import Commands
import FirmwareAccess

struct ListCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List a directory or a file.",
    discussion: """
      Lists files like ls(1), including hidden files. Times are in UTC. The default path is the root.

      Examples:
        jffs2 ls home                        list the root directory
        jffs2 ls -l home /etc                long format
        jffs2 ls -R home                     everything
        jffs2 ls -R --json home              machine-readable output
        jffs2 ls -lR --deleted home          deleted files
        jffs2 ls dump.bin                    the file systems of a dump
        jffs2 ls dump.bin /rootfs/etc        a directory in one of them
      """)

  @OptionGroup var input: InputArguments

  @Argument(help: "Paths to list.", completion: .imagePath)
  var path: [PathArgument] = []

  @Flag(name: [.short, .customLong("long")], help: "Show permissions, owners, sizes and times.")
  var long = false

  @Flag(name: [.customShort("R"), .long], help: "List subdirectories recursively.")
  var recursive = false

  // A habit from ls(1). Hidden names are always listed.
  @Flag(name: .customShort("a"), help: .hidden)
  var all = false

  @Flag(help: "List deleted files in their last state.")
  var deleted = false

  @Flag(help: "Print a JSON array, one object per file.")
  var json = false

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
      var listing = JSONListing(tree, isRecursive: recursive, to: output)
      try listing.list(paths)
      failures = listing.failures
      hasOutput = listing.count > 0
    } else {
      var listing = TextListing(tree, isLong: long, to: output)
      for path in paths {
        if recursive {
          try listing.listAll(path)
        } else {
          try listing.list(path, hasHeading: paths.count > 1)
        }
      }
      failures = listing.failures
    }
    try output.flush()
    return ErrorReporter.report(failures, firmware, hasOutput: hasOutput)
  }
}
