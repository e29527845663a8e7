public import SystemPackage

/// The answer to a read: bytes, fewer than requested only at the end of the file.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_buf` and `fuse_reply_err`.
public struct DataReply: ~Copyable {
  let pending: PendingRequest
  let pool: BufferPool

  /// The number of bytes requested by the kernel, the maximum of a reply.
  public let size: Int

  /// Answers with the caller's bytes, without a copy; what exceeds ``size`` is left out.
  public consuming func data(_ bytes: Span<UInt8>) {
    pending.answer(with: bytes.extracting(first: size))
  }

  /// Answers with what `fill` writes: at most `count` bytes, or ``size`` if that is less.
  ///
  /// If `fill` throws, its error is the reply.
  public consuming func data(
    _ count: Int, _ fill: (inout OutputSpan<UInt8>) throws(Errno) -> Void
  ) {
    pending.answer(from: pool, count: max(0, min(count, size)), fill)
  }

  /// Answers with the first bytes of a buffer, as many as `fill` returns, which must have written them.
  ///
  /// The buffer holds bytes of earlier replies, which would be sent. `fill` gets `count` bytes, or
  /// ``size`` if that is less. A returned number outside that range makes the reply `EIO`.
  package consuming func data(
    trusting count: Int, _ fill: (inout MutableSpan<UInt8>) throws(Errno) -> Int
  ) {
    pending.answer(from: pool, count: max(0, min(count, size)), trusting: fill)
  }

  /// The read failed.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
