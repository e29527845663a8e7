/// The meaning of the inodes in a tree that a history made: directories from 1 on, then versions.
struct VersionTable: Sendable {
  let directories: [InodeAttributes]
  let versions: [FileVersion]

  /// The version that an inode is, or nil for a directory.
  func version(_ ino: UInt32) -> FileVersion? {
    let index = Int(ino) - 1 - directories.count
    return versions.indices.contains(index) ? versions[index] : nil
  }

  /// The attributes of a directory, or nil for a version.
  func directory(_ ino: UInt32) -> InodeAttributes? {
    let index = Int(ino) - 1
    return directories.indices.contains(index) ? directories[index] : nil
  }
}
