internal import Glibc

/// The work of a detached thread.
private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread that is never joined.
///
/// - Returns: Whether the system granted one.
@discardableResult
package func startDetachedThread(_ run: @escaping @Sendable () -> Void) -> Bool {
  // The reference travels through the pointer: retained here, released by the thread that takes it.
  let context = unsafe Unmanaged.passRetained(ThreadBody(run))
  var thread = pthread_t()
  let result = unsafe pthread_create(
    &thread, nil,
    { context in
      if let context = unsafe context {
        unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
      }
      return nil
    }, context.toOpaque())
  guard result == 0 else {
    unsafe context.release()
    return false
  }
  pthread_detach(thread)
  return true
}
