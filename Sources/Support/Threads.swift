internal import Glibc

/// Does two pieces of work at once, the second in a separate thread, and returns when both are done.
///
/// Where the system grants no thread, they are done one after the other. A thread costs some 20 microseconds.
package func runConcurrently<First, Second: Sendable>(
  _ first: () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
  withoutActuallyEscaping(second) { second in
    let work = Work(second)
    let thread = work.start()
    let firstResult = first()
    if let thread { pthread_join(thread, nil) }
    return (firstResult, work.takeResult())
  }
}

/// Does a piece of work in a separate thread, and returns when it is done. For all that a forked process does with several threads.
///
/// Swift's runtime remembers the number of a thread when the thread first takes one of its locks: those of `Mutex`, and of globals
/// that are made on first use. Fork copies that memory, so that a forked process's first thread takes locks in the name of the
/// process that made it, and cannot let go of one that another thread waits for: both go round in circles forever. A thread that
/// was started after the fork knows its own number. Where the system grants no thread, the caller does the work.
package func onDedicatedThread<Success, Failure: Error>(
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
    work.runOnThread()
    return try work.takeResult().get()
  }
}

/// The argument of a new thread: C cannot call a generic function.
private class ThreadWork {
  func run() {}
}

/// The start routine of a thread; gets the work unretained.
private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context = unsafe context {
    unsafe Unmanaged<ThreadWork>.fromOpaque(context).takeUnretainedValue().run()
  }
  return nil
}

private final class Work<Result>: ThreadWork {
  private let body: () -> Result
  private var result: Result?

  init(_ body: @escaping () -> Result) { self.body = body }

  override func run() { result = body() }

  /// Starts a thread that does the work; nil where the system grants none. It is to be joined while the work is alive.
  func start() -> pthread_t? {
    var thread = pthread_t()
    // Sound: the caller joins the thread before it releases the work.
    let failure = unsafe pthread_create(
      &thread, nil, runWork, Unmanaged<ThreadWork>.passUnretained(self).toOpaque())
    return failure == 0 ? thread : nil
  }

  /// Does the work in a thread and waits for it, if the system grants one.
  func runOnThread() {
    if let thread = start() { pthread_join(thread, nil) }
  }

  /// The result of the thread, or the result computed now if there was no thread.
  func takeResult() -> Result { result ?? body() }
}
