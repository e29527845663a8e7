internal import Storage
internal import Synchronization

/// The recorded history of a file system: older versions of files, deleted files, and when names came and went.
///
/// Made from a walk over all nodes, obsolete ones too, when someone asks for it; a volume alone neither reads nor stores anything for it.
/// Contents are read when they are requested, through ``tree``, by the code that reads a volume. All methods may be called from any
/// thread at once.
package final class History: Sendable {
  /// The file system as it is now.
  package let volume: Volume
  /// The versions of all files, in the order of their inodes.
  package let versions: [FileVersion]
  /// Whether the times of no inode fall back from one version to the next. Else the order of events in different files is a guess.
  package let isClockSteady: Bool
  let table: HistoryPathTable
  let nodes: [DataNode]
  /// The last node of each directory that is not in the tree.
  let directoryNodes: [UInt32: DataNode]
  let dirents: [Dirent]
  let names: [UInt8]
  let intervals: [NameInterval]
  /// The deletions of names of which nothing else is left, with their paths.
  let lostNames: [(dirent: Int, path: Int)]
  /// For each version the path that its file had when it was written, and the version's number there.
  let homes: [(path: UInt32, number: UInt32)?]
  /// For each interval the versions of the file that it named; none if that is unknown.
  let files: [Range<Int>?]
  /// For each interval the last version that was visible under its name; nil if none was.
  let lastVersions: [Int?]
  private let madeTree = Mutex<HistoryTree?>(nil)
  private let madeDeletedTree = Mutex<HistoryTree?>(nil)

  /// Reads the log again and determines what was where when.
  ///
  /// - Parameters:
  ///   - wanted: The only paths whose versions are needed, each the names from the root; nil for all. If one of them is unknown, all are
  ///     determined.
  ///   - progress: Called with the bytes of the log that were read, by two threads.
  /// - Throws: `.storage`.
  package init(
    _ volume: Volume, of wanted: [[[UInt8]]]? = nil,
    progress: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) throws(JFFS2Error) {
    var scan = try HistoryScan.of(volume, progress: progress)
    var builder = HistoryBuilder(volume, &scan, of: wanted)
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
    lostNames = builder.names.lostNames
    files = builder.files
    lastVersions = builder.lastVersions
    homes = Self.numbered(builder.homes, table.paths)
  }

  private static func numbered(
    _ homes: [UInt32?], _ paths: [HistoryPath]
  ) -> [(path: UInt32, number: UInt32)?] {
    var numbered = [(path: UInt32, number: UInt32)?](repeating: nil, count: homes.count)
    for (path, listed) in zip((0 as UInt32)..., paths) {
      for (number, version) in zip((1 as UInt32)..., listed.versions) where homes[version] == path {
        numbered[version] = (path, number)
      }
    }
    return numbered
  }

  /// The inodes that a path referred to, each once.
  package func inodes(ofPath index: Int) -> Set<UInt32> {
    Set(intervals.lazy.filter { $0.path == index }.map(\.ino))
  }

  /// Whether names lead to an inode from the root of the tree.
  package func isInTree(ino: UInt32) -> Bool { volume.pathIndex.isReachable(ino) }

  /// The index of a path; nil for one that the log does not know.
  package func index(ofPath names: [[UInt8]]) -> Int? { table.index(of: names) }

  /// The events, oldest first.
  package func events() -> HistoryEvents {
    var list = HistoryEventList(self)
    return list.events()
  }

  /// The number of paths that the tree has or had; a directory comes before what was in it, the root first.
  package var pathCount: Int { table.paths.count }

  /// The name of a path, and the path of the directory that it is in; nil for the root.
  package func name(ofPath index: Int) -> (name: [UInt8], parent: Int)? {
    table.paths[index].parent.map { (table.paths[index].name, $0) }
  }

  /// The names from the root to a path.
  package func names(ofPath index: Int) -> [[UInt8]] { table.names(of: index) }

  /// Whether the tree has a path now.
  package func isInTree(path index: Int) -> Bool { table.paths[index].isInTree }

  /// The versions of the files that a path referred to, numbered from 1 in this order.
  package func versions(ofPath index: Int) -> [FileVersion] {
    table.paths[index].versions.map { versions[$0] }
  }

  /// The stat(2) attributes of a version.
  ///
  /// - Throws: `.storage`.
  package func attributes(of version: FileVersion) throws(JFFS2Error) -> InodeAttributes {
    if version.isCurrent { return try volume.attributes(of: version.ino) }
    let raw = try volume.rawInode(nodes[Int(version.nodes.upperBound) - 1])
    return InodeAttributes(
      ino: raw.ino, mode: raw.mode, linkCount: 1, uid: raw.uid, gid: raw.gid,
      size: UInt64(raw.fileSize), accessTime: raw.accessTime,
      modificationTime: raw.modificationTime, changeTime: raw.changeTime, device: nil)
  }

  /// A directory for each directory of the tree or of the past, and in it one for each file with history, that holds its versions.
  package func tree() throws(JFFS2Error) -> HistoryTree {
    try made(madeTree, .versions)
  }

  /// The deleted files, each in its last state.
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
