internal import JFFS2

/// The totals that a walk over a tree provides in advance.
struct LinkCensus {
  /// The bytes of all contents that will be written.
  private(set) var byteCount: UInt64 = 0
  /// How many names lead to each file that has several.
  private(set) var nameCounts: [ImageTree.FileID: Int] = [:]

  init(_ tree: ImageTree, _ format: ExportFormat) {
    var walk = TreeWalk(tree, from: tree.root)
    while let step = walk.next() {
      guard case .entry(let node, .success(let attributes)) = step, !attributes.isDirectory else {
        continue
      }
      var isNew = true
      if attributes.linkCount > 1 {
        isNew = nameCounts.updateValue((nameCounts[node] ?? 0) + 1, forKey: node) == nil
      }
      if isNew || format.hardLinks == .copies { byteCount += attributes.size }
    }
  }
}
