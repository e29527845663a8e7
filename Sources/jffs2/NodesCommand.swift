import ArgumentParser
import Commands
import FirmwareAccess
import JFFS2

struct NodesCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "nodes", abstract: "List the nodes of the log, one per line.",
    discussion: """
      Each line starts with the offset in the file system, magic number and type (hexadecimal) and \
      the length (decimal).

      Examples:
        jffs2 nodes firmware.bin                all nodes, in flash order
        jffs2 nodes --type cleanmarker firmware.bin
                                                where erase blocks start
        jffs2 nodes --path /etc/passwd firmware.bin
                                                the history of a file
        jffs2 nodes --path 'etc/*' firmware.bin that of all files in a directory
        jffs2 nodes --state damaged firmware.bin
                                                nodes with a wrong CRC
        jffs2 nodes --json firmware.bin | jq .offset
                                                for programs
      """)

  @OptionGroup var input: InputArguments

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Show only nodes of this inode and its directory entries; repeatable.",
      valueName: "number"))
  var ino: [UInt32] = []

  @Option(
    help: ArgumentHelp(
      "Show only nodes of the inode at this path or pattern, current or deleted, and its directory "
        + "entries; repeatable.",
      valueName: "path"),
    completion: .imagePath)
  var path: [PathArgument] = []

  @Option(
    help: ArgumentHelp("Show only this type of node; repeatable.", valueName: "type"))
  var type: [LogRecord.Kind] = []

  @Option(
    help: ArgumentHelp("Show only nodes in this state; repeatable.", valueName: "state"))
  var state: [NodeState] = []

  @Flag(help: "Print one JSON object per line.")
  var json = false

  @OptionGroup var style: StyleArguments

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    var filter = NodeFilter()
    filter.kinds = Set(type)
    filter.states = Set(state)
    filter.targets = Set(ino.map { NodeFilter.Target(volume: nil, ino: $0) })
    var failures: [String] = []
    let tree = ImageTree(firmware)
    var history: FirmwareHistory?
    for path in path {
      let current = tree.expand([path.bytes]) { failures.append(Self.failure($0, "\($1)")) }
      var missing: (path: [UInt8], reason: String)?
      for path in current {
        do throws(PathError) {
          let node = try tree.resolve(path, followsLast: false)
          filter.targets.insert(NodeFilter.Target(volume: node.volume ?? -1, ino: node.ino))
        } catch {
          missing = (path, tree.reason(error, path))
        }
      }
      // A pattern also matches deleted files.
      let isPattern = current != [path.bytes]
      let past = isPattern || missing != nil ? try pastInodes(path.bytes, firmware, &history) : []
      for inode in past {
        filter.targets.insert(NodeFilter.Target(volume: inode.fileSystem, ino: inode.ino))
      }
      if let missing, past.isEmpty { failures.append(Self.failure(missing.path, missing.reason)) }
    }
    if !path.isEmpty, filter.targets.isEmpty {
      return ErrorReporter.report(failures, firmware, hasOutput: false)
    }
    let listed = try NodeListing(firmware, filter, json ? .json : .text, style.style).write(
      to: .standard())
    for ino in ino where !listed.contains(ino) {
      failures.append("inode \(ino): no nodes found")
    }
    // The JSON output has one object per line, so that an error object may follow.
    return ErrorReporter.report(failures, firmware, hasOutput: false)
  }

  private static func failure(_ path: [UInt8], _ reason: String) -> String {
    "\(DisplayName.inMessages.text(path)): \(reason)"
  }

  /// The inodes that deleted names referred to.
  private func pastInodes(
    _ path: [UInt8], _ firmware: FirmwareImage, _ history: inout FirmwareHistory?
  ) throws(ProgramError) -> [(fileSystem: Int, ino: UInt32)] {
    if history == nil { history = try FirmwareHistory(firmware) }
    return history.map { history in history.expand(path).flatMap { history.inodes(of: $0) } } ?? []
  }
}

extension LogRecord.Kind: ExpressibleByArgument {}
extension NodeState: ExpressibleByArgument {}
