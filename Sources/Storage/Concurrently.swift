internal import CLinux

/// Does two pieces of work at once, the second in a separate thread, and returns when both are done.
///
/// If the system cannot create a thread, they run one after the other. A thread costs some 20 microseconds.
package func concurrently<First, Second: Sendable>(
  _ first: () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
  withoutActuallyEscaping(second) { second in
    let work = Work(second)
    let thread = work.start()
    let firstResult = first()
    if let thread { clinux_join_worker(thread) }
    return (firstResult, work.takeResult())
  }
}

/// Does a piece of work in a separate thread, and returns when it is done. For all that a forked process does with several threads.
///
/// Swift's runtime remembers the number of a thread when the thread first takes one of its locks: those of `Mutex`, and of globals
/// that are made on first use. Fork copies that memory, so that a forked process's first thread takes locks in the name of the
/// process that made it, and cannot let go of one that another thread waits for: both go round in circles forever. A thread that
/// was started after the fork knows its own number. Where the system grants no thread, the caller does the work.
package func inOwnThread<Success, Failure: Error>(
  _ body: () throws(Failure) -> Success
) throws(Failure) -> Success {
  try withoutActuallyEscaping(body) { body throws(Failure) in
    let work = Work { () -> Result<Success, Failure> in
      do throws(Failure) {
        return .success(try body())
      } catch {
        return .failure(error)
      }
    }
    work.runApart()
    return try work.takeResult().get()
  }
}

/// The start argument of a thread: C cannot call a generic function.
private class AnyWork {
  func run() {}
}

/// The start function of a thread; gets the work unretained.
private func runWork(_ context: UnsafeMutableRawPointer?) {
  guard let context = unsafe context else { return }
  unsafe Unmanaged<AnyWork>.fromOpaque(context).takeUnretainedValue().run()
}

private final class Work<Result>: AnyWork {
  private let body: () -> Result
  private var result: Result?

  init(_ body: @escaping () -> Result) { self.body = body }

  override func run() { result = body() }

  /// Starts a thread that does the work; nil if the system grants none. It is to be joined while the work is alive.
  func start() -> clinux_thread? {
    var thread = clinux_thread()
    // Sound: the thread is joined before the work is released.
    let failure = unsafe clinux_start_worker(
      &thread, runWork, Unmanaged<AnyWork>.passUnretained(self).toOpaque())
    return failure == 0 ? thread : nil
  }

  /// Does the work in a thread and waits for it, if the system grants one.
  func runApart() {
    // Sound: the thread has ended when this returns.
    _ = unsafe clinux_run_worker(runWork, Unmanaged<AnyWork>.passUnretained(self).toOpaque())
  }

  /// The result of the thread, or the result computed now if there was no thread.
  func takeResult() -> Result { result ?? body() }
}
