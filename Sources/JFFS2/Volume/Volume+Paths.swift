/// All names of a file system by the inodes that they lead to, for whoever asks for many paths.
package struct PathIndex: Sendable {
  /// The bytes of the longest path that a Linux program can name.
  private static let longestPath = 4095

  private let volume: Volume
  private let dirents: [UInt32: [Dirent]]

  /// Looks through all names once.
  package init(_ volume: Volume) {
    self.volume = volume
    let directories = volume.directories
    var dirents: [UInt32: [Dirent]] = [:]
    for dirent in directories.dirents
    where dirent.ino != 0 && !directories.name(dirent).isImpossibleName {
      dirents[dirent.ino, default: []].append(dirent)
    }
    self.dirents = dirents
  }

  /// The paths that lead to an inode, from the root on and without a slash in front: one for each name. The root's is empty.
  ///
  /// A directory that several names lead to is gone through by its first.
  package func paths(of ino: UInt32) -> [[UInt8]] {
    if ino == Volume.rootIno { return [[]] }
    return dirents[ino, default: []].compactMap(path)
  }

  /// The path of a name, or nil where nothing leads to its directory. Of a path that is too long to be used `…` stands for the
  /// beginning.
  package func path(of dirent: Dirent) -> [UInt8]? {
    var names = [volume.name(of: dirent)]
    var byteCount = names[0].count
    var parent = dirent.parentIno
    // One that comes again, in a circle, ends by being too long.
    while parent != Volume.rootIno {
      guard byteCount <= Self.longestPath else {
        names.append(Array("…".utf8))
        break
      }
      guard let next = dirents[parent]?.first else { return nil }
      names.append(volume.name(of: next))
      byteCount += names[names.count - 1].count + 1
      parent = next.parentIno
    }
    return Array(names.reversed().joined(separator: [0x2F]))
  }
}

extension Volume {
  /// The inodes that a name leads to, and the root, by ascending number.
  package var linkedInos: [UInt32] {
    inodes.entries.filter { $0.linkCount > 0 || $0.ino == Self.rootIno }.map(\.ino)
  }

  /// The names that no directory can show.
  package var impossibleNames: [Dirent] {
    let directories = directories
    return directories.dirents.filter { $0.ino != 0 && directories.name($0).isImpossibleName }
  }

  /// The names that lead to an inode of which nothing is left; they are not shown, and no older name in their place.
  package var danglingNames: [Dirent] {
    let superseded = directories.supersededDirents
    return superseded.indices.compactMap { index in
      let dirent = superseded[index]
      // Of nodes with one name the newest comes last; where it stands, it is not among these.
      guard dirent.ino != 0, inodes.index(of: dirent.ino) == nil,
        index + 1 == superseded.count || !isSameName(dirent, superseded[index + 1]),
        let parent = inodes.index(of: dirent.parentIno)
      else { return nil }
      let standing = directories.find(name(of: dirent).span, in: inodes.entries[parent])
      return standing == nil ? dirent : nil
    }
  }

  private func isSameName(_ left: Dirent, _ right: Dirent) -> Bool {
    left.parentIno == right.parentIno && name(of: left) == name(of: right)
  }
}
