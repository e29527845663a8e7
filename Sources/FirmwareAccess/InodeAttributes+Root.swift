package import JFFS2

extension InodeAttributes {
  /// The attributes of the directory that holds several file systems: root's, readable for everyone, as old as the epoch.
  package static func root(ofFileSystems count: Int) -> InodeAttributes {
    InodeAttributes(
      ino: Volume.rootIno, mode: FileType.directory.rawValue | 0o555,
      linkCount: 2 + UInt32(count), uid: 0, gid: 0, size: 0, accessTime: 0, modificationTime: 0,
      changeTime: 0, device: nil)
  }

  /// The attributes of a file that shows a part of the flash memory: root's, readable for everyone, as old as the epoch.
  package static func file(byteCount: UInt64) -> InodeAttributes {
    InodeAttributes(
      ino: Volume.rootIno, mode: FileType.regular.rawValue | 0o444, linkCount: 1, uid: 0, gid: 0,
      size: byteCount, accessTime: 0, modificationTime: 0, changeTime: 0, device: nil)
  }
}
