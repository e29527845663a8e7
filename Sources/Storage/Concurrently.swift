internal import CLinux

/// Does two pieces of work at once, the second in a thread of its own, and returns when both are done.
///
/// Where the system grants no thread, they are done one after the other. A thread costs some 20 microseconds.
package func concurrently<First, Second: Sendable>(
  _ first: () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
  withoutActuallyEscaping(second) { second in
    let work = Work(second)
    var thread = clinux_thread()
    // Sound: the thread is joined before this function, which keeps the work alive, returns.
    let started = unsafe clinux_start_worker(
      &thread,
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<AnyWork>.fromOpaque(context).takeUnretainedValue().run()
      }, Unmanaged<AnyWork>.passUnretained(work).toOpaque())
    let firstResult = first()
    if started == 0 { clinux_join_worker(thread) }
    return (firstResult, withExtendedLifetime(work) { $0.takeResult() })
  }
}

/// What a thread is started with: C cannot call a generic function.
private class AnyWork {
  func run() {}
}

private final class Work<Result>: AnyWork {
  private let body: () -> Result
  private var result: Result?

  init(_ body: @escaping () -> Result) { self.body = body }

  override func run() { result = body() }

  /// What the thread has computed, or, where there was none, what is computed now.
  func takeResult() -> Result { result ?? body() }
}
