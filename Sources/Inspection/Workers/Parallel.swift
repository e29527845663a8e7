internal import Dispatch
internal import Synchronization

/// Gives each number once.
private final class Counter: Sendable {
  private let next = Atomic(0)

  func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Work on all processors at once.
enum Parallel {
  /// Runs `body` for each item, those in front first.
  static func forEach<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) -> Void
  ) {
    let next = Counter()
    let takeItems: @Sendable () -> Void = {
      while true {
        let index = next.take()
        guard index < items.count else { return }
        body(items[index])
      }
    }
    let helperCount = min(items.count, WorkerPool.processorCount) - 1
    guard helperCount > 0 else { return takeItems() }
    let workers = WorkerPool(threadCount: helperCount)
    let group = DispatchGroup()
    for _ in 0..<helperCount {
      group.enter()
      workers.add {
        takeItems()
        group.leave()
      }
    }
    takeItems()
    group.wait()
  }
}
