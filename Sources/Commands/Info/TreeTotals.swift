internal import JFFS2

/// The numbers of reachable inodes; an inode with several names counts once.
struct TreeTotals: Encodable, Sendable {
  private(set) var files = 0
  private(set) var directories = 0
  private(set) var symbolicLinks = 0
  private(set) var devices = 0
  private(set) var fifos = 0
  private(set) var sockets = 0
  /// Names beyond the first of what is not a directory.
  private(set) var hardLinks = 0
  /// The sizes of all files.
  private(set) var contentBytes: UInt64 = 0
  private(set) var newestMtime: UInt32 = 0
  /// Extended attributes of all inodes.
  private(set) var xattrs = 0
  /// Names that lead to nothing usable.
  private(set) var unreadable = 0

  /// Counts what the index of the file system's own root leads to.
  init(_ tree: ImageTree, below root: ImageTree.FileID, _ volume: Volume) {
    var seen: Set<UInt32> = []
    var walk = TreeWalk(tree, from: root, maximumPathLength: nil)
    while let step = walk.next() {
      switch step {
      case .entry(let node, .success(let attributes)):
        guard seen.insert(node.ino).inserted else {
          hardLinks += 1
          continue
        }
        record(attributes)
        // One whose data are damaged is absent.
        if volume.hasXattrs { xattrs += (try? volume.xattrs(of: node.ino).count) ?? 0 }
      case .entry(_, .failure), .unreadable: unreadable += 1
      case .alreadyVisited, .tooLong, .exitDirectory: break
      }
    }
  }

  private mutating func record(_ attributes: InodeAttributes) {
    newestMtime = max(newestMtime, attributes.modificationTime)
    switch FileType(mode: attributes.mode) {
    case .regular:
      files += 1
      contentBytes += attributes.size
    case .directory: directories += 1
    case .symbolicLink: symbolicLinks += 1
    case .characterDevice, .blockDevice: devices += 1
    case .fifo: fifos += 1
    case .socket: sockets += 1
    case nil: unreadable += 1
    }
  }
}
