/// A name in a directory.
package struct DirectoryEntry: Equatable, Sendable {
  /// The inode that the name leads to.
  package let ino: UInt32
  /// The type as stored, DT_DIR and the like, which need not be the inode's.
  package let type: UInt8
  /// The position at which a listing continues after this name.
  package let nextPosition: Int
}

extension Volume {
  /// The inode that a name in a directory leads to.
  ///
  /// - Returns: nil where the directory has no such name, or the name is longer than ``maximumNameLength``.
  /// - Throws: ``JFFS2Error/noSuchInode(_:)``.
  package func lookup(
    _ name: Span<UInt8>, in directory: UInt32
  ) throws(JFFS2Error) -> UInt32? {
    guard !name.isImpossibleName, name.count <= Self.maximumNameLength,
      let dirent = directories.find(name, in: try entry(directory)), dirent.ino != 0
    else { return nil }
    return dirent.ino
  }

  /// Shows the names of a directory, without `.` and `..`, in the order of their bytes, until `body` answers false.
  ///
  /// Names that no directory can contain are left out; the driver's listing would break off there.
  ///
  /// - Parameters:
  ///   - position: 0 for all, or ``DirectoryEntry/nextPosition`` of the name after which to continue.
  ///   - body: Gets the entry and its name's bytes.
  package func list(
    _ directory: UInt32, from position: Int = 0,
    _ body: (DirectoryEntry, Span<UInt8>) -> Bool
  ) throws(JFFS2Error) {
    let entry = try entry(directory)
    let directories = directories
    let first = Int(entry.firstDirent)
    let end = first + Int(entry.direntCount)
    var index = first + max(0, min(position, end - first))
    while index < end {
      let dirent = directories.dirents[index]
      let name = directories.name(dirent)
      index += 1
      if dirent.ino == 0 || name.isImpossibleName { continue }
      let shown = DirectoryEntry(
        ino: dirent.ino, type: dirent.type, nextPosition: index - first)
      guard body(shown, name) else { return }
    }
  }
}
