internal import CLinux
internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#endif

/// A file without a name that takes what is unpacked and then becomes an image; it goes when its last owner does.
///
/// It lies in `$TMPDIR`, else in `/var/tmp` or `/tmp`, and in memory where none of them makes a file without a name.
package struct MemoryFile: ~Copyable {
  /// The bytes that were appended.
  package private(set) var byteCount: UInt64 = 0

  private let descriptor: Int32

  /// - Throws: ``StorageError`` with `.temporaryFile`.
  package init() throws(StorageError) {
    let chosen = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
    for folder in [chosen, "/var/tmp", "/tmp"].compactMap(\.self) {
      let file = unsafe clinux_unnamed_file(folder)
      if file >= 0 {
        descriptor = file
        return
      }
    }
    let memory = unsafe clinux_memory_file("jffs2fuse")
    guard memory >= 0 else {
      throw StorageError(
        .temporaryFile, path: chosen ?? "/var/tmp", underlyingError: Errno(rawValue: -memory))
    }
    descriptor = memory
  }

  deinit {
    // Nobody will read what was written.
    close(descriptor)
  }

  /// Writes behind what is there already.
  ///
  /// - Throws: ``StorageError`` with `.temporaryFile`, of which a full disk is the usual cause.
  package mutating func append(_ bytes: Span<UInt8>) throws(StorageError) {
    do {
      // Sound: the bytes are only read, and only inside the closure.
      let count = try unsafe bytes.withUnsafeBytes { bytes in
        try unsafe FileDescriptor(rawValue: descriptor)
          .writeAll(toAbsoluteOffset: Int64(byteCount), bytes)
      }
      byteCount += UInt64(count)
    } catch {
      throw StorageError(
        .temporaryFile, path: "", offset: byteCount, underlyingError: error as? Errno)
    }
  }

  /// What was written, for reading.
  ///
  /// - Parameter path: What messages call it.
  package consuming func image(path: String) throws(StorageError) -> FlashImage {
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else {
      throw StorageError(.temporaryFile, path: path, underlyingError: Errno(rawValue: errno))
    }
    return try FlashImage(adopting: own, path: path)
  }
}
