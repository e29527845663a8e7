/// The nodes at the start of an image of mkfs.jffs2 that are as it wrote them: dirents with the versions 0, 1, 2 … over the whole image,
/// each followed by all nodes of the inode that it leads to, with versions 1, 2, 3 … and the same attributes.
struct ImageRun {
  /// The end of the nodes that belong to the run.
  private(set) var end: Int
  /// The index after the last node of the run other than a cleanmarker.
  private(set) var contentEnd: Int
  /// Whether the last file is complete.
  private(set) var isComplete = true
  /// The number of dirents, and so the version that the next one would have.
  private(set) var direntCount = 0
  private var names: Set<NameEntry> = []
  private var fileSizes: [UInt32: UInt32] = [:]
  private var lastNode: NodeEvidence?

  /// - Parameter start: The node that the image starts with.
  init(_ nodes: [NodeEvidence], from start: Int, to limit: Int) {
    end = start
    contentEnd = start
    while end < limit, add(nodes[end]) {
      end += 1
      if nodes[end - 1].kind != .cleanmarker { contentEnd = end }
    }
  }

  private mutating func add(_ node: NodeEvidence) -> Bool {
    switch node.kind {
    case .cleanmarker: return true
    case _ where node.isObsolete: return false
    case .dirent:
      guard Int(node.version) == direntCount, isComplete else { return false }
      direntCount += 1
      names.insert(NameEntry(node))
      lastNode = node
      return true
    case .inode:
      guard let last = lastNode else { return false }
      let isFirst = last.kind == .dirent
      guard
        isFirst
          ? node.number == last.target && node.version == 1 && node.data.lowerBound == 0
            && fileSizes[node.number] == nil
          : node.isNextChunk(after: last)
      else { return false }
      lastNode = node
      fileSizes[node.number] = node.fileSize
      isComplete =
        node.target != NodeEvidence.regularFile || node.data.upperBound >= node.fileSize
      return true
    }
  }

  /// The first node after the run that only another image of mkfs.jffs2 can contain, whose numbers the run has already.
  ///
  /// The driver writes an inode's nodes before its first name, and the first one of a file without data. Where it used the next erase block
  /// again, versions of the last file may be missing, but no rest of an image follows. Garbage collection may copy a name with a new version
  /// before the nodes of its file. The driver writes a size that the data need, or that an earlier node gave the file: where it has deleted
  /// or replaced anything, that node may be gone.
  func firstForeignNode(_ nodes: [NodeEvidence], to limit: Int) -> Int? {
    let rest = nodes[end..<limit]
    let isUsed = rest.contains(where: \.isOfDriver)
    var given: Set<FileSize>?
    return rest.indices.first { index in
      let node = nodes[index]
      if node.kind == .dirent {
        guard Int(node.version) < direntCount, index + 1 < limit else { return false }
        let next = nodes[index + 1]
        return next.kind == .inode && next.number == node.target && next.version == 1
          && !next.data.isEmpty && !names.contains(NameEntry(node))
      }
      guard node.kind == .inode, node.version > 1, node.target == NodeEvidence.regularFile,
        let size = fileSizes[node.number]
      else { return false }
      let isGap =
        index == end && node.number == lastNode?.number && node.version - 1 > lastNode?.version ?? 0
      guard node.fileSize != size else { return false }
      if isGap, isRestOfImage(nodes[index..<limit]) { return true }
      guard !isUsed, !node.isHole, node.fileSize > node.data.upperBound else { return false }
      let known = given ?? givenSizes(rest)
      given = known
      return !known.contains(FileSize(inode: node.number, size: node.fileSize))
    }
  }

  /// Whether nodes start as mkfs.jffs2 writes them, inside a file: its data, node by node up to its end, then the next name and its inode.
  private func isRestOfImage(_ nodes: ArraySlice<NodeEvidence>) -> Bool {
    var rest = nodes.lazy.filter { $0.kind != .cleanmarker }.makeIterator()
    guard var last = rest.next() else { return false }
    var count = 1
    var next = rest.next()
    while let node = next, node.isNextChunk(after: last) {
      (last, next) = (node, rest.next())
      count += 1
    }
    guard let next else { return count > 1 }
    let target = rest.next()
    return last.data.upperBound >= last.fileSize && next.kind == .dirent
      && next.target > last.number && target?.number == next.target && target?.version == 1
  }

  /// A name and what it leads to, without its version and time.
  private struct NameEntry: Hashable {
    let parent: UInt32
    let target: UInt32
    let nameCRC: UInt32

    init(_ node: NodeEvidence) {
      (parent, target, nameCRC) = (node.number, node.target, node.nameCRC)
    }
  }

  /// A size that a file of the run had.
  private struct FileSize: Hashable {
    let inode: UInt32
    let size: UInt32
  }

  /// The sizes that nodes gave to the files of the run: with data up to the new end, or without data. Blocks are used again in any order.
  private func givenSizes(_ nodes: ArraySlice<NodeEvidence>) -> Set<FileSize> {
    Set(
      nodes.filter { node in
        node.kind == .inode && fileSizes[node.number] != nil
          && (node.data.isEmpty || node.data.upperBound == node.fileSize)
      }.map { FileSize(inode: $0.number, size: $0.fileSize) })
  }
}

extension NodeEvidence {
  /// Whether mkfs.jffs2 may have written an inode node after another one.
  fileprivate func isNextChunk(after last: NodeEvidence) -> Bool {
    kind == .inode && number == last.number && version == last.version &+ 1
      && attributes == last.attributes && data.lowerBound == last.data.upperBound
  }

  /// Whether only the driver writes such a node: a deletion, or attributes that changed.
  fileprivate var isOfDriver: Bool {
    kind == .dirent ? target == 0 : kind == .inode && version > 1 && data.isEmpty
  }
}
