public import SystemPackage

/// The `df` statistics of a file system.
///
/// The corresponding C type is `struct statvfs`.
public struct Statistics: Sendable, Hashable {
  /// The unit of the three block counts, in bytes. C: `f_bsize` and `f_frsize`.
  public var blockSize: UInt32
  /// The size of the file system. C: `f_blocks`.
  public var blocks: UInt64
  /// Unused blocks. C: `f_bfree`.
  public var blocksFree: UInt64
  /// Unused blocks that users other than root may have. C: `f_bavail`.
  public var blocksAvailable: UInt64
  /// The number of inodes. C: `f_files`.
  public var files: UInt64
  /// Unused inodes. C: `f_ffree`.
  public var filesFree: UInt64
  /// The longest name, in bytes. C: `f_namemax`.
  public var nameLength: UInt32

  /// The statistics of a full file system if no free space is named.
  public init(
    blockSize: UInt32 = 512, blocks: UInt64 = 0, blocksFree: UInt64 = 0,
    blocksAvailable: UInt64 = 0, files: UInt64 = 0, filesFree: UInt64 = 0,
    nameLength: UInt32 = 255
  ) {
    self.blockSize = blockSize
    self.blocks = blocks
    self.blocksFree = blocksFree
    self.blocksAvailable = blocksAvailable
    self.files = files
    self.filesFree = filesFree
    self.nameLength = nameLength
  }
}

/// The answer to a request for the file system's statistics.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_statfs` and `fuse_reply_err`.
public struct StatisticsReply: ~Copyable {
  let pending: PendingRequest

  /// The statistics.
  public consuming func statistics(_ statistics: Statistics) {
    pending.answer(with: statistics)
  }

  /// The statistics are unavailable.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
