public import SystemPackage

/// The answer to a request that only succeeds or fails.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C function is `fuse_reply_err`, with 0 for success.
public struct EmptyReply: ~Copyable {
  let pending: PendingRequest

  /// The request is granted or done.
  public consuming func success() {
    pending.fail(Errno(rawValue: 0))
  }

  /// The request is refused or failed.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
