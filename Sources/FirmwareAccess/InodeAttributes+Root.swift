package import JFFS2

extension InodeAttributes {
  /// The attributes of the directory that holds several file systems: root's, readable for everyone, as old as the epoch.
  package static func root(ofFileSystems count: Int) -> InodeAttributes {
    InodeAttributes(
      ino: Volume.rootIno, mode: FileType.directory.rawValue | 0o555,
      linkCount: 2 + UInt32(count), uid: 0, gid: 0, size: 0, accessTime: 0, modificationTime: 0,
      changeTime: 0, device: nil)
  }
}
