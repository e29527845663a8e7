internal import Storage
internal import Support
internal import Synchronization

/// Which paths lead to the inodes of a file system: for messages and reports.
///
/// A directory that several names lead to is traversed by one of those nearest to the root.
package struct PathIndex: Sendable {
  /// The maximum number of bytes of a path in Linux.
  package static let maximumPathLength = 4095

  private let inodes: InodeTable
  private let directories: DirectoryTable
  /// For each inode of the table, the index of the name by which a walk from the root reaches it; -1 if none does.
  private var parentDirents: [Int32]
  /// The indices of all names that a directory can contain, ordered by the inodes that they lead to.
  private let places: [Int32]

  /// Looks through all names once.
  init(_ inodes: InodeTable, _ directories: DirectoryTable) {
    self.inodes = inodes
    self.directories = directories
    places = directories.dirents.indices.filter { [directories] place in
      let dirent = directories.dirents[place]
      return dirent.ino != 0 && !directories.name(dirent).isImpossibleName
    }.sorted { [directories] left, right in
      (directories.dirents[left].ino, left) < (directories.dirents[right].ino, right)
    }.map(Int32.init)
    parentDirents = [Int32](repeating: -1, count: inodes.entries.count)
    guard let root = inodes.index(of: Volume.rootIno) else { return }
    var reached = [root]
    var next = 0
    while next < reached.count {
      let names = directories[inodes.entries[reached[next]]]
      next += 1
      for place in names.indices where !directories.name(names[place]).isImpossibleName {
        guard let index = inodes.index(of: names[place].ino), index != root,
          parentDirents[index] < 0
        else { continue }
        parentDirents[index] = Int32(place)
        reached.append(index)
      }
    }
  }

  /// A path that leads to an inode, from the root on and without a slash in front; without its beginning where it is very long. The
  /// root's is empty.
  ///
  /// - Returns: nil where none leads there.
  package func path(of ino: UInt32) -> [UInt8]? {
    if ino == Volume.rootIno { return [] }
    return parentDirent(of: ino).flatMap { path(of: $0) }
  }

  /// The paths that lead to an inode, as ``path(of:)`` gives one: one for each name, but only the first few.
  ///
  /// - Returns: Also how many more names there are.
  package func paths(
    of ino: UInt32, atMost count: Int, longest: Int = maximumPathLength
  ) -> (paths: [[UInt8]], more: Int) {
    if ino == Volume.rootIno { return ([[]], 0) }
    let first = partition(places.count) { directories.dirents[Int(places[$0])].ino >= ino }
    var paths: [[UInt8]] = []
    var more = 0
    for place in places[first...] {
      let dirent = directories.dirents[Int(place)]
      guard dirent.ino == ino else { break }
      guard isReachable(dirent.parentIno) else { continue }
      if paths.count == count {
        more += 1
      } else if let path = path(of: dirent, longest: longest) {
        paths.append(path)
      }
    }
    return (paths, more)
  }

  /// The path of a name, or nil where nothing leads to its directory.
  ///
  /// - Parameter longest: The maximum number of bytes; a longer path is shortened to `…/` and its end.
  package func path(of dirent: Dirent, longest: Int = maximumPathLength) -> [UInt8]? {
    guard isReachable(dirent.parentIno) else { return nil }
    var names = [dirent]
    var byteCount = Int(dirent.nameLength)
    while let above = names.last.flatMap({ parentDirent(of: $0.parentIno) }) {
      byteCount += Int(above.nameLength) + 1
      guard byteCount <= longest else { return Array("…/".utf8) + joined(names) }
      names.append(above)
    }
    return joined(names)
  }

  /// Whether names lead to an inode from the root.
  func isReachable(_ ino: UInt32) -> Bool { ino == Volume.rootIno || parentDirent(of: ino) != nil }

  /// The name that a walk from the root comes to an inode by.
  func parentDirent(of ino: UInt32) -> Dirent? {
    guard let index = inodes.index(of: ino), parentDirents[index] >= 0 else { return nil }
    return directories.dirents[Int(parentDirents[index])]
  }

  /// - Parameter names: The last name of a path first.
  private func joined(_ names: [Dirent]) -> [UInt8] {
    let directories = directories
    return Array(
      names.reversed().map { dirent in
        let name = directories.name(dirent)
        return name.indices.map { name[$0] }
      }.joined(separator: [UInt8(ascii: "/")]))
  }
}

extension Volume {
  /// Which paths lead where; made when it is first requested.
  package var pathIndex: PathIndex {
    madePathIndex.withLock { made in
      if let made { return made }
      let index = PathIndex(inodes, directories)
      made = index
      return index
    }
  }

  /// The inodes that a name leads to, and the root, by ascending number.
  package var linkedInos: [UInt32] {
    inodes.entries.filter { $0.linkCount > 0 || $0.ino == Self.rootIno }.map(\.ino)
  }

  /// The names that no directory can show.
  package var invalidNames: [Dirent] {
    let directories = directories
    return directories.dirents.filter { $0.ino != 0 && directories.name($0).isImpossibleName }
  }

  /// The names that lead to an inode of which nothing is left; they are not shown, and no older name in their place.
  package var danglingNames: [Dirent] {
    let superseded = directories.supersededDirents
    return superseded.indices.compactMap { index in
      let dirent = superseded[index]
      // The newest of the nodes with the same name is last; if it is current, it is not among these.
      guard dirent.ino != 0, inodes.index(of: dirent.ino) == nil,
        index + 1 == superseded.count || !isSameName(dirent, superseded[index + 1]),
        let parent = inodes.index(of: dirent.parentIno)
      else { return nil }
      let state = directories.find(name(of: dirent).span, in: inodes.entries[parent])
      return state == nil ? dirent : nil
    }
  }

  private func isSameName(_ left: Dirent, _ right: Dirent) -> Bool {
    left.parentIno == right.parentIno && name(of: left) == name(of: right)
  }
}
