internal import CFUSE
internal import Glibc
internal import SystemPackage

// Each is one libfuse call. Sound throughout: `answer` lends a request that is alive, and libfuse
// has copied or sent what a pointer leads to when it returns.
extension PendingRequest {
  consuming func answer(with parameters: fuse_entry_param) -> Bool {
    var parameters = parameters
    return unsafe answer { request in unsafe fuse_reply_entry(request, &parameters) }
  }

  consuming func answer(withAbsenceFor timeout: Double) {
    var parameters = fuse_entry_param()
    parameters.entry_timeout = timeout
    unsafe answer { request in unsafe fuse_reply_entry(request, &parameters) }
  }

  consuming func answer(with attributes: stat, timeout: Double) {
    var attributes = attributes
    unsafe answer { request in unsafe fuse_reply_attr(request, &attributes, timeout) }
  }

  consuming func answer(withOpening flags: OpenReply.Flags, handle: UInt64) -> Bool {
    var file = fuse_file_info()
    file.fh = handle
    file.keep_cache = flags.contains(.keepCache) ? 1 : 0
    file.cache_readdir = flags.contains(.cacheDirectory) ? 1 : 0
    file.direct_io = flags.contains(.directIO) ? 1 : 0
    return unsafe answer { request in unsafe fuse_reply_open(request, &file) }
  }

  /// Answers with the buffer's first `count` bytes.
  consuming func answer(with buffer: borrowing PooledBuffer, count: Int) {
    let start = unsafe buffer.start
    unsafe answer { request in unsafe cfuse_reply_bytes(request, start, count) }
  }

  /// Answers with what `fill` writes into `count` bytes of the pool's, or with what it throws.
  consuming func answer(
    from pool: BufferPool, count: Int, _ fill: (inout OutputSpan<UInt8>) throws(Errno) -> Void
  ) {
    var buffer = pool.buffer(count: count)
    do throws(Errno) {
      let filled = try buffer.fill(count: count, fill)
      answer(with: buffer, count: filled)
    } catch {
      fail(error)
    }
  }

  /// As ``answer(from:count:_:)`` for a `fill` that is trusted to have written as many bytes as it returns.
  consuming func answer(
    from pool: BufferPool, count: Int,
    trusting fill: (inout MutableSpan<UInt8>) throws(Errno) -> Int
  ) {
    var buffer = pool.buffer(count: count)
    do throws(Errno) {
      let filled = try buffer.withBytes(count: count, fill)
      guard (0...count).contains(filled) else { return fail(.ioError) }
      answer(with: buffer, count: filled)
    } catch {
      fail(error)
    }
  }

  consuming func answer(withSize size: Int) {
    unsafe answer { request in unsafe fuse_reply_xattr(request, size) }
  }

  consuming func answer(withOffset offset: UInt64) {
    unsafe answer { request in
      unsafe fuse_reply_lseek(request, .init(truncatingIfNeeded: offset))
    }
  }

  consuming func answer(with statistics: Statistics) {
    var status = statvfs()
    status.f_bsize = .init(statistics.blockSize)
    status.f_frsize = .init(statistics.blockSize)
    status.f_blocks = .init(statistics.blocks)
    status.f_bfree = .init(statistics.blocksFree)
    status.f_bavail = .init(statistics.blocksAvailable)
    status.f_files = .init(statistics.files)
    status.f_ffree = .init(statistics.filesFree)
    status.f_namemax = .init(statistics.nameLength)
    unsafe answer { request in unsafe fuse_reply_statfs(request, &status) }
  }
}
