internal import FUSE
internal import JFFS2

/// The owners and permissions that replace those of the image.
package struct OwnershipOverride: Sendable, Equatable {
  /// The owner of every file; nil for the image's own.
  package var uid: UInt32?
  /// The group of every file; nil for the image's own.
  package var gid: UInt32?
  /// Permission bits to take away from every file but symbolic links.
  package var umask: UInt32
  /// Whether everyone may read each file and list and search each directory, except as `umask` says.
  package var readable: Bool

  package init(
    uid: UInt32? = nil, gid: UInt32? = nil, umask: UInt32 = 0, readable: Bool = false
  ) {
    self.uid = uid
    self.gid = gid
    self.umask = umask
    self.readable = readable
  }

  /// The attributes of an inode as the mount shows them.
  ///
  /// - Parameter number: The inode's number in the mount.
  func attributes(_ inode: InodeAttributes, number: UInt64) -> Attributes {
    Attributes(
      ino: number, mode: mode(inode.mode), nlink: inode.linkCount, uid: uid ?? UInt32(inode.uid),
      gid: gid ?? UInt32(inode.gid),
      rdev: Attributes.Device(major: inode.device?.major ?? 0, minor: inode.device?.minor ?? 0),
      size: inode.size, blocks: inode.blockCount, blockSize: 4096,
      atime: Attributes.Timestamp(seconds: Int64(inode.accessTime)),
      mtime: Attributes.Timestamp(seconds: Int64(inode.modificationTime)),
      ctime: Attributes.Timestamp(seconds: Int64(inode.changeTime)))
  }

  private func mode(_ mode: UInt16) -> UInt32 {
    let type = FileType(mode: mode)
    guard type != .symbolicLink else { return UInt32(mode) }
    let granted: UInt32 = !readable ? 0 : type == .directory ? 0o555 : 0o444
    return (UInt32(mode) | granted) & ~(umask & 0o777)
  }
}

extension MountOptions {
  /// The owners and permissions that the user wants to see.
  var ownership: OwnershipOverride {
    OwnershipOverride(uid: userID, gid: groupID, umask: umask ?? 0, readable: readable)
  }
}
