internal import Storage
internal import Support

/// The names of all directories.
struct DirectoryTable: Sendable {
  /// The current names, ordered by directory and bytes; deletions, which also set a directory's times, are among them.
  private(set) var dirents: [Dirent]

  /// The names that are not current: superseded by a newer version, or leading to no inode. Nothing in a mount examines them.
  let supersededDirents: [Dirent]

  /// The names of which the type is not that of their inode, which no writer leaves.
  private(set) var mistypedDirents: [Dirent] = []

  /// The bytes of all names.
  let names: [UInt8]

  /// Determines the current names and counts links, as the driver's `jffs2_build_filesystem` does.
  ///
  /// - Parameters:
  ///   - scanned: All dirents.
  ///   - names: The bytes of their names.
  ///   - inodes: Gets the range of names, the link counts and the times of each directory.
  init(_ scanned: [Dirent], names: [UInt8], _ inodes: inout InodeTable) {
    let dirents = scanned.sorted { Self.isOrdered($0, $1, names.span) }
    var live: [Dirent] = []
    var superseded: [Dirent] = []
    live.reserveCapacity(dirents.count)
    for (index, dirent) in dirents.enumerated() {
      let isNewest =
        index + 1 == dirents.count
        || !Self.haveSameName(dirent, dirents[index + 1], names.span)
      // The winner is chosen before its target is looked for: no older name comes back.
      if isNewest, dirent.ino == 0 || inodes.index(of: dirent.ino) != nil {
        live.append(dirent)
      } else if dirent.isReadable {
        superseded.append(dirent)
      }
    }
    self.dirents = live
    self.supersededDirents = superseded
    self.names = names
    assignDirectories(&inodes)
    let removed = countLinks(&inodes)
    markDirectoryLinks(&inodes, removed)
    // The driver reads a directory's names from the flash when the directory is read.
    if live.contains(where: { !$0.isReadable }) { self.dirents = live.map(\.shown) }
  }

  /// The names of a made tree.
  ///
  /// - Parameter dirents: Ordered by directory and bytes; all of them are visible.
  init(ordered dirents: [Dirent], names: [UInt8]) {
    self.dirents = dirents
    self.names = names
    supersededDirents = []
  }

  /// Whether the driver finds any name when a directory is read: a deletion counts, an unreadable node does not.
  func hasNames(in directory: InodeEntry) -> Bool {
    self[directory].contains { $0.isReadable && !name($0).hasZeroByteAmongOthers }
  }

  /// The bytes of a name.
  @_lifetime(borrow self)
  borrowing func name(_ dirent: Dirent) -> Span<UInt8> {
    Self.name(dirent, names.span)
  }

  /// Returns the latest dirent of a name in a directory, deletions included.
  func find(_ name: Span<UInt8>, in directory: InodeEntry) -> Dirent? {
    let candidates = self[directory]
    let first = candidates.startIndex
    let place = partition(candidates.count) {
      compareBytes(self.name(dirents[first + $0]), name) >= 0
    }
    guard place < candidates.count, compareBytes(self.name(dirents[first + place]), name) == 0
    else { return nil }
    return dirents[first + place]
  }

  @_lifetime(copy names)
  private static func name(_ dirent: Dirent, _ names: Span<UInt8>) -> Span<UInt8> {
    let start = Int(dirent.nameOffset)
    return names.extracting(start..<start + Int(dirent.nameLength))
  }

  static func haveSameName(_ left: Dirent, _ right: Dirent, _ names: Span<UInt8>) -> Bool {
    left.parentIno == right.parentIno
      && compareBytes(name(left, names), name(right, names)) == 0
  }

  static func isOrdered(
    _ left: Dirent, _ right: Dirent, _ names: Span<UInt8>
  ) -> Bool {
    guard left.parentIno == right.parentIno else { return left.parentIno < right.parentIno }
    let order = compareBytes(name(left, names), name(right, names))
    guard order == 0 else { return order < 0 }
    return (left.version, left.flashOffset) < (right.version, right.flashOffset)
  }

  /// Gives each directory its range of names and the newest time among them.
  private func assignDirectories(_ inodes: inout InodeTable) {
    var first = 0
    while first < dirents.count {
      let parent = dirents[first].parentIno
      var end = first
      while end < dirents.count, dirents[end].parentIno == parent { end += 1 }
      if let index = inodes.index(of: parent) {
        inodes.entries[index].firstDirent = UInt32(first)
        inodes.entries[index].direntCount = UInt32(end - first)
        for dirent in dirents[first..<end] {
          // A name with a zero byte fails `read_direntry`, which checks the name's CRC again, over all of it. That of zero bytes alone
          // is 0, as that of no bytes.
          if dirent.ino != 0, dirent.type == Dirent.directoryType, dirent.isReadable,
            !name(dirent).hasZeroByteAmongOthers
          {
            inodes.entries[index].subdirectoryCount += 1
          }
          if dirent.changeTime != 0, dirent.version > inodes.entries[index].timeVersion {
            inodes.entries[index].timeVersion = dirent.version
            inodes.entries[index].changeTime = dirent.changeTime
          }
        }
      }
      first = end
    }
  }

  /// Counts the names of each inode, then takes away those in directories that nothing leads to, and so on.
  ///
  /// - Returns: For each inode, whether it was removed so. A loop of directories keeps itself, as in the driver.
  private mutating func countLinks(_ inodes: inout InodeTable) -> [Bool] {
    for dirent in dirents where dirent.ino != 0 {
      guard let index = inodes.index(of: dirent.ino) else { continue }
      inodes.entries[index].linkCount += 1
      let newest = inodes.nodeIndices(inodes.entries[index]).last.map { inodes.nodes[$0] }
      if let newest, newest.isUsable, newest.fileType != dirent.type, dirent.isReadable {
        mistypedDirents.append(dirent)
      }
    }
    if let root = inodes.index(of: .root) { inodes.entries[root].linkCount += 1 }
    var isRemoved = [Bool](repeating: false, count: inodes.entries.count)
    var pending = inodes.entries.indices.filter { inodes.entries[$0].linkCount == 0 }
    while let dead = pending.popLast() {
      isRemoved[dead] = true
      for dirent in self[inodes.entries[dead]] where dirent.ino != 0 {
        guard let index = inodes.index(of: dirent.ino), !isRemoved[index] else { continue }
        inodes.entries[index].linkCount -= 1
        if inodes.entries[index].linkCount == 0 { pending.append(index) }
      }
    }
    if let root = inodes.index(of: .root) { inodes.entries[root].linkCount -= 1 }
    return isRemoved
  }

  /// The driver keeps a directory's parent where other inodes keep their link count, and goes by the name's type: what is called a
  /// directory, and is none, shows its parent's inode number as its link count, or 0 where that parent was removed.
  private func markDirectoryLinks(_ inodes: inout InodeTable, _ isRemoved: [Bool]) {
    for dirent in dirents where dirent.ino != 0 && dirent.type == Dirent.directoryType {
      if let index = inodes.index(of: dirent.ino) { inodes.entries[index].linkCount = 0 }
    }
    for parent in inodes.entries.indices where !isRemoved[parent] {
      for dirent in self[inodes.entries[parent]]
      where dirent.ino != 0 && dirent.type == Dirent.directoryType {
        guard let index = inodes.index(of: dirent.ino) else { continue }
        inodes.entries[index].linkCount = inodes.entries[parent].ino
      }
    }
  }

  /// The latest dirents of a directory, one per name, deletions included.
  subscript(directory: InodeEntry) -> ArraySlice<Dirent> {
    let first = Int(directory.firstDirent)
    return dirents[first..<first + Int(directory.direntCount)]
  }
}

extension Span<UInt8> {
  fileprivate var hasZeroByteAmongOthers: Bool {
    var (hasZero, hasOther) = (false, false)
    for index in indices {
      if self[index] == 0 { hasZero = true } else { hasOther = true }
    }
    return hasZero && hasOther
  }
}

/// Less than, equal to, or greater than 0 as `left` comes before, is, or comes after `right`.
func compareBytes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
  for index in 0..<min(left.count, right.count) where left[index] != right[index] {
    return Int(left[index]) - Int(right[index])
  }
  return left.count - right.count
}
