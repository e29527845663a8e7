public import SystemPackage

/// The answer to a search for data or a hole.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_lseek` and `fuse_reply_err`.
public struct SeekReply: ~Copyable {
  let pending: PendingRequest

  /// The start, at or after the requested offset. The end of the file counts as a hole.
  public consuming func offset(_ offset: UInt64) {
    pending.answer(withOffset: offset)
  }

  /// Nothing was found. `.noSuchAddressOrDevice` (`ENXIO`) is the answer past the end and for data
  /// where none follows; `.noFunction` (`ENOSYS`) has the kernel treat every file of this mount as
  /// data without holes.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
