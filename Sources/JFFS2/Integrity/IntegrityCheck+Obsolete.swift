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

  /// Adds names that lead nowhere because a newer node replaced them, which was marked as obsolete since: a power cut came between the new
  /// name and the mark on the old one, which the driver does not catch up on (`jffs2_add_fd_to_list` at a mount).
  mutating func checkReplacedNames() throws(JFFS2Error) {
    guard log.index.statistics.obsoleteCount > 0 else { return }
    let dangling = volume.danglingNames
    guard !dangling.isEmpty else { return }
    var newer = NewestObsoleteNames(
      validator: NodeValidator(volume.range, volume.dialect.endianness),
      endianness: volume.dialect.endianness, parents: Set(dangling.map(\.parentIno)))
    try volume.scanner.scan(&newer)
    for dirent in dangling {
      let name = volume.name(of: dirent)
      guard
        let replacement = newer.nodes[
          NewestObsoleteNames.Key(parent: dirent.parentIno, name: name)],
        dirent.wasReplaced(by: replacement)
      else { continue }
      add(
        Finding(
          .deleted,
          "the name \"\(String(decoding: name, as: UTF8.self))\" in this directory was replaced, and what "
            + "replaced it was deleted", ino: dirent.parentIno,
          flashOffset: imageOffset(dirent.flashOffset)))
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
      guard let other = offsets[node.version] else {
        offsets[node.version] = node.flashOffset
        continue
      }
      let range = volume.range
      if try range.checksums(ofInodeNodeAt: node.flashOffset)
        != range.checksums(ofInodeNodeAt: other)
      {
        guard try isValidNode(at: node.flashOffset) else { continue }
        guard try !isValidNode(at: other) else { return nil }
        offsets[node.version] = node.flashOffset
      }
    }
    return last
  }

  /// The last node with valid CRCs of at most a few that have none: the driver marks a node that it could not finish, too.
  private func lastValidNode(_ nodes: [ObsoleteInodeNode]) throws(JFFS2Error)
    -> ObsoleteInodeNode?
  {
    for node in nodes.suffix(Self.maximumUnfinished).reversed()
    where try isValidNode(at: node.flashOffset) {
      return node
    }
    return nil
  }

  /// Whether all CRCs of an inode node are good.
  private func isValidNode(at offset: UInt32) throws(JFFS2Error) -> Bool {
    let bytes = try volume.range.bytes(at: offset, count: RawInode.size)
    guard let header = NodeHeader(parsing: bytes.span, dialect: volume.dialect) else {
      return false
    }
    var validator = NodeValidator(volume.range, volume.dialect.endianness)
    return try validator.checks(of: header, at: offset, bytes.span).areValid
  }
}

extension Dirent {
  /// Whether a node of the same name is newer. A directory counts on from its newest live node, so that an earlier name may have the higher
  /// version. Garbage collection writes a name again with the time of the directory, or with 0.
  fileprivate func wasReplaced(by other: RawDirent) -> Bool {
    let isCopy = other.ino == ino && [0, changeTime].contains(other.changeTime)
    return other.version > version && (other.changeTime > changeTime || isCopy)
  }
}

/// The newest valid node of each name in some directories among those that the flash marks as obsolete.
private struct NewestObsoleteNames: NodeVisitor {
  struct Key: Hashable {
    let parent: UInt32
    let name: [UInt8]
  }

  var validator: NodeValidator
  let endianness: Endianness
  let parents: Set<UInt32>
  var nodes: [Key: RawDirent] = [:]

  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error) {
    guard header.type.accurate == .dirent, !header.type.isAccurate, RawDirent.isComplete(bytes)
    else { return }
    let raw = RawDirent(parsing: bytes, endianness)
    guard parents.contains(raw.parentIno),
      try validator.checks(of: header, at: offset, bytes).areValid
    else { return }
    let name = bytes.extracting(RawDirent.size..<RawDirent.size + Int(raw.nameLength))
    let key = Key(parent: raw.parentIno, name: name.indices.map { name[$0] })
    if nodes[key].map({ $0.version < raw.version }) ?? true { nodes[key] = raw }
  }
}
