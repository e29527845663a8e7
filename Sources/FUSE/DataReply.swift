package import SystemPackage

/// The answer to a read: bytes, fewer than requested only at the end of the file.
///
/// Answering consumes the reply; an unanswered one sends `EIO`.
///
/// The corresponding C functions are `fuse_reply_buf` and `fuse_reply_err`.
package struct DataReply: ~Copyable {
  let pending: PendingRequest
  let pool: BufferPool

  /// The number of bytes requested by the kernel, the maximum of a reply.
  package let size: Int

  /// Answers with the caller's bytes, without a copy; what exceeds ``size`` is left out.
  package consuming func data(_ bytes: Span<UInt8>) {
    pending.answer(with: bytes.extracting(first: size))
  }

  /// Answers with what `fill` writes into a buffer of `count` bytes, or of ``size`` if that is less.
  ///
  /// The buffer is reused: it comes **not zeroed**, with bytes of earlier answers. `fill` returns
  /// how many bytes from the front it has written; these are sent. What it throws is the answer
  /// if it throws.
  package consuming func data(
    _ count: Int, _ fill: (inout MutableSpan<UInt8>) throws(Errno) -> Int
  ) {
    pending.answer(from: pool, count: max(0, min(count, size)), fill)
  }

  /// The read failed.
  package consuming func error(_ error: Errno) {
    pending.fail(error)
  }
}
