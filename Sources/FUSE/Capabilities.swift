internal import CFUSE

/// Abilities that the kernel offers and a file system may want.
///
/// The corresponding C constants are `FUSE_CAP_…`, as of libfuse 3.14.
package struct Capabilities: OptionSet, Sendable, Hashable {
  /// The set as libfuse's bits.
  package let rawValue: UInt32

  /// A set from libfuse's bits, those without a name here included.
  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  private init(_ constant: Int32) {
    rawValue = UInt32(constant)
  }

  /// Several reads of one file at once. Wanted by default. C: `FUSE_CAP_ASYNC_READ`.
  package static let asyncRead = Capabilities(FUSE_CAP_ASYNC_READ)

  /// Remote POSIX locks. C: `FUSE_CAP_POSIX_LOCKS`.
  package static let posixLocks = Capabilities(FUSE_CAP_POSIX_LOCKS)

  /// `O_TRUNC` comes with the opening. Wanted by default. C: `FUSE_CAP_ATOMIC_O_TRUNC`.
  package static let atomicTruncate = Capabilities(FUSE_CAP_ATOMIC_O_TRUNC)

  /// `.` and `..` may be looked up, for NFS. C: `FUSE_CAP_EXPORT_SUPPORT`.
  package static let exportSupport = Capabilities(FUSE_CAP_EXPORT_SUPPORT)

  /// The kernel does not apply the umask to new files. C: `FUSE_CAP_DONT_MASK`.
  package static let dontMask = Capabilities(FUSE_CAP_DONT_MASK)

  /// Splicing to the device. C: `FUSE_CAP_SPLICE_WRITE`.
  package static let spliceWrite = Capabilities(FUSE_CAP_SPLICE_WRITE)

  /// Moving pages instead of copying them. C: `FUSE_CAP_SPLICE_MOVE`.
  package static let spliceMove = Capabilities(FUSE_CAP_SPLICE_MOVE)

  /// Splicing from the device. C: `FUSE_CAP_SPLICE_READ`.
  package static let spliceRead = Capabilities(FUSE_CAP_SPLICE_READ)

  /// Remote BSD locks. C: `FUSE_CAP_FLOCK_LOCKS`.
  package static let flockLocks = Capabilities(FUSE_CAP_FLOCK_LOCKS)

  /// `ioctl` on directories. Wanted by default. C: `FUSE_CAP_IOCTL_DIR`.
  package static let ioctlDirectory = Capabilities(FUSE_CAP_IOCTL_DIR)

  /// Changed times or sizes drop cached pages. Wanted by default. C: `FUSE_CAP_AUTO_INVAL_DATA`.
  package static let autoInvalidateData = Capabilities(FUSE_CAP_AUTO_INVAL_DATA)

  /// Directories read with look-up. Wanted by default. C: `FUSE_CAP_READDIRPLUS`.
  package static let readdirplus = Capabilities(FUSE_CAP_READDIRPLUS)

  /// The kernel chooses between both ways. Wanted by default. C: `FUSE_CAP_READDIRPLUS_AUTO`.
  package static let readdirplusAuto = Capabilities(FUSE_CAP_READDIRPLUS_AUTO)

  /// Parts of a direct read at once. Wanted by default. C: `FUSE_CAP_ASYNC_DIO`.
  package static let asyncDirectIO = Capabilities(FUSE_CAP_ASYNC_DIO)

  /// Writes are cached. C: `FUSE_CAP_WRITEBACK_CACHE`.
  package static let writebackCache = Capabilities(FUSE_CAP_WRITEBACK_CACHE)

  /// `open` may answer `ENOSYS`; only offered, never wanted. C: `FUSE_CAP_NO_OPEN_SUPPORT`.
  package static let noOpenSupport = Capabilities(FUSE_CAP_NO_OPEN_SUPPORT)

  /// Look-ups in one directory at once. Wanted by default. C: `FUSE_CAP_PARALLEL_DIROPS`.
  package static let parallelDirectoryOperations = Capabilities(FUSE_CAP_PARALLEL_DIROPS)

  /// The kernel checks POSIX ACLs, which it reads as extended attributes. C: `FUSE_CAP_POSIX_ACL`.
  package static let posixACL = Capabilities(FUSE_CAP_POSIX_ACL)

  /// The file system clears set-user-ID. Wanted by default. C: `FUSE_CAP_HANDLE_KILLPRIV`.
  package static let handleKillPrivileges = Capabilities(FUSE_CAP_HANDLE_KILLPRIV)

  /// Targets of symbolic links are cached. C: `FUSE_CAP_CACHE_SYMLINKS`.
  package static let cacheSymlinks = Capabilities(FUSE_CAP_CACHE_SYMLINKS)

  /// `opendir` may answer `ENOSYS`; only offered, never wanted. C: `FUSE_CAP_NO_OPENDIR_SUPPORT`.
  package static let noOpendirSupport = Capabilities(FUSE_CAP_NO_OPENDIR_SUPPORT)

  /// Cached pages are dropped on request only. C: `FUSE_CAP_EXPLICIT_INVAL_DATA`.
  package static let explicitInvalidateData = Capabilities(FUSE_CAP_EXPLICIT_INVAL_DATA)

  /// Names may be made to expire without being dropped. C: `FUSE_CAP_EXPIRE_ONLY`.
  package static let expireOnly = Capabilities(FUSE_CAP_EXPIRE_ONLY)
}
