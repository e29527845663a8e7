/// Builds the tables of a ``HistoryTree``.
struct HistoryTreeBuilder {
  private let history: History
  private let layout: HistoryTree.Layout
  private let paths: [HistoryPath]
  /// The directories that a path referred to.
  private let formerDirectories: [Int: Set<UInt32>]
  /// For each path its inode as a directory; 0 if it is none.
  private var directoryInos: [UInt32]
  private(set) var firstVersionInos: [UInt32]
  private(set) var directories: [InodeAttributes] = []
  private(set) var versions: [FileVersion] = []
  private(set) var entries: [InodeEntry] = []
  private(set) var dirents: [Dirent] = []
  private(set) var names: [UInt8] = []
  /// The names of each directory, by its inode less 1.
  private var children: [[Child]] = []

  private typealias Child = (name: [UInt8], ino: UInt32, type: UInt8)

  init(_ history: History, _ layout: HistoryTree.Layout) {
    self.history = history
    self.layout = layout
    paths = history.table.paths
    directoryInos = [UInt32](repeating: 0, count: paths.count)
    firstVersionInos = directoryInos
    let named = history.intervals.filter(\.isDirectory)
    formerDirectories = Dictionary(grouping: named, by: \.path).mapValues { Set($0.map(\.ino)) }
  }

  mutating func build() throws(JFFS2Error) {
    let isDirectory = directoryPaths()
    var next: UInt32 = 1
    for index in paths.indices where isDirectory[index] {
      directoryInos[index] = next
      next += 1
    }
    children = Array(repeating: [], count: Int(next) - 1)
    for index in paths.indices {
      addVersions(of: index, from: &next)
      guard isDirectory[index], let parent = paths[index].parent else { continue }
      children[Int(directoryInos[parent]) - 1].append(
        (paths[index].name, directoryInos[index], Dirent.directoryType))
    }
    addDirents()
    try addAttributes()
    addEntries()
  }

  /// Whether the tree shows the versions of a path.
  private func showsVersions(_ path: HistoryPath) -> Bool {
    guard let last = path.versions.last.map({ history.versions[$0] }) else { return false }
    switch layout {
    case .versions: return path.versions.count > 1 || !(path.isInTree && last.isCurrent)
    case .deleted: return !path.isInTree && !last.isFileInTree
    }
  }

  /// Which paths are directories: those that were, and those that hold something; for deleted files, the way to them only.
  private func directoryPaths() -> [Bool] {
    var isDirectory = paths.map { path in
      switch layout {
      case .versions: path.directory != nil || showsVersions(path)
      case .deleted: path.directory != nil && !path.isInTree
      }
    }
    isDirectory[HistoryPathTable.root] = true
    for index in paths.indices.reversed() {
      guard let parent = paths[index].parent else { continue }
      if isDirectory[index] || showsVersions(paths[index]) { isDirectory[parent] = true }
    }
    return isDirectory
  }

  private mutating func addVersions(of index: Int, from next: inout UInt32) {
    let path = paths[index]
    guard showsVersions(path), let last = path.versions.last else { return }
    switch layout {
    case .versions:
      firstVersionInos[index] = next
      let width = max(3, String(path.versions.count).utf8.count)
      for (number, version) in path.versions.enumerated() {
        add(
          history.versions[version], name: Self.name(number + 1, history.versions[version], width),
          in: index, &next)
      }
    case .deleted:
      guard let parent = path.parent else { return }
      add(history.versions[last], name: path.name, in: parent, &next)
    }
  }

  private mutating func add(
    _ version: FileVersion, name: [UInt8], in directory: Int, _ next: inout UInt32
  ) {
    versions.append(version)
    let node = history.nodes[Int(version.nodes.upperBound) - 1]
    children[Int(directoryInos[directory]) - 1].append((name, next, node.fileType))
    next += 1
  }

  private static func name(_ number: Int, _ version: FileVersion, _ width: Int) -> [UInt8] {
    let digits = String(number)
    let padding = String(repeating: "0", count: width - digits.utf8.count)
    return Array("\(padding)\(digits)\(version.isComplete ? "" : ".partial")".utf8)
  }

  private mutating func addDirents() {
    for (index, unsorted) in children.enumerated() {
      var sorted = unsorted.sorted { compareBytes($0.name.span, $1.name.span) < 0 }
      if Self.makeUnique(&sorted) {
        sorted.sort { compareBytes($0.name.span, $1.name.span) < 0 }
      }
      for child in sorted {
        dirents.append(
          Dirent(
            parentIno: UInt32(index + 1), version: 1, ino: child.ino, changeTime: 0, flashOffset: 0,
            nameOffset: UInt32(names.count), nameLength: UInt8(child.name.count),
            type: child.type, isReadable: true))
        names += child.name
      }
    }
  }

  /// Gives a directory another name that is called as a version beside it, which can be only where a name was a file and a directory.
  private static func makeUnique(_ children: inout [Child]) -> Bool {
    let doubled = children.indices.dropFirst().filter { children[$0].name == children[$0 - 1].name }
    guard !doubled.isEmpty else { return false }
    var used = Set(children.map(\.name))
    for index in doubled {
      // The versions have the higher inode numbers.
      let directory = children[index].ino < children[index - 1].ino ? index : index - 1
      // The longest name has 255 bytes.
      let stem = children[directory].name.prefix(240)
      var number = 1
      var name = stem + Array("~".utf8)
      while used.contains(Array(name)) {
        number += 1
        name = stem + Array("~\(number)".utf8)
      }
      used.insert(Array(name))
      children[directory].name = Array(name)
    }
    return true
  }

  private mutating func addAttributes() throws(JFFS2Error) {
    var newest = newestChanges()
    for index in paths.indices where directoryInos[index] > 0 {
      let own = try attributes(of: index)
      if newest[index] == 0 { newest[index] = own.modificationTime }
      let subdirectories = children[Int(directoryInos[index]) - 1].count {
        $0.type == Dirent.directoryType
      }
      directories.append(
        InodeAttributes(
          ino: directoryInos[index], mode: own.mode, linkCount: UInt32(2 + subdirectories),
          uid: own.uid, gid: own.gid, size: 0, accessTime: newest[index],
          modificationTime: newest[index], changeTime: newest[index], device: nil))
    }
  }

  /// For each path the newest time of a version in it or below it.
  private func newestChanges() -> [UInt32] {
    var newest = [UInt32](repeating: 0, count: paths.count)
    for index in paths.indices.reversed() {
      if showsVersions(paths[index]) {
        for version in paths[index].versions {
          newest[index] = max(newest[index], history.versions[version].modificationTime)
        }
      }
      if let parent = paths[index].parent { newest[parent] = max(newest[parent], newest[index]) }
    }
    return newest
  }

  /// The attributes that a directory had last, with no more permissions than any other directory of its path.
  private func attributes(of index: Int) throws(JFFS2Error) -> InodeAttributes {
    var own = inheritedAttributes(of: index)
    if let ino = paths[index].directory, let known = try attributes(ofDirectory: ino) {
      own = known
    }
    var (mode, uid, gid) = (own.mode, own.uid, own.gid)
    for former in formerDirectories[index] ?? [] where former != paths[index].directory {
      guard let other = try attributes(ofDirectory: former) else { continue }
      mode &= other.mode
      // What one owner kept from others is root's.
      if (uid, gid) != (other.uid, other.gid) { (uid, gid) = (0, 0) }
    }
    return Self.directory(mode: mode, uid: uid, gid: gid, time: own.modificationTime)
  }

  /// The attributes of a path that never was a directory, or of which nothing is known: those of the directory above it.
  private func inheritedAttributes(of index: Int) -> InodeAttributes {
    guard let parent = paths[index].parent else { return Self.directory(mode: 0o755) }
    let isLostAndFound =
      parent == HistoryPathTable.root && paths[index].name == HistoryPathTable.lostAndFound
    if isLostAndFound { return Self.directory(mode: 0o700) }
    return directories[Int(directoryInos[parent]) - 1]
  }

  /// The attributes of a directory of the tree, or the last ones of another; nil if none are left.
  private func attributes(ofDirectory ino: UInt32) throws(JFFS2Error) -> InodeAttributes? {
    if history.volume.pathIndex.isReachable(ino) {
      do throws(JFFS2Error) {
        return try history.volume.attributes(of: ino)
      } catch {
        guard case .unusableInode = error else { throw error }
      }
    }
    guard let node = history.directoryNodes[ino] else { return nil }
    let raw = try history.volume.rawInode(node)
    return Self.directory(mode: raw.mode, uid: raw.uid, gid: raw.gid, time: raw.modificationTime)
  }

  private static func directory(
    mode: UInt16, uid: UInt16 = 0, gid: UInt16 = 0, time: UInt32 = 0
  ) -> InodeAttributes {
    InodeAttributes(
      ino: 0, mode: FileType.directory.rawValue | (mode & 0o7777), linkCount: 2, uid: uid, gid: gid,
      size: 0, accessTime: time, modificationTime: time, changeTime: time, device: nil)
  }

  private mutating func addEntries() {
    var first = 0
    for ino in directories.indices {
      var entry = InodeEntry(ino: UInt32(ino + 1))
      entry.firstDirent = UInt32(first)
      entry.direntCount = UInt32(children[ino].count)
      first += children[ino].count
      entry.linkCount = 1
      entries.append(entry)
    }
    for version in versions {
      var entry = InodeEntry(ino: UInt32(entries.count + 1))
      entry.firstNode = version.nodes.lowerBound
      entry.nodeCount = UInt32(version.nodes.count)
      entry.linkCount = 1
      entries.append(entry)
    }
  }
}
