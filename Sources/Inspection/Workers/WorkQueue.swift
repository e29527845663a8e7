internal import Dispatch

/// Work that several threads do. A few pieces wait at most; whoever adds more does one itself.
final class WorkQueue: Sendable {
  private static let maximumCount = 64

  private let workers = WorkerPool()
  private let group = DispatchGroup()
  private let places = DispatchSemaphore(value: maximumCount)

  /// Sees to it that the work is done, now or later.
  func add(_ work: @escaping @Sendable () -> Void) {
    guard places.wait(timeout: .now()) == .success else { return work() }
    group.enter()
    workers.add { [places, group] in
      work()
      places.signal()
      group.leave()
    }
  }

  /// Returns when all work is done.
  func finish() { group.wait() }
}
