public import SystemPackage

/// The answer to opening a file or a directory.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_open` and `fuse_reply_err`.
public struct OpenReply: ~Copyable {
  /// The allowed caching of the opened file's contents.
  ///
  /// The corresponding C bit-fields are those of `struct fuse_file_info`.
  public struct Flags: OptionSet, Sendable {
    /// The set as bits, whose values are this type's own.
    public let rawValue: UInt32

    /// A set from its bits.
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// Pages cached by an earlier opening stay valid. C: `keep_cache`.
    public static let keepCache = Flags(rawValue: 1)
    /// The directory's entries may be cached. C: `cache_readdir`.
    public static let cacheDirectory = Flags(rawValue: 2)
    /// Every read comes to the file system, past the page cache. C: `direct_io`.
    public static let directIO = Flags(rawValue: 4)
  }

  let pending: PendingRequest

  /// The file is open; `handle` comes back with every request for this opening.
  ///
  /// Returns false if the kernel did not take the answer, because the caller was interrupted;
  /// no release follows then.
  @discardableResult
  public consuming func opened(_ flags: Flags = [], handle: UInt64 = 0) -> Bool {
    pending.answer(withOpening: flags, handle: handle)
  }

  /// The file cannot be opened.
  ///
  /// `.noFunction` (`ENOSYS`) lets this opening succeed and keeps the kernel from ever asking to
  /// open (or release) a file of this mount again; caches are then kept between openings. The
  /// same holds for directories, separately from files.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
