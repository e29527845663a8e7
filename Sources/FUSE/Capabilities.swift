internal import CFUSE

/// Abilities that the kernel offers and a file system that only reads may want.
///
/// The corresponding C constants are `FUSE_CAP_…`, as of libfuse 3.14.
public struct Capabilities: OptionSet, Sendable, Hashable {
  /// The set as libfuse's bits.
  public let rawValue: UInt32

  /// A set from libfuse's bits, those without a name here included.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Takes one of libfuse's constants, which are 32 bits wide before libfuse 3.18 and 64 bits since.
  private init(_ constant: some BinaryInteger) {
    rawValue = UInt32(constant)
  }

  /// Several reads of one file at once. Wanted by default. C: `FUSE_CAP_ASYNC_READ`.
  public static let asyncRead = Capabilities(FUSE_CAP_ASYNC_READ)

  /// Changed times or sizes drop cached pages. Wanted by default. C: `FUSE_CAP_AUTO_INVAL_DATA`.
  public static let autoInvalidateData = Capabilities(FUSE_CAP_AUTO_INVAL_DATA)

  /// Directories read with look-up. Wanted by default. C: `FUSE_CAP_READDIRPLUS`.
  public static let readdirplus = Capabilities(FUSE_CAP_READDIRPLUS)

  /// The kernel chooses between both ways. Wanted by default. C: `FUSE_CAP_READDIRPLUS_AUTO`.
  public static let readdirplusAuto = Capabilities(FUSE_CAP_READDIRPLUS_AUTO)

  /// Look-ups in one directory at once. Wanted by default. C: `FUSE_CAP_PARALLEL_DIROPS`.
  public static let parallelDirectoryOperations = Capabilities(FUSE_CAP_PARALLEL_DIROPS)

  /// The kernel checks POSIX ACLs, which it reads as extended attributes. C: `FUSE_CAP_POSIX_ACL`.
  public static let posixACL = Capabilities(FUSE_CAP_POSIX_ACL)

  /// Targets of symbolic links are cached. C: `FUSE_CAP_CACHE_SYMLINKS`.
  public static let cacheSymlinks = Capabilities(FUSE_CAP_CACHE_SYMLINKS)
}
