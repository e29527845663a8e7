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
        jffs2 nodes home                        all nodes, in flash order
        jffs2 nodes home --type cleanmarker     where erase blocks start
        jffs2 nodes home --path /etc/passwd     the history of a file
        jffs2 nodes home --state damaged        nodes with a wrong CRC
        jffs2 nodes home --json | jq .offset    for programs
      """)

  @OptionGroup var input: InputArguments

  @Option(
    help: ArgumentHelp(
      "Show only nodes of this inode and its directory entries; repeatable.",
      valueName: "number"))
  var ino: [UInt32] = []

  @Option(
    help: ArgumentHelp(
      "Show only nodes of the inode at this path, current or deleted, and its directory entries; "
        + "repeatable.",
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

  func run(_ firmware: FirmwareImage) throws(ProgramError) -> ExitStatus {
    var filter = NodeFilter()
    filter.kinds = Set(type)
    filter.states = Set(state)
    filter.targets = Set(ino.map { NodeFilter.Target(volume: nil, ino: $0) })
    var failures: [String] = []
    let tree = ImageTree(firmware)
    var history: FirmwareHistory?
    for path in path {
      do throws(PathError) {
        let node = try tree.resolve(path.bytes, followsLast: false)
        filter.targets.insert(NodeFilter.Target(volume: node.volume ?? -1, ino: node.ino))
      } catch {
        let past = error == .notFound ? try pastInodes(path.bytes, firmware, &history) : []
        for inode in past {
          filter.targets.insert(NodeFilter.Target(volume: inode.fileSystem, ino: inode.ino))
        }
        if !past.isEmpty { continue }
        let name = DisplayName.inMessages.text(path.bytes)
        failures.append("\(name): \(error)")
      }
    }
    if !path.isEmpty, filter.targets.isEmpty {
      return ErrorReporter.report(failures, firmware, hasOutput: false)
    }
    let listed = try NodeListing(firmware, filter, json ? .json : .text).write(to: .standard())
    for ino in ino where !listed.contains(ino) {
      failures.append("inode \(ino): no nodes found")
    }
    // The JSON output has one object per line, so that an error object may follow.
    return ErrorReporter.report(failures, firmware, hasOutput: false)
  }

  /// The inodes that a deleted name referred to.
  private func pastInodes(
    _ path: [UInt8], _ firmware: FirmwareImage, _ history: inout FirmwareHistory?
  ) throws(ProgramError) -> [(fileSystem: Int, ino: UInt32)] {
    if history == nil { history = try FirmwareHistory(firmware) }
    return history?.inodes(of: path) ?? []
  }
}

extension LogRecord.Kind: ExpressibleByArgument {}
extension NodeState: ExpressibleByArgument {}
