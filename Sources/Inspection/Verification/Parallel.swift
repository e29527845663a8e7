internal import Dispatch
internal import Glibc
internal import Synchronization

/// Work on all processors at once.
enum Parallel {
  private static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Runs `body` for each item, those in front first.
  static func forEach<Item: Sendable>(_ items: [Item], _ body: @Sendable (Item) -> Void) {
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(items.count, processorCount)) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < items.count else { return }
        body(items[index])
      }
    }
  }
}
