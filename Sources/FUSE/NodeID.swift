/// The number by which the kernel names per file of the mount in every later request.
///
/// Given out by a file system in ``Entry``; two entries with one `NodeID` are one file to the
/// kernel. Zero never names per file.
///
/// The corresponding C type is `fuse_ino_t`.
package struct NodeID: Hashable, Sendable {
  /// The number itself.
  package let rawValue: UInt64

  /// Wraps a number that the file system has chosen.
  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The directory that is mounted; it exists without having been looked up.
  ///
  /// The corresponding C constant is `FUSE_ROOT_ID`.
  package static let root = NodeID(rawValue: 1)
}
