internal import Storage

extension IntegrityCheck {
  private static let maximumUnfinished = 16

  /// Adds files of which the newest node is missing: the driver marks a node as obsolete only after it has written what replaces it.
  mutating func checkObsoleteNodes() throws(JFFS2Error) {
    var newer: Set<UInt32> = []
    for node in log.index.obsoleteInodeNodes {
      guard let index = volume.inodes.index(of: node.ino),
        volume.inodes.entries[index].linkCount > 0,
        let newest = newestNode(ofInodeAt: index), newest.version < node.version
      else { continue }
      newer.insert(node.ino)
    }
    guard !newer.isEmpty else { return }
    let obsolete = Dictionary(
      grouping: log.index.obsoleteInodeNodes.lazy.filter { newer.contains($0.ino) }, by: \.ino)
    for (ino, nodes) in obsolete.sorted(by: { $0.key < $1.key }) {
      guard let last = try lastReplacedNode(nodes) else { continue }
      add(
        Finding(
          .lostNode,
          "version \(last.version) is marked as replaced, but what replaced it is missing",
          ino: ino, flashOffset: imageOffset(last.flashOffset)))
    }
  }

  private func newestNode(ofInodeAt index: Int) -> DataNode? {
    let indices = volume.inodes.nodeIndices(volume.inodes.entries[index])
    return indices.last { volume.inodes.nodes[$0].isUsable }.map { volume.inodes.nodes[$0] }
  }

  /// The newest obsolete node of an inode if it is newer than the live ones and of the same file; nil if it may be of another file that had
  /// the number before: its versions do not continue the live ones, its times are earlier, or a version has two contents.
  private func lastReplacedNode(_ nodes: [ObsoleteInodeNode]) throws(JFFS2Error)
    -> ObsoleteInodeNode?
  {
    let nodes = nodes.sorted { ($0.version, $0.flashOffset) < ($1.version, $1.flashOffset) }
    guard let last = try lastValidNode(nodes), let index = volume.inodes.index(of: last.ino),
      let newest = newestNode(ofInodeAt: index), last.version > newest.version,
      nodes.contains(where: { $0.version == newest.version &+ 1 })
    else { return nil }
    let time = try volume.rawInode(newest).changeTime
    let areOrdered = nodes.allSatisfy {
      $0.version > newest.version ? $0.changeTime >= time : $0.changeTime <= time
    }
    guard areOrdered, last.changeTime > time else { return nil }
    var offsets: [UInt32: UInt32] = [:]
    for place in volume.inodes.nodeIndices(volume.inodes.entries[index]) {
      offsets[volume.inodes.nodes[place].version] = volume.inodes.nodes[place].flashOffset
    }
    for node in nodes {
      guard let other = offsets.updateValue(node.flashOffset, forKey: node.version) else {
        continue
      }
      let range = volume.range
      if try range.checksums(ofInodeNodeAt: node.flashOffset)
        != range.checksums(ofInodeNodeAt: other)
      {
        return nil
      }
    }
    return last
  }

  /// The last node with valid CRCs of at most a few that have none: the driver marks a node that it could not finish, too.
  private func lastValidNode(_ nodes: [ObsoleteInodeNode]) throws(JFFS2Error)
    -> ObsoleteInodeNode?
  {
    var checker = NodeValidator(volume.range, volume.dialect.endianness)
    for node in nodes.suffix(Self.maximumUnfinished).reversed() {
      let bytes = try volume.range.bytes(at: node.flashOffset, count: RawInode.size)
      guard let header = NodeHeader(parsing: bytes.span, dialect: volume.dialect) else { continue }
      if try checker.checks(of: header, at: node.flashOffset, bytes.span).areValid { return node }
    }
    return nil
  }
}
