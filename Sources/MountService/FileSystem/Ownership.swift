internal import JFFS2

/// The user's overrides of owners and permissions.
package struct Ownership: Sendable, Equatable {
  /// The owner of every file; nil for the image's own.
  package var uid: UInt32?
  /// The group of every file; nil for the image's own.
  package var gid: UInt32?
  /// Permission bits to take away from every file but symbolic links.
  package var umask: UInt32

  package init(uid: UInt32? = nil, gid: UInt32? = nil, umask: UInt32 = 0) {
    self.uid = uid
    self.gid = gid
    self.umask = umask
  }

  func mode(_ mode: UInt16) -> UInt32 {
    FileType(mode: mode) == .symbolicLink ? UInt32(mode) : UInt32(mode) & ~(umask & 0o777)
  }
}
