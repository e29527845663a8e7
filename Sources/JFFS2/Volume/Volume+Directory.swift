/// A name in a directory.
public struct DirectoryEntry: Equatable, Sendable {
  /// The inode that the name leads to.
  public let ino: UInt32
  /// The type as stored, DT_DIR and the like, which need not be the inode's.
  public let type: UInt8
  /// The bytes of the name.
  public let name: [UInt8]
  /// The position at which a listing continues with the name after this one.
  public let nextPosition: Int
}

/// The names in a directory, without `.` and `..`, in the order of their bytes.
///
/// Names that no directory can show are left out; the driver's listing would break off there.
public struct DirectoryEntries: Sequence, IteratorProtocol, Sendable {
  private let directories: DirectoryTable
  private let range: Range<Int>
  /// The index of the next dirent to examine.
  private var index: Int

  fileprivate init(_ directories: DirectoryTable, _ directory: InodeEntry, from position: Int) {
    self.directories = directories
    let first = Int(directory.firstDirent)
    range = first..<first + Int(directory.direntCount)
    index = first + Swift.max(0, Swift.min(position, range.count))
  }

  /// The next name, or nil at the end.
  public mutating func next() -> DirectoryEntry? {
    while index < range.upperBound {
      let dirent = directories.dirents[index]
      index += 1
      if dirent.ino == 0 || directories.name(dirent).isImpossibleName { continue }
      let first = Int(dirent.nameOffset)
      return DirectoryEntry(
        ino: dirent.ino, type: dirent.type,
        name: Array(directories.names[first..<first + Int(dirent.nameLength)]),
        nextPosition: index - range.lowerBound)
    }
    return nil
  }
}

extension Volume {
  /// The number of names in all directories.
  package var nameCount: Int { directories.dirents.count { $0.ino != 0 } }

  /// The inode that a name in a directory leads to.
  ///
  /// - Returns: nil where the directory has no such name, or the name is longer than ``Volume/maximumNameLength``.
  /// - Throws: ``JFFS2Error/noSuchInode(_:)``.
  public func lookup(
    _ name: Span<UInt8>, in directory: UInt32
  ) throws(JFFS2Error) -> UInt32? {
    guard !name.isImpossibleName, name.count <= Self.maximumNameLength,
      let dirent = directories.find(name, in: try entry(directory)), dirent.ino != 0
    else { return nil }
    return dirent.ino
  }

  /// The names in a directory.
  ///
  /// - Parameters:
  ///   - directory: The directory's inode number.
  ///   - position: 0 for all, or ``DirectoryEntry/nextPosition`` of the name after which to continue.
  /// - Throws: ``JFFS2Error/noSuchInode(_:)``.
  public func entries(
    of directory: UInt32, from position: Int = 0
  ) throws(JFFS2Error) -> DirectoryEntries {
    DirectoryEntries(directories, try entry(directory), from: position)
  }
}
