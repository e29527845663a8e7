/// The number that identifies a file of the mount in all requests of the kernel.
///
/// Given out by a file system in ``Entry``; two entries with one `NodeID` are one file to the
/// kernel. Zero never identifies a file.
///
/// The corresponding C type is `fuse_ino_t`.
public struct NodeID: Hashable, Sendable {
  /// The number itself.
  public let rawValue: UInt64

  /// Wraps a number that the file system has chosen.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The directory that is mounted; it exists without having been looked up.
  ///
  /// The corresponding C constant is `FUSE_ROOT_ID`.
  public static let root = NodeID(rawValue: 1)
}
