internal import Storage
internal import Support

/// One inode of the index.
struct InodeEntry: Sendable {
  let ino: UInt32
  /// The inode's nodes, by ascending version, in ``InodeTable/nodes``.
  var firstNode: UInt32 = 0
  var nodeCount: UInt32 = 0
  /// The directory's live names, ordered by their bytes, in ``DirectoryTable/dirents``; deletions are among them.
  var firstDirent: UInt32 = 0
  var direntCount: UInt32 = 0
  /// The names of type directory in this directory.
  var subdirectoryCount: UInt32 = 0
  /// The st_nlink of inodes other than directories.
  var linkCount: UInt32 = 0
  /// The version of the name that defines the directory's times, and these; a version counts only with a time other than 0.
  var timeVersion: UInt32 = 0
  var changeTime: UInt32 = 0
}

/// All inodes that exist for the driver, by ascending number, and their nodes.
///
/// An inode exists when one inode node with a valid node CRC, or one dirent in it, was seen, or a summary lists one.
struct InodeTable: Sendable {
  let nodes: [DataNode]
  var entries: [InodeEntry]

  /// - Parameters:
  ///   - nodes: All inode nodes with a valid node CRC, ordered by ``DataNode/isOrdered(_:_:)``.
  ///   - dirents: All dirents.
  ///   - listed: The inodes that summaries list.
  init(nodes: [DataNode], dirents: [Dirent], listed: [UInt32]) {
    var inos: [UInt32] = []
    for node in nodes where inos.last != node.ino { inos.append(node.ino) }
    var isSorted = listed.isEmpty
    // Inodes that exist without a separate node.
    var others: [UInt32] = listed
    for dirent in dirents where others.last != dirent.parentIno {
      isSorted = isSorted && (others.last ?? 0) <= dirent.parentIno
      others.append(dirent.parentIno)
    }
    if !isSorted { others.sort() }
    var entries: [InodeEntry] = []
    // The root of mkfs.jffs2 has no node.
    entries.reserveCapacity(inos.count + 1)
    var (nextIno, nextOther, nextNode) = (0, 0, 0)
    while nextIno < inos.count || nextOther < others.count {
      let fromNode = nextIno < inos.count ? inos[nextIno] : UInt32.max
      let fromOther = nextOther < others.count ? others[nextOther] : UInt32.max
      var entry = InodeEntry(ino: min(fromNode, fromOther))
      while nextOther < others.count, others[nextOther] == entry.ino { nextOther += 1 }
      if nextIno < inos.count, inos[nextIno] == entry.ino { nextIno += 1 }
      entry.firstNode = UInt32(nextNode)
      while nextNode < nodes.count, nodes[nextNode].ino == entry.ino { nextNode += 1 }
      entry.nodeCount = UInt32(nextNode) - entry.firstNode
      entries.append(entry)
    }
    self.nodes = nodes
    self.entries = entries
  }

  /// The inodes of a made tree.
  ///
  /// - Parameter entries: By ascending number.
  init(nodes: [DataNode], entries: [InodeEntry]) {
    self.nodes = nodes
    self.entries = entries
  }

  /// The index of an inode in ``entries``, or nil where it does not exist.
  func index(of ino: UInt32) -> Int? {
    let index = partition(entries.count) { entries[$0].ino >= ino }
    return index < entries.count && entries[index].ino == ino ? index : nil
  }

  /// The indices in ``nodes`` of an inode's nodes, by ascending version.
  func nodeIndices(_ entry: InodeEntry) -> Range<Int> {
    Int(entry.firstNode)..<Int(entry.firstNode + entry.nodeCount)
  }
}
