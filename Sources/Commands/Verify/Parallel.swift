internal import Storage
internal import Support
internal import Synchronization

/// Work on all processors at once.
enum Parallel {
  /// Runs `body` for each item, those in front first.
  static func forEach<Item: Sendable>(_ items: [Item], _ body: @Sendable (Item) -> Void) {
    let next = Atomic(0)
    run(min(items.count, ThreadPool.processorCount)) {
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < items.count else { return }
        body(items[index])
      }
    }
  }

  /// Runs `body` concurrently, the given number of times.
  private static func run(_ count: Int, _ body: @Sendable () -> Void) {
    guard count > 1 else { return body() }
    _ = runConcurrently(body) { run(count - 1, body) }
  }
}
