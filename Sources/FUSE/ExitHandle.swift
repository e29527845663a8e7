internal import CFUSE
internal import Synchronization

/// Ends a session's loop from any thread; does nothing once the session is gone.
package final class ExitHandle: Sendable {
  // Sound: a session is only touched under the lock, and only until `invalidate`.
  @safe private struct Target: @unchecked Sendable {
    let session: OpaquePointer
  }

  private let target: Mutex<Target?>

  init(_ session: OpaquePointer) {
    target = Mutex(unsafe Target(session: session))
  }

  /// Has the loop end **when it next looks**, which is after the next request, or when a signal
  /// handler interrupts the thread that serves: a loop waits in the kernel, and only an unmount
  /// wakes it for certain.
  ///
  /// The corresponding C function is `fuse_session_exit`.
  package func exit() {
    target.withLock { target in
      if let target { unsafe fuse_session_exit(target.session) }
    }
  }

  func invalidate() {
    target.withLock { $0 = nil }
  }
}
