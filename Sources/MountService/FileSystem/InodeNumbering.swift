internal import FUSE

/// JFFS2's inode numbers are the mount's: the root is 1 in both. The one place where the two meet.
enum InodeNumbering {
  static func node(_ ino: UInt32) -> NodeID { NodeID(rawValue: UInt64(ino)) }

  static func ino(_ node: NodeID) -> UInt32 { UInt32(truncatingIfNeeded: node.rawValue) }
}
