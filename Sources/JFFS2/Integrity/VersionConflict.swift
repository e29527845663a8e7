internal import Storage

/// Two nodes that one file system cannot contain.
struct VersionConflict: Sendable {
  enum Kind {
    /// The same version of an inode with different contents.
    case inode
    /// The same version of a directory's names with different contents.
    case dirent
    /// A file size that cannot follow the version before: see ``DataNode/follows(_:)``.
    case fileSize
    /// A mode or owner that cannot: see ``DataNode/changesOwner(of:)``.
    case owner
  }

  let kind: Kind
  /// The inode, or the directory.
  let ino: UInt32
  let version: UInt32
  /// The offsets of the two nodes.
  let offsets: (UInt32, UInt32)
  /// The inodes of which the contents are in doubt.
  let inos: [UInt32]
}

extension LogScan {
  /// The conflicts in the log. Reads the CRCs of nodes that share a version; usually there are none.
  ///
  /// - Parameter hasGoodData: Whether the data CRC of a node is correct.
  /// - Throws: `.storage`.
  func conflicts(
    _ hasGoodData: (DataNode) throws(JFFS2Error) -> Bool
  ) throws(JFFS2Error) -> [VersionConflict] {
    var conflicts: [VersionConflict] = []
    let nodes = index.inodeNodes
    for (node, next) in zip(nodes, nodes.dropFirst()) where node.ino == next.ino {
      guard node.version == next.version else {
        // The driver counts on from a version that it could not finish, but does not use it.
        if next.follows(node) { continue }
        guard try hasGoodData(node), try hasGoodData(next) else { continue }
        conflicts.append(
          VersionConflict(
            kind: next.changesOwner(of: node) ? .owner : .fileSize, ino: node.ino,
            version: next.version,
            offsets: (node.flashOffset, next.flashOffset), inos: [node.ino]))
        continue
      }
      // Garbage collection rewrites a hole under its old version.
      let isSameHole =
        node.isHoleNode && next.isHoleNode && node.fileOffset == next.fileOffset
        && node.length == next.length
      if isSameHole { continue }
      if try range.checksums(ofInodeNodeAt: node.flashOffset)
        != range.checksums(ofInodeNodeAt: next.flashOffset)
      {
        conflicts.append(
          VersionConflict(
            kind: .inode, ino: node.ino, version: node.version,
            offsets: (node.flashOffset, next.flashOffset), inos: [node.ino]))
      }
    }
    let names = duplicateNames
    guard !names.isEmpty else { return conflicts }
    let appendix = index.appendixOffset
    for (name, next) in zip(names, names.dropFirst())
    where name.parentIno == next.parentIno && name.version == next.version {
      // What `mkfs.jffs2 -i` makes counts its names from 0 again.
      if let appendix, name.flashOffset < appendix, next.flashOffset >= appendix { continue }
      if try range.checksums(ofDirentAt: name.flashOffset)
        != range.checksums(ofDirentAt: next.flashOffset)
      {
        conflicts.append(
          VersionConflict(
            kind: .dirent, ino: name.parentIno, version: name.version,
            offsets: (name.flashOffset, next.flashOffset),
            inos: [name.ino, next.ino].filter { $0 != 0 }))
      }
    }
    return conflicts
  }

  /// The first regular file created by the driver and the last one of mkfs.jffs2, if the latter has the higher number: the driver numbers a
  /// new file after the highest inode. A file of mkfs.jffs2 begins with data, one of the driver with an empty node. An empty file of
  /// mkfs.jffs2 that was written later begins so too, but directly after its name.
  func numberConflict() throws(JFFS2Error) -> (created: DataNode, image: DataNode)? {
    let nodes = index.inodeNodes
    guard index.appendixOffset == nil else { return nil }
    var found: DataNode?
    for (node, next) in zip(nodes, nodes.dropFirst())
    where node.version == 1 && node.isMetadata && node.fileSize == 0 && node.isRegularFile
      && node.ino == next.ino
    {
      guard try !hasNameBefore(node) else { continue }
      found = node
      break
    }
    guard let created = found else { return nil }
    let images = nodes.filter {
      $0.ino > created.ino && $0.version == 1 && !$0.isMetadata && $0.isRegularFile
    }
    // A few files may be from another program that writes JFFS2. The names of mkfs.jffs2 begin with version 0, and the first node of a
    // file has its final size.
    guard let image = images.last,
      images.count > 2 || images.contains(where: { $0.fileEnd < $0.fileSize })
        || index.dirents.contains(where: { $0.version == 0 })
    else { return nil }
    return (created, image)
  }

  /// Whether a node directly follows a name of its inode, which may be marked as obsolete.
  private func hasNameBefore(_ node: DataNode) throws(JFFS2Error) -> Bool {
    let count = min(Int(node.flashOffset), RawDirent.size + Int(UInt8.max) + 1)
    let bytes = try range.bytes(at: node.flashOffset - UInt32(count), count: count)
    for start in stride(from: bytes.count - RawDirent.size & ~3, through: 0, by: -4) {
      let rest = bytes.span.extracting(start..<bytes.count)
      guard let header = NodeHeader(parsing: rest, dialect: dialect),
        header.type.accurate == .dirent, Int(header.occupiedLength) == rest.count,
        RawDirent.isComplete(rest)
      else { continue }
      return RawDirent(parsing: rest, dialect.endianness).ino == node.ino
    }
    return false
  }

  /// The dirents that share directory and version with another, ordered by these and by offset.
  private var duplicateNames: [Dirent] {
    let names = index.dirents.filter(\.isReadable)
    if zip(names, names.dropFirst()).allSatisfy({ $0.version < $1.version }) { return [] }
    let sorted = names.sorted {
      ($0.parentIno, $0.version, $0.flashOffset) < ($1.parentIno, $1.version, $1.flashOffset)
    }
    return sorted.indices.filter { number in
      [number - 1, number + 1].contains { other in
        sorted.indices.contains(other) && sorted[other].parentIno == sorted[number].parentIno
          && sorted[other].version == sorted[number].version
      }
    }.map { sorted[$0] }
  }
}

extension FlashRange {
  /// The two CRCs of an inode node, in their stored order.
  func checksums(ofInodeNodeAt offset: UInt32) throws(JFFS2Error) -> [UInt8] {
    try bytes(at: offset + UInt32(RawInode.Offset.dataCRC), count: 8)
  }

  /// The two CRCs of a dirent, in their stored order.
  func checksums(ofDirentAt offset: UInt32) throws(JFFS2Error) -> [UInt8] {
    try bytes(at: offset + UInt32(RawDirent.Offset.nodeCRC), count: 8)
  }
}

extension NodeIndexBuilder {
  /// The start of an image of `mkfs.jffs2 -i` after the one that it extends: names count from 0 again, and all inode numbers are
  /// higher than those before.
  var appendixOffset: UInt32? {
    let starts = dirents.dropFirst().filter {
      $0.parentIno == Volume.rootIno && $0.version == 0
    }
    guard starts.count == 1, let start = starts.first?.flashOffset else { return nil }
    var (highestBefore, lowestBehind): (UInt32, UInt32) = (0, .max)
    func record(_ ino: UInt32, _ offset: UInt32) {
      if offset < start {
        highestBefore = max(highestBefore, ino)
      } else {
        lowestBehind = min(lowestBehind, ino)
      }
    }
    for node in inodeNodes { record(node.ino, node.flashOffset) }
    for dirent in dirents where dirent.ino != 0 { record(dirent.ino, dirent.flashOffset) }
    return lowestBehind > highestBefore ? start : nil
  }
}
