public import SystemPackage

/// The answer to a request for a symbolic link's target.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_readlink` and `fuse_reply_err`.
public struct LinkReply: ~Copyable {
  let pending: PendingRequest

  /// The target of the link: bytes without NUL, at most 4095 of them reach the user.
  public consuming func target(_ bytes: Span<UInt8>) {
    pending.answer(with: bytes)
  }

  /// The target is unavailable. `.invalidArgument` is a node that is not a symbolic link.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
