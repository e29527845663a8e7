extension Volume {
  /// The attributes of an inode that stat(2) returns. Only the data CRCs of the nodes that supply them are checked, the first time.
  ///
  /// - Throws: ``JFFS2Error`` `.noSuchInode`; `.unusableInode` where the driver's look-up fails with EIO.
  public func attributes(of ino: UInt32) throws(JFFS2Error) -> InodeAttributes {
    let entry = try entry(ino)
    guard let latest = try latestNode(of: entry) else {
      return try synthesizedDirectoryAttributes(entry)
    }
    var size = UInt64(latest.fileSize)
    var device: DeviceNumber?
    var linkCount = entry.linkCount
    var (mtime, ctime) = (latest.modificationTime, latest.changeTime)
    switch FileType(mode: latest.mode) {
    case .regular:
      // Where the end is lost, the driver ends the file early.
      if damagePolicy == .zero, versionTable == nil { size = min(size, try dataEnd(of: entry)) }
    case .directory:
      linkCount = directoryLinkCount(entry)
      if entry.timeVersion > latest.version {
        (mtime, ctime) = (entry.changeTime, entry.changeTime)
      }
    case .symbolicLink:
      _ = try onlyNode(of: entry)
      if size == 0 { size = UInt64(latest.size) }
    case .characterDevice, .blockDevice:
      device = try deviceNumber(entry)
    case .fifo, .socket, nil: break
    }
    return InodeAttributes(
      ino: ino, mode: latest.mode, linkCount: linkCount, uid: latest.uid, gid: latest.gid,
      size: size, accessTime: latest.accessTime, modificationTime: mtime, changeTime: ctime,
      device: device)
  }

  /// The bytes that a symbolic link holds: the latest node's payload as it is stored, regardless of its compression, up to a NUL.
  ///
  /// The driver refuses targets of more than 254 bytes; they are served here.
  public func target(ofSymbolicLink ino: UInt32) throws(JFFS2Error) -> [UInt8] {
    let entry = try entry(ino)
    guard let latest = try latestNode(of: entry), FileType(mode: latest.mode) == .symbolicLink
    else { throw .wrongType(ino: ino) }
    let node = inodes.nodes[try onlyNode(of: entry)]
    guard node.compressedSize <= Self.maximumChunkSize else { throw .unusableInode(ino) }
    let payload = try range.bytes(
      at: node.flashOffset + UInt32(RawInode.size), count: Int(node.compressedSize))
    return Array(payload.prefix { $0 != 0 })
  }

  /// The node that attributes come from, as ``latestNodeIndex(of:)`` finds it, or nil where there is none.
  func latestNode(of entry: InodeEntry) throws(JFFS2Error) -> RawInode? {
    guard let index = try latestNodeIndex(of: entry) else { return nil }
    return try rawInode(inodes.nodes[index])
  }

  /// The index of the node with the highest version among the newest without data and those with valid data.
  ///
  /// - Returns: nil where there is none. A node with data must have a version above 0 for the driver to see it.
  func latestNodeIndex(of entry: InodeEntry) throws(JFFS2Error) -> Int? {
    let indices = inodes.nodeIndices(entry)
    // An older version ends with a valid node.
    if let version = versionTable?.version(entry.ino), !version.isCurrent { return indices.last }
    let metadata = indices.last { inodes.nodes[$0].isUsable && inodes.nodes[$0].isMetadata }
    let versionToBeat = metadata.map { inodes.nodes[$0].version } ?? 0
    for index in indices.reversed() {
      let node = inodes.nodes[index]
      guard node.version > versionToBeat else { break }
      if node.isUsable, !node.isMetadata, try hasGoodData(at: index) { return index }
    }
    return metadata
  }

  /// The attributes that the driver gives an inode without a usable node: a directory without times, if it is the root or contains names.
  private func synthesizedDirectoryAttributes(_ entry: InodeEntry) throws(JFFS2Error)
    -> InodeAttributes
  {
    if let made = versionTable?.directory(entry.ino) { return made }
    guard entry.ino == Self.rootIno || directories.hasNames(in: entry) else {
      throw .unusableInode(entry.ino)
    }
    return InodeAttributes(
      ino: entry.ino, mode: FileType.directory.rawValue | 0o755,
      linkCount: directoryLinkCount(entry), uid: 0, gid: 0, size: 0, accessTime: 0,
      modificationTime: 0, changeTime: 0, device: nil)
  }

  private func directoryLinkCount(_ entry: InodeEntry) -> UInt32 {
    2 + entry.subdirectoryCount + (entry.ino == Self.rootIno ? 1 : 0)
  }

  /// The end of the last valid data.
  private func dataEnd(of entry: InodeEntry) throws(JFFS2Error) -> UInt64 {
    let usable = inodes.nodeIndices(entry).filter {
      inodes.nodes[$0].isUsable && !inodes.nodes[$0].isMetadata && checkedNodes[$0] != false
    }
    let last = usable.max { inodes.nodes[$0].fileEnd < inodes.nodes[$1].fileEnd }
    guard let last else { return 0 }
    if try hasGoodData(at: last) { return UInt64(inodes.nodes[last].fileEnd) }
    let byEnd = usable.sorted { inodes.nodes[$0].fileEnd > inodes.nodes[$1].fileEnd }
    for index in byEnd where try hasGoodData(at: index) {
      return UInt64(inodes.nodes[index].fileEnd)
    }
    return 0
  }

  /// The node of a link or a device: exactly one may show, from the start on, and no newer one without data.
  private func onlyNode(of entry: InodeEntry) throws(JFFS2Error) -> Int {
    let indices = inodes.nodeIndices(entry).filter { inodes.nodes[$0].isUsable }
    var layers: [Int] = []
    for index in indices where !inodes.nodes[index].isMetadata {
      if try hasGoodData(at: index) { layers.append(index) }
    }
    let fragments = FragmentTree(layers: layers, nodes: inodes.nodes).fragments
    let metadataVersion = indices.last { inodes.nodes[$0].isMetadata }.map {
      inodes.nodes[$0].version
    }
    guard fragments.count == 1, let fragment = fragments.first, fragment.start == 0,
      let newest = layers.last, metadataVersion ?? 0 < inodes.nodes[newest].version
    else { throw .unusableInode(entry.ino) }
    return fragment.node
  }

  private func deviceNumber(_ entry: InodeEntry) throws(JFFS2Error) -> DeviceNumber {
    let node = inodes.nodes[try onlyNode(of: entry)]
    guard node.length == 2 || node.length == 4 else { throw .unusableInode(entry.ino) }
    var payload = [UInt8](repeating: 0, count: Int(node.length))
    var span = payload.mutableSpan
    try expand(node, into: &span)
    guard let number = DeviceNumber(payload.span, dialect.endianness) else {
      throw .unusableInode(entry.ino)
    }
    return number
  }
}
