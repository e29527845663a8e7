internal import CStorage
internal import SystemPackage
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#endif

/// An unnamed file for all unpacked data, one ``TemporaryFile`` after the other; it is freed with the last image in it.
///
/// It is in `$TMPDIR`, else in `/var/tmp` or `/tmp`, or in memory if none of them supports unnamed files. A single file, so that a
/// process can open it before it drops the right to open files.
package final class ScratchFile: Sendable {
  private struct State {
    /// The descriptor, or -errno of why there is none; nil until someone asks.
    var descriptor: Int32?
    /// The offset of the next file.
    var end: UInt64 = 0
    /// The files in use.
    var fileCount = 0
  }

  private let state = Mutex(State())

  package init() {}

  deinit {
    // No one will read what was written.
    if let descriptor = state.withLock({ $0.descriptor }), descriptor >= 0 { close(descriptor) }
  }

  /// The descriptor, of a file that is opened for it if it is not open yet; or -errno.
  package func openedDescriptor() -> Int32 {
    state.withLock { state in
      let descriptor = state.descriptor ?? Self.openAnonymous()
      state.descriptor = descriptor
      return descriptor
    }
  }

  /// Starts a file after the others. Only the last one may grow.
  func addFile() -> UInt64 {
    state.withLock { state in
      state.fileCount += 1
      return state.end
    }
  }

  /// The last file has been written up to here.
  func extend(to end: UInt64) {
    state.withLock { $0.end = max($0.end, end) }
  }

  /// Gives the room of a file back, if it is the last one or no other is left.
  func removeFile(_ range: Range<UInt64>) {
    state.withLock { state in
      state.fileCount -= 1
      if state.fileCount == 0 {
        state.end = 0
      } else if state.end == range.upperBound {
        state.end = range.lowerBound
      }
    }
  }

  private static func openAnonymous() -> Int32 {
    let chosen = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
    for directory in [chosen, "/var/tmp", "/tmp"].compactMap(\.self) {
      let file = unsafe cstorage_unnamed_file(directory)
      if file >= 0 { return file }
    }
    return unsafe cstorage_memory_file("jffs2fuse")
  }
}
