public import SystemPackage

/// The answer to a request for an extended attribute's value, or for the list of their names.
///
/// The caller may only want to know the size, or have too little space for the value; both are
/// dealt with here, so the file system gives the value in any case. Answering consumes the reply;
/// an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_xattr`, `fuse_reply_buf` and `fuse_reply_err`.
public struct XattrReply: ~Copyable {
  let pending: PendingRequest
  let pool: BufferPool

  /// The caller's space in bytes, 0 if only the size is wanted.
  public let size: Int

  /// The value, or every name followed by a NUL, without a copy.
  ///
  /// Answers the number of bytes if only that was wanted, and `ERANGE` if they have no room.
  public consuming func value(_ bytes: Span<UInt8>) {
    if size == 0 {
      pending.answer(withSize: bytes.count)
    } else if bytes.count > size {
      pending.fail(.outOfRange)
    } else {
      pending.answer(with: bytes)
    }
  }

  /// The same for a value of `count` bytes that is made only when someone wants it.
  ///
  /// `fill` is called at most once, with space for exactly `count` bytes; those that it writes are
  /// the value. What it throws is the answer if it throws.
  public consuming func value(
    count: Int, _ fill: (inout OutputSpan<UInt8>) throws(Errno) -> Void
  ) {
    if count < 0 {
      pending.fail(.invalidArgument)
    } else if size == 0 {
      pending.answer(withSize: count)
    } else if count > size {
      pending.fail(.outOfRange)
    } else {
      pending.answer(from: pool, count: count, fill)
    }
  }

  /// The value is unavailable. `.noData` (`ENODATA`) is an attribute that the file does not have;
  /// `.noFunction` (`ENOSYS`) keeps the kernel from ever asking this mount again, and users read
  /// `EOPNOTSUPP`.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
