internal import Storage

extension IntegrityCheck {
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
  /// the number before. That one's versions did not continue the new ones, and its times were earlier.
  private func lastReplacedNode(_ nodes: [ObsoleteInodeNode]) throws(JFFS2Error)
    -> ObsoleteInodeNode?
  {
    var checker = NodeValidator(volume.range, volume.dialect.endianness)
    var valid: [ObsoleteInodeNode] = []
    for node in nodes {
      let bytes = try volume.range.bytes(at: node.flashOffset, count: RawInode.size)
      guard let header = NodeHeader(parsing: bytes.span, dialect: volume.dialect) else { continue }
      let checks = try checker.checks(of: header, at: node.flashOffset, bytes.span)
      // The driver marks a node that it could not finish, too.
      guard checks.areValid else { continue }
      valid.append(node)
    }
    valid.sort { ($0.version, $0.flashOffset) < ($1.version, $1.flashOffset) }
    guard let last = valid.last, let index = volume.inodes.index(of: last.ino),
      let newest = newestNode(ofInodeAt: index),
      valid.contains(where: { $0.version == newest.version &+ 1 })
    else { return nil }
    let newestTime = try volume.rawInode(newest).changeTime
    let areOrdered = valid.allSatisfy {
      $0.version > newest.version ? $0.changeTime >= newestTime : $0.changeTime <= newestTime
    }
    guard areOrdered, last.changeTime > newestTime else { return nil }
    // A version that two nodes have with different contents is of two files.
    var contents: [UInt32: [UInt8]] = [:]
    for index in volume.inodes.nodeIndices(volume.inodes.entries[index]) {
      let node = volume.inodes.nodes[index]
      contents[node.version] = try volume.range.checksums(ofInodeNodeAt: node.flashOffset)
    }
    for node in valid {
      let own = try volume.range.checksums(ofInodeNodeAt: node.flashOffset)
      if let other = contents.updateValue(own, forKey: node.version), other != own { return nil }
    }
    return last
  }
}
