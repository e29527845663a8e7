internal import Storage
internal import Synchronization

/// What the log of a file system still proves of its past: older versions of files, deleted files, and when names came and went.
///
/// Made from a walk over all nodes, obsolete ones too, when somebody asks for it; a volume alone neither reads nor stores anything for it.
/// Contents are read when they are asked for, through ``tree``, by the code that reads a volume. All methods may be called from any
/// thread at once.
package final class History: Sendable {
  /// The file system as it is now.
  package let volume: Volume
  /// The versions of all files, in the order of their inodes.
  package let versions: [FileVersion]
  /// Whether the times of no inode fall back from one version to the next. Else the order of events in different files is a guess.
  package let isClockSteady: Bool
  let table: HistoryPathTable
  let nodes: [InodeNode]
  /// The last node of each directory that is not in the tree.
  let directoryNodes: [UInt32: InodeNode]
  let dirents: [Dirent]
  let names: [UInt8]
  let intervals: [NameInterval]
  private let madeTree = Mutex<HistoryTree?>(nil)
  private let madeDeletedTree = Mutex<HistoryTree?>(nil)

  /// Reads the log once more and finds out what was where when.
  ///
  /// - Throws: `.storage`.
  package init(_ volume: Volume) throws(JFFS2Error) {
    let scan = try HistoryScan(volume)
    var builder = HistoryBuilder(volume, scan)
    try builder.build()
    self.volume = volume
    versions = builder.versions
    isClockSteady = builder.isClockSteady
    nodes = builder.nodes
    directoryNodes = builder.directoryNodes
    table = builder.names.table
    dirents = builder.names.dirents
    names = builder.names.names
    intervals = builder.names.intervals
  }

  /// The versions of the files that a path stood for, numbered from 1 in this order.
  ///
  /// - Returns: nil for a path that the log does not know.
  package func versions(of path: [[UInt8]]) -> [FileVersion]? {
    table.index(of: path).map { table.paths[$0].versions.map { versions[$0] } }
  }

  /// A directory for each directory of the tree or of the past, and in it one for each file with history, that holds its versions.
  package func tree() throws(JFFS2Error) -> HistoryTree {
    try made(madeTree, .versions)
  }

  /// What the tree does not have any more, each file as it was last.
  package func deletedTree() throws(JFFS2Error) -> HistoryTree {
    try made(madeDeletedTree, .deleted)
  }

  private func made(
    _ cache: borrowing Mutex<HistoryTree?>, _ layout: HistoryTree.Layout
  ) throws(JFFS2Error) -> HistoryTree {
    if let made = cache.withLock({ $0 }) { return made }
    let tree = try HistoryTree(self, layout)
    cache.withLock { $0 = tree }
    return tree
  }
}
