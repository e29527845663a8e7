/// A history laid out as a tree of files that is read like any other volume. Each version is a separate inode.
package struct HistoryTree: Sendable {
  enum Layout: Sendable {
    /// A directory for each file with history, with a file for each version: `001`, `002.partial`.
    case versions
    /// The last version of each deleted file under the file's own name.
    case deleted
  }

  /// The tree as a volume. Its inode numbers are its own, and the same in each run.
  package let volume: Volume
  private let history: History
  /// For each path of the history the inode of its first version; 0 if the tree does not show it.
  private let firstVersionInos: [UInt32]

  init(_ history: History, _ layout: Layout) throws(JFFS2Error) {
    var builder = HistoryTreeBuilder(history, layout)
    try builder.build()
    self.history = history
    firstVersionInos = builder.firstVersionInos
    volume = Volume(
      viewOf: history.volume, nodes: history.nodes, entries: builder.entries,
      directories: DirectoryTable(ordered: builder.dirents, names: builder.names),
      VersionTable(directories: builder.directories, versions: builder.versions))
  }

  /// The inode of a version of a path, or nil if the tree does not show it.
  ///
  /// - Parameter number: From 1 on, in the order of ``History/versions(ofPath:)``.
  package func inode(of path: [[UInt8]], version number: Int) -> UInt32? {
    guard let index = history.table.index(of: path), firstVersionInos[index] > 0,
      history.table.paths[index].versions.indices.contains(number - 1)
    else { return nil }
    return firstVersionInos[index] + UInt32(number - 1)
  }
}
