internal import CFUSE

/// The user and process of a request.
///
/// A request that the kernel sends by itself (`forget`, read-ahead, `release`) may name
/// process 0.
///
/// The corresponding C type is `struct fuse_ctx`.
public struct Request: Sendable, Hashable {
  /// The calling thread's number, 0 if it is outside the mounting process's namespace.
  public let pid: Int32
  /// The caller's user, as the file-system user ID.
  public let uid: UInt32
  /// The caller's group, as the file-system group ID.
  public let gid: UInt32
  /// The caller's file mode creation mask; only requests that create send it.
  public let umask: UInt32
}
