internal import CFUSE
internal import SystemPackage

/// A file system that is mounted and whose requests wait to be served.
///
/// When the value ends, ``FileSystem/stop()`` is called if the kernel had started the file system,
/// the mount is unmounted (lazily, as libfuse does; a descriptor that came as `/dev/fd/N` is only
/// closed), and the descriptor is closed. Every reply must have been answered by then.
public struct MountedSession: ~Copyable, Sendable {
  let handle: SessionHandle

  /// How many threads answer requests.
  public enum Threads: Sendable, Hashable {
    /// The thread that calls `serve` answers every request, one after the other.
    case single
    /// Up to `maxThreads` threads of libfuse's answer; those that idle beyond `maxIdle` end.
    case multi(maxIdle: UInt32, maxThreads: UInt32)
  }

  /// Answers requests until the mount ends, then ends the session.
  ///
  /// With `cloneDescriptor` each thread opens `/dev/fuse` for itself, which only
  /// ``Threads/multi(maxIdle:maxThreads:)`` can do and a process without access to the device
  /// cannot. Throws `.loop`. The corresponding C functions are `fuse_session_loop` and
  /// `fuse_session_loop_mt`.
  public consuming func serve(
    threads: Threads = .multi(maxIdle: 10, maxThreads: 10), cloneDescriptor: Bool = false
  ) throws(FUSEError) {
    let session = unsafe handle.session
    let result =
      switch threads {
      case .single:
        unsafe fuse_session_loop(session)
      case .multi(let maxIdle, let maxThreads):
        unsafe cfuse_session_loop_mt(session, maxIdle, maxThreads, cloneDescriptor ? 1 : 0)
      }
    // Positive is the number of a signal that libfuse's own handlers, which we never install, took.
    guard result >= 0 else {
      throw FUSEError(code: .loop(Errno(rawValue: -result)), message: "")
    }
  }
}
