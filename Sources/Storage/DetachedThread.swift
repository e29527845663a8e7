internal import CLinux

/// What a detached thread runs.
private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread that nobody waits for.
///
/// - Returns: Whether the system granted one.
@discardableResult
package func startDetachedThread(_ run: @escaping @Sendable () -> Void) -> Bool {
  // The reference travels through the pointer: retained here, released by the thread that takes it.
  let context = unsafe Unmanaged.passRetained(ThreadBody(run))
  let result = unsafe clinux_start_thread(
    { context in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    }, context.toOpaque())
  if result != 0 { unsafe context.release() }
  return result == 0
}
