public import SystemPackage

/// The answer to a request for attributes.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_attr` and `fuse_reply_err`.
public struct AttributesReply: ~Copyable {
  let pending: PendingRequest

  /// The attributes, which the kernel may keep for `timeout` seconds.
  public consuming func attributes(_ attributes: Attributes, timeout: Double = Entry.forever) {
    pending.answer(with: attributes.status, timeout: timeout)
  }

  /// The attributes are unavailable.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
