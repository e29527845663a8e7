internal import Storage
internal import Support

/// The numbering of inodes and names, as evidence for missing nodes.
///
/// mkfs.jffs2 numbers the dirents of the whole image 0, 1, 2 and so on, inodes from 2 on, and the nodes of an inode 1, 2, 3, all in the
/// order of the flash and all nodes of an inode with the same attributes. Until the driver writes to the image, a missing number is a lost
/// node, and numbers that fall back belong to another image. The driver counts the versions of each directory and inode
/// separately and leaves gaps.
struct Numbering: Sendable {
  /// Versions of dirents that are missing between two others.
  struct MissingNames: Sendable {
    let versions: ClosedRange<UInt32>
    /// The dirents around them, by their indices in the order of the flash.
    let before: Int?
    let after: Int?
  }

  /// Whether the file system is as mkfs.jffs2 made it, losses aside.
  private(set) var isPristine = false
  /// The offset of the last node if only mkfs.jffs2 has written nodes; nil if the driver may have written some. Nodes up to there cannot be
  /// unfinished: mkfs.jffs2 is not interrupted.
  private(set) var lastImageNode: UInt32?
  /// Whether all live nodes are of mkfs.jffs2 and some nodes are marked as obsolete: to delete a file, the driver marks its name and its
  /// inode nodes.
  private(set) var hasOnlyMarks = false
  /// The inode that the driver was creating when it was interrupted, if one can be distinguished.
  private(set) var unfinishedCreation: UInt32?
  private(set) var missingNames: [MissingNames] = []
  /// Inode numbers with neither a node nor a name.
  private(set) var missingInos: [ClosedRange<UInt32>] = []
  /// The numbers of extended attributes (xid) that are missing.
  private(set) var missingXids: [UInt32] = []
  /// The number of missing links from inodes to extended attributes.
  private(set) var missingXrefCount = 0
  /// The flash offsets at which numbers restart.
  private(set) var restarts: [UInt32] = []
  /// Inodes of which nodes disagree about the attributes.
  private(set) var inconsistentInos: [UInt32] = []

  /// Whether the driver may have left an unfinished node at an offset.
  ///
  /// - Parameter hasGoodHeader: Whether all but its data is valid, so that it is among the numbered nodes.
  func mayBeUnfinished(at offset: UInt32, hasGoodHeader: Bool = false) -> Bool {
    guard !hasGoodHeader else { return !isPristine || offset >= lastImageNode ?? 0 }
    return !isPristine && lastImageNode.map { offset > $0 } ?? true
  }

  /// - Parameter index: Its inode nodes are ordered by inode and version.
  init(_ index: NodeIndexBuilder) {
    guard !Self.isWrittenByDriver(index) else { return }
    unfinishedCreation = index.unfinishedCreation
    guard unfinishedCreation == nil else { return }
    let hasFileOfMkfs = Self.hasFileOfMkfs(index)
    if hasFileOfMkfs {
      let lastData = index.inodeNodes.lazy.map(\.flashOffset).max() ?? 0
      lastImageNode = max(lastData, index.dirents.last?.flashOffset ?? 0)
    }
    guard Self.isWrittenByMkfs(index, hasFileOfMkfs) else { return }
    let restarts = Restarts(index)
    let inconsistent = Self.inconsistentInos(index)
    let continuation =
      restarts.isDriverContinuation
      ? restarts.offsets.first
      : restarts.offsets.isEmpty ? Self.continuationOfLastFile(index, inconsistent) : nil
    if let continuation {
      if hasFileOfMkfs { lastImageNode = Self.lastImageNode(index, before: continuation) }
      return
    }
    guard restarts.offsets.isEmpty || index.appendixOffset == nil else { return }
    guard index.statistics.obsoleteCount == 0 else {
      hasOnlyMarks = restarts.offsets.isEmpty && inconsistent.isEmpty
      return
    }
    isPristine = true
    self.restarts = restarts.offsets
    inconsistentInos = inconsistent
    // Where another image begins, its numbers say nothing about those of the first.
    guard restarts.offsets.isEmpty else { return }
    findMissingNames(index)
    findMissingInos(index)
    findMissingXattrs(index)
  }

  /// Whether a node is there that only the driver writes.
  private static func isWrittenByDriver(_ index: NodeIndexBuilder) -> Bool {
    if index.dirents.contains(where: { $0.ino == 0 }) { return true }
    let nodes = index.inodeNodes
    for (number, node) in nodes.enumerated() {
      if node.ino == InodeNumber.root || node.isMetadata && node.version > 1 { return true }
      let isOnly = number + 1 == nodes.count || nodes[number + 1].ino != node.ino
      // A new file is an empty node; its data follow.
      if node.isMetadata, node.isRegularFile, !isOnly { return true }
      // Garbage collection writes a file again, under new versions, and misses nothing of it.
      let isFirst = number == 0 || nodes[number - 1].ino != node.ino
      if isFirst, node.isRegularFile, node.version > 1, node.fileOffset == 0, !node.isMetadata {
        return true
      }
    }
    return false
  }

  /// Whether the numbers are those of mkfs.jffs2, the first of which may be lost.
  private static func isWrittenByMkfs(
    _ index: NodeIndexBuilder, _ hasFileOfMkfs: Bool
  ) -> Bool {
    guard let first = index.dirents.first else { return false }
    if first.version == 0 { return first.parentIno == InodeNumber.root }
    guard hasFileOfMkfs else { return false }
    if namesCountOn(index), index.dirents.count > 7, areConsecutive(index.dirents),
      lacksNames(index)
    {
      return true
    }
    // Without hard links, names and inodes count alike.
    func countsAlike(_ dirent: Dirent) -> Bool {
      dirent.ino == dirent.version &+ InodeNumber.root &+ 1
    }
    guard countsAlike(first) else { return false }
    return index.dirents.allSatisfy(countsAlike) || areConsecutive(index.dirents)
      || namesLackFirstInodes(index, count: first.version) || namesCountOn(index)
  }

  /// Whether a regular file is there as the driver does not write it: its first node has data, or the first nodes that are left of it have
  /// its final size, which they reach node by node.
  private static func hasFileOfMkfs(_ index: NodeIndexBuilder) -> Bool {
    let nodes = index.inodeNodes
    return nodes.indices.contains { number in
      let node = nodes[number]
      guard node.isRegularFile, !node.isMetadata else { return false }
      if node.version == 1 { return true }
      guard number == 0 || nodes[number - 1].ino != node.ino, node.fileEnd < node.fileSize else {
        return false
      }
      let file = nodes[number...].prefix { $0.ino == node.ino }
      return file.last?.fileEnd == node.fileSize
        && zip(file, file.dropFirst()).allSatisfy {
          $0.version &+ 1 == $1.version && $0.fileEnd == $1.fileOffset
            && $0.attributesHash == $1.attributesHash
        }
    }
  }

  /// Whether an inode with nodes, or a directory with names, has no name itself.
  private static func lacksNames(_ index: NodeIndexBuilder) -> Bool {
    let named = Set(index.dirents.map(\.ino)).union([InodeNumber.root])
    return !index.inodeNodes.allSatisfy { named.contains($0.ino) }
      || !index.dirents.allSatisfy { named.contains($0.parentIno) }
  }

  private static func areConsecutive(_ dirents: [Dirent]) -> Bool {
    zip(dirents, dirents.dropFirst()).allSatisfy { $0.version &+ 1 == $1.version }
  }

  /// Whether the inodes that the missing first names led to have no other name, and some of them are there.
  private static func namesLackFirstInodes(_ index: NodeIndexBuilder, count: UInt32) -> Bool {
    let missing = InodeNumber.root + 1...InodeNumber.root &+ max(1, min(count, .max - 1))
    return index.inodeNodes.contains { missing.contains($0.ino) }
      && !index.dirents.contains { missing.contains($0.ino) }
  }

  /// Whether the versions of names count on from one directory to the next; the driver begins each with 1.
  private static func namesCountOn(_ index: NodeIndexBuilder) -> Bool {
    var parents: Set<UInt32> = []
    for (dirent, next) in zip(index.dirents, index.dirents.dropFirst()) {
      parents.insert(dirent.parentIno)
      if !parents.contains(next.parentIno), next.version > 3,
        next.version == dirent.version &+ 1
      {
        return true
      }
    }
    return false
  }

  /// The inodes of which nodes disagree about the attributes, ascending.
  private static func inconsistentInos(_ index: NodeIndexBuilder) -> [UInt32] {
    var inos: [UInt32] = []
    for (node, next) in zip(index.inodeNodes, index.inodeNodes.dropFirst())
    where node.ino == next.ino && node.attributesHash != next.attributesHash {
      if inos.last != node.ino { inos.append(node.ino) }
    }
    return inos
  }

  /// The offset of the last node of mkfs.jffs2, which writes an inode after its name, before one of the driver.
  private static func lastImageNode(_ index: NodeIndexBuilder, before end: UInt32) -> UInt32 {
    let names = index.dirents.filter { $0.flashOffset < end }
    let firstNames = Dictionary(
      names.map { ($0.ino, $0.flashOffset) }, uniquingKeysWith: { min($0, $1) })
    let nodes = index.inodeNodes.lazy.filter { node in
      node.flashOffset < end && firstNames[node.ino].map { $0 < node.flashOffset } ?? false
    }
    return max(nodes.map(\.flashOffset).max() ?? 0, names.last?.flashOffset ?? 0)
  }

  /// The offset of the first node by which the driver may have continued the last file: this was complete, and its versions continue without
  /// a gap. What follows is the driver's, too, which writes an inode before its name.
  private static func continuationOfLastFile(
    _ index: NodeIndexBuilder, _ inconsistent: [UInt32]
  ) -> UInt32? {
    guard inconsistent.count == 1, let ino = inconsistent.first else { return nil }
    func firstNode(_ ino: UInt32) -> Int {
      partition(index.inodeNodes.count) { index.inodeNodes[$0].ino >= ino }
    }
    let nodes = index.inodeNodes[firstNode(ino)...].prefix { $0.ino == ino }
    guard let first = nodes.first else { return nil }
    let image = nodes.prefix { $0.attributesHash == first.attributesHash }
    let added = nodes[image.endIndex...]
    guard let next = added.first, !index.hasTimeOfOtherFile(next),
      image.last?.fileEnd == first.fileSize,
      // The times of a later write are others.
      added.allSatisfy({ $0.attributesHash != first.attributesHash }),
      zip(nodes, nodes.dropFirst()).allSatisfy({
        $0.version &+ 1 == $1.version && $1.follows($0)
      })
    else { return nil }
    let start = added.lazy.map(\.flashOffset).min() ?? 0
    let isLast =
      index.inodeNodes[nodes.endIndex...].allSatisfy { $0.flashOffset > start }
      && index.dirents.allSatisfy { dirent in
        guard dirent.ino > ino else { return true }
        let target = firstNode(dirent.ino)
        return target < index.inodeNodes.count && index.inodeNodes[target].ino == dirent.ino
          && index.inodeNodes[target].flashOffset < dirent.flashOffset
      }
    return isLast ? start : nil
  }

  private mutating func findMissingNames(_ index: NodeIndexBuilder) {
    var next: UInt32 = 0
    for (number, dirent) in index.dirents.enumerated() {
      if dirent.version > next {
        missingNames.append(
          MissingNames(
            versions: next...dirent.version - 1, before: number > 0 ? number - 1 : nil,
            after: number))
      }
      next = dirent.version &+ 1
    }
  }

  /// mkfs.jffs2 numbers the attributes 1, 2, 3 and their links 2, 4, 6.
  private mutating func findMissingXattrs(_ index: NodeIndexBuilder) {
    let xids = Set(index.xattrs.map(\.raw.xid))
    let sequences = Set(index.xrefs.map(\.raw.sequence))
    // If most numbers are missing, they are not those of mkfs.jffs2: a loss leaves most of them.
    let highest = max(xids.max() ?? 0, index.xrefs.map(\.raw.xid).max() ?? 0)
    if xids.count * 2 >= Int(highest), highest > 0 {
      missingXids = (1...highest).filter { !xids.contains($0) }
    }
    guard let last = sequences.max(), sequences.allSatisfy({ $0.isMultiple(of: 2) }),
      sequences.count == index.xrefs.count, sequences.count * 4 >= Int(last)
    else { return }
    missingXrefCount = Int(last / 2) - sequences.count
  }

  private mutating func findMissingInos(_ index: NodeIndexBuilder) {
    var next = InodeNumber.root + 1
    // The usual case: all are there.
    for node in index.inodeNodes {
      if node.ino == next { next += 1 } else if node.ino > next { break }
    }
    if index.inodeNodes.last.map({ $0.ino &+ 1 == next }) ?? false,
      index.dirents.allSatisfy({ $0.ino < next })
    {
      return
    }
    next = InodeNumber.root + 1
    let inos = (index.inodeNodes.map(\.ino) + index.dirents.map(\.ino)).sorted()
    for ino in inos where ino >= next {
      if ino > next { missingInos.append(next...ino - 1) }
      next = ino &+ 1
    }
  }
}

extension NodeIndexBuilder {
  /// The inode of which the last node is the first, if it is the highest and no name leads to it: the driver writes a file's name after it,
  /// mkfs.jffs2 before it. Its name is not lost if there was no place for one between the nodes before it and it.
  fileprivate var unfinishedCreation: UInt32? {
    guard let node = inodeNodes.last, node.version == 1, node.isMetadata || !node.isRegularFile,
      inodeNodes.dropLast().last?.ino != node.ino,
      inodeNodes.allSatisfy({ $0.flashOffset <= node.flashOffset }),
      dirents.last.map({ $0.flashOffset < node.flashOffset }) ?? true,
      !dirents.contains(where: { $0.ino == node.ino || $0.parentIno == node.ino }),
      let before = try? range.bytes(at: max(4, node.flashOffset) - 4, count: 4)
    else { return nil }
    let isFirst = node.flashOffset == 0
    let isAtPage = node.flashOffset.isMultiple(of: EraseBlockSizeEstimator.smallestPage)
    return isFirst || isAtPage || before != [0xFF, 0xFF, 0xFF, 0xFF] ? node.ino : nil
  }
}
