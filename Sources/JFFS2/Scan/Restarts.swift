/// The positions at which numbers that mkfs.jffs2 writes in ascending order restart.
struct Restarts {
  private(set) var offsets: [UInt32] = []
  /// Whether the driver wrote the nodes from the first restart on that continues the versions of an inode or a directory.
  private(set) var isDriverContinuation = false

  private struct Number: Hashable {
    let isDirent: Bool
    /// The inode, or the directory of a name.
    let ino: UInt32
    let version: UInt32
  }

  private struct Record {
    let offset: UInt32
    let end: UInt32
    let number: Number
    /// The node, if it is an inode node.
    let node: DataNode?
  }

  init(_ index: NodeIndexBuilder) {
    let nodes = index.inodeNodes
    let areNodesOrdered = zip(nodes, nodes.dropFirst()).allSatisfy {
      $0.flashOffset < $1.flashOffset && ($0.ino, $0.version) != ($1.ino, $1.version)
    }
    let areNamesOrdered = zip(index.dirents, index.dirents.dropFirst()).allSatisfy {
      $0.version < $1.version
    }
    if areNodesOrdered && areNamesOrdered { return }
    let records = Self.records(index)
    var newest: [UInt32: UInt32] = [:]
    var (lastNode, lastDirent): (Number?, Number?) = (nil, nil)
    var hasContinuation = false
    for (position, record) in records.enumerated() {
      let number = record.number
      let hasFallenBack =
        if number.isDirent {
          lastDirent.map { number.version <= $0.version } ?? false
        } else {
          lastNode.map { (number.ino, number.version) <= ($0.ino, $0.version) } ?? false
        }
      if hasFallenBack {
        offsets.append(record.offset)
        // Only the driver continues the versions of an inode or a directory.
        if !hasContinuation, let known = newest[number.ino], number.version == known &+ 1 {
          hasContinuation = true
          isDriverContinuation =
            !(record.node.map(index.hasTimeOfOtherFile) ?? false)
            && Self.areOfDriver(records[position...], after: records[..<position])
          if isDriverContinuation { return }
        }
      }
      newest[number.ino] = max(newest[number.ino] ?? 0, number.version)
      if number.isDirent { lastDirent = number } else { lastNode = number }
    }
  }

  /// The inode nodes and dirents, in the order of the flash.
  private static func records(_ index: NodeIndexBuilder) -> [Record] {
    func end(_ offset: UInt32, _ length: UInt64) -> UInt32 {
      UInt32(truncatingIfNeeded: (UInt64(offset) + length + 3) & ~3)
    }
    let inodeNodes = index.inodeNodes.map { node in
      Record(
        offset: node.flashOffset,
        end: end(node.flashOffset, UInt64(RawInode.size) + UInt64(node.compressedSize)),
        number: Number(isDirent: false, ino: node.ino, version: node.version), node: node)
    }
    let dirents = index.dirents.map { dirent in
      Record(
        offset: dirent.flashOffset,
        end: end(dirent.flashOffset, UInt64(RawDirent.size) + UInt64(dirent.nameLength)),
        number: Number(isDirent: true, ino: dirent.parentIno, version: dirent.version), node: nil)
    }
    return (inodeNodes + dirents).sorted { $0.offset < $1.offset }
  }

  /// Whether nodes are what the driver writes to an image of mkfs.jffs2: a new file begins with an empty node, and copies are those
  /// of garbage collection, which copies all nodes of an erase block from the first one on (`jffs2_garbage_collect_pass`).
  private static func areOfDriver(
    _ added: ArraySlice<Record>, after image: ArraySlice<Record>
  ) -> Bool {
    let known = Set(image.map(\.number))
    var copies: Set<Number> = []
    var rewrittenInos: Set<UInt32> = []
    for record in added {
      if known.contains(record.number) {
        copies.insert(record.number)
        continue
      }
      rewrittenInos.insert(record.number.ino)
      if let node = record.node, node.version == 1, node.isRegularFile, !node.isMetadata {
        return false
      }
    }
    var isSkipped = false
    var end: UInt32 = 0
    for record in image {
      // An erase block may begin where no node ends, or at a multiple of 4096.
      if record.offset != end || record.offset.isMultiple(of: 4096) { isSkipped = false }
      end = record.end
      if copies.contains(record.number) {
        if isSkipped { return false }
      } else if !rewrittenInos.contains(record.number.ino) {
        isSkipped = true
      }
    }
    return true
  }
}

extension NodeIndexBuilder {
  /// Whether the modification time of a node is that of a name before the name of its inode: files of an image often have equal times, but
  /// no write of the driver has the time of another file. Times in 1970 do not count: a clock that is not set starts there.
  func hasTimeOfOtherFile(_ node: DataNode) -> Bool {
    guard let time = try? modificationTime(of: node), time > 366 * 86400,
      let name = dirents.first(where: { $0.ino == node.ino })
    else { return false }
    return dirents.contains {
      $0.flashOffset < name.flashOffset && $0.changeTime == time
    }
  }
}
