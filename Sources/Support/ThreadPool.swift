internal import Glibc
internal import Synchronization

/// Work that as many threads do as there are processors. At most a few tasks wait; a thread that adds more runs one itself.
///
/// The threads are started with the first piece and end with the queue. (libdispatch reads /proc to count its threads, and ends a
/// process that was confined.)
package final class ThreadPool: Sendable {
  private static let maximumCount = 64

  private let shared = ThreadPoolState()

  package init() {}

  deinit { shared.end() }

  /// The number of processors.
  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Sees to it that the work is done, now or later.
  package func add(_ work: @escaping @Sendable () -> Void) {
    if !shared.add(work, maximumCount: Self.maximumCount) { work() }
  }

  /// Returns when all work is done; helps with it. For one thread at a time, the one that adds.
  package func finish() { shared.finish() }
}

/// The state that a pool and its threads share, so that the pool can be deallocated while they wait.
private final class ThreadPoolState: Sendable {
  private struct State {
    /// The tasks that have not started, from `first` on.
    var pieces: [@Sendable () -> Void] = []
    var first = 0
    var startedCount = 0
    var threadCount: Int?
    var isAwaited = false
    var isEnding = false
  }

  private let state = Mutex(State())
  /// One for each piece that was added, and at the end for each thread.
  private let changes = Semaphore()
  /// One for a `finish` that waits.
  private let isIdle = Semaphore()

  /// - Returns: Whether the piece will be done by another thread.
  func add(_ piece: @escaping @Sendable () -> Void, maximumCount: Int) -> Bool {
    let isAdded = state.withLock { state in
      let threadCount = state.threadCount ?? startThreads()
      state.threadCount = threadCount
      guard threadCount > 0, state.pieces.count - state.first < maximumCount else { return false }
      state.pieces.append(piece)
      return true
    }
    if isAdded { changes.signal() }
    return isAdded
  }

  func finish() {
    while let piece = take() { run(piece) }
    let waits = state.withLock { state in
      state.isAwaited = state.startedCount > 0
      return state.isAwaited
    }
    if waits { isIdle.wait() }
  }

  func end() {
    let threadCount = state.withLock { state in
      state.isEnding = true
      return state.threadCount ?? 0
    }
    for _ in 0..<threadCount { changes.signal() }
  }

  /// The loop of a thread.
  private func work() {
    while true {
      changes.wait()
      if let piece = take() {
        run(piece)
      } else if state.withLock({ $0.isEnding }) {
        return
      }
    }
  }

  private func take() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.first < state.pieces.count else { return nil }
      let piece = state.pieces[state.first]
      state.first += 1
      if state.first == state.pieces.count {
        state.pieces.removeAll(keepingCapacity: true)
        state.first = 0
      } else if state.first >= 1024 {
        state.pieces.removeFirst(state.first)
        state.first = 0
      }
      state.startedCount += 1
      return piece
    }
  }

  private func run(_ piece: () -> Void) {
    piece()
    let isAwaited = state.withLock { state in
      state.startedCount -= 1
      guard state.isAwaited, state.startedCount == 0 else { return false }
      state.isAwaited = false
      return true
    }
    if isAwaited { isIdle.signal() }
  }

  /// - Returns: The number of threads that were created.
  private func startThreads() -> Int {
    for number in 0..<ThreadPool.processorCount {
      guard startDetachedThread({ self.work() }) else { return number }
    }
    return ThreadPool.processorCount
  }
}
