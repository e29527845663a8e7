internal import CFUSE
internal import Glibc
public import SystemPackage

/// The answer to a request for a part of a directory: entries, as many as fit.
///
/// The same value serves both ways of reading: plain, where only name, type and inode number go
/// out, and with look-up (``isPlus``), where an entry may bring its node along and spares the
/// kernel a look-up. ``finish()`` and ``error(_:)`` consume the reply; an unanswered one
/// says `EIO`.
///
/// The corresponding C functions are `fuse_add_direntry`, `fuse_add_direntry_plus`,
/// `fuse_reply_buf` and `fuse_reply_err`.
public struct DirectoryReply: ~Copyable {
  private let pending: PendingRequest
  private let buffer: PooledBuffer
  private let size: Int
  private var used = 0

  /// Whether entries may bring their nodes along, as for `readdirplus`.
  public let isPlus: Bool

  init(pending: consuming PendingRequest, pool: BufferPool, size: Int, isPlus: Bool) {
    self.pending = pending
    self.buffer = pool.buffer(count: size)
    self.size = size
    self.isPlus = isPlus
  }

  /// Adds one name, and returns false, having added nothing, if it does not fit.
  ///
  /// - Parameters:
  ///   - name: 1 to 1024 bytes, none of them NUL or a slash. Any other name is left out (and
  ///     counts as added): the kernel would fail the whole buffer.
  ///   - type: the file's type in the directory (`DT_REG` and so on), of which four bits
  ///     reach the user. It need not agree with the mode in `entry`.
  ///   - ino: the inode number shown to the user; an `entry` that goes out brings its own.
  ///   - entry: the node after the name, which ``isPlus`` sends along. It counts as a look-up
  ///     when added. Nil for a name that is only to be listed, always for `.` and `..`.
  ///   - nextOffset: the offset that the kernel sends to continue after this name; never 0.
  /// - Returns: false if the name does not fit in the reply.
  public mutating func add(
    name: Span<UInt8>, type: UInt8, ino: UInt64, entry: Entry? = nil, nextOffset: UInt64
  ) -> Bool {
    guard Self.isListable(name) else { return true }
    let needed =
      isPlus
      ? addPlus(name: name, type: type, ino: ino, entry: entry, nextOffset: nextOffset)
      : addPlain(name: name, type: type, ino: ino, nextOffset: nextOffset)
    guard needed <= size - used else { return false }
    used += needed
    return true
  }

  /// Sends what has been added. Nothing added means that the directory has ended.
  public consuming func finish() {
    pending.answer(with: buffer, count: used)
  }

  /// The directory cannot be read; what has been added is dropped.
  ///
  /// Entries that brought their nodes along are then **not** counted as looked up.
  public consuming func error(_ error: Errno) {
    pending.fail(error)
  }

  private static func isListable(_ name: Span<UInt8>) -> Bool {
    guard (1...Int(CFUSE_NAME_MAX)).contains(name.count) else { return false }
    return name.indices.allSatisfy { name[$0] != 0 && name[$0] != UInt8(ascii: "/") }
  }

  /// The `struct stat` of a file of which only type and number are known.
  private static func status(type: UInt8, ino: UInt64) -> stat {
    var status = stat()
    status.st_mode = UInt32(type & 15) << 12
    status.st_ino = .init(ino)
    return status
  }

  private func addPlain(
    name: Span<UInt8>, type: UInt8, ino: UInt64, nextOffset: UInt64
  ) -> Int {
    var status = Self.status(type: type, ino: ino)
    // Sound: `used` never exceeds `size`, which the buffer has, and libfuse keeps to the room.
    return unsafe pending.withRequest { request in
      unsafe name.withUnsafeBufferPointer { name in
        unsafe cfuse_add_direntry(
          request, buffer.start + used, size - used, name.baseAddress, name.count, &status,
          nextOffset)
      }
    }
  }

  /// Without an entry the inode number sent is 0, and the kernel lists the name without a look-up.
  private func addPlus(
    name: Span<UInt8>, type: UInt8, ino: UInt64, entry: Entry?, nextOffset: UInt64
  ) -> Int {
    var parameters = entry?.parameters ?? fuse_entry_param()
    if entry == nil { parameters.attr = Self.status(type: type, ino: ino) }
    // Sound as above.
    return unsafe pending.withRequest { request in
      unsafe name.withUnsafeBufferPointer { name in
        unsafe cfuse_add_direntry_plus(
          request, buffer.start + used, size - used, name.baseAddress, name.count,
          UInt32(type & 15), &parameters, nextOffset)
      }
    }
  }
}
