internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Threads that do pieces of work in the order in which they come; they end with the pool, when all is done.
///
/// Not libdispatch's: they are watched under /proc, which a confined process cannot open, and it ends the process then.
final class WorkerPool: Sendable {
  typealias Work = @Sendable () -> Void

  /// What the threads share, which outlives the pool until the last of them ends.
  private final class Queue: Sendable {
    struct State {
      var work: [Work] = []
      var first = 0
    }

    let state = Mutex(State())
    let available = DispatchSemaphore(value: 0)

    /// Waits for the next piece; nil where there will be none.
    func next() -> Work? {
      available.wait()
      return state.withLock { state in
        guard state.first < state.work.count else { return nil }
        let work = state.work[state.first]
        state.first += 1
        if state.first == state.work.count || state.first == 1024 {
          state.work.removeFirst(state.first)
          state.first = 0
        }
        return work
      }
    }

    func add(_ work: @escaping Work) {
      state.withLock { $0.work.append(work) }
      available.signal()
    }
  }

  private let queue = Queue()
  private let threadCount: Int

  /// How many can work at once.
  static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// - Parameter threadCount: Fewer are started where the system grants no more.
  init(threadCount: Int = processorCount) {
    var started = 0
    while started < threadCount {
      let shared = unsafe Unmanaged.passRetained(queue)
      let result = unsafe clinux_start_thread(
        { context in
          guard let context = unsafe context else { return }
          let queue = unsafe Unmanaged<Queue>.fromOpaque(context).takeRetainedValue()
          while let work = queue.next() { work() }
        }, shared.toOpaque())
      guard result == 0 else {
        unsafe shared.release()
        break
      }
      started += 1
    }
    self.threadCount = started
  }

  deinit {
    // Behind all work, one end for each thread.
    for _ in 0..<threadCount { queue.available.signal() }
  }

  /// Sees to it that the work is done: later, or now where there is no thread.
  func add(_ work: @escaping Work) {
    guard threadCount > 0 else { return work() }
    queue.add(work)
  }
}
