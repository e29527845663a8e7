public import SystemPackage

/// The answer to a look-up.
///
/// Answering consumes the reply; an unanswered one sends `EIO`. It must be answered before
/// the session ends.
///
/// The corresponding C functions are `fuse_reply_entry` and `fuse_reply_err`.
public struct EntryReply: ~Copyable {
  let pending: PendingRequest

  /// The name exists. Returns false if the kernel did not take the answer, because the caller was
  /// interrupted; the look-up is then not counted.
  @discardableResult
  public consuming func entry(_ entry: Entry) -> Bool {
    pending.answer(with: entry.parameters)
  }

  /// The name does not exist, and the kernel need not ask again for `timeout` seconds.
  ///
  /// The corresponding C answer is an entry with inode 0.
  public consuming func negative(timeout: Double = Entry.forever) {
    pending.answer(withAbsenceFor: timeout)
  }

  /// The look-up failed. `.noSuchFileOrDirectory` is a name that does not exist and that the
  /// kernel asks for again.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
