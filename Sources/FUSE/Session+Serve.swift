internal import CFUSE
internal import SystemPackage

extension Session {
  /// The number of threads that answer requests.
  package enum Threads: Sendable, Hashable {
    /// The thread that calls `serve` answers every request, one after the other.
    case single
    /// Up to `maxThreads` threads of libfuse's answer; those that idle beyond `maxIdle` end.
    case multi(maxIdle: UInt32, maxThreads: UInt32)
  }

  /// Answers requests until the mount ends.
  ///
  /// With `cloneDescriptor` each thread opens `/dev/fuse` for itself, which only
  /// ``Threads/multi(maxIdle:maxThreads:)`` can do and a process without access to the device
  /// cannot. Throws `.loop`. The corresponding C functions are `fuse_session_loop` and
  /// `fuse_session_loop_mt`.
  package func serve(
    threads: Threads = .multi(maxIdle: .max, maxThreads: 10), cloneDescriptor: Bool = false
  ) throws(FUSEError) {
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
