internal import Dispatch

/// Work that several threads do. A few pieces wait at most; whoever adds more does one itself.
final class WorkQueue: Sendable {
  private static let maximumCount = 64

  private let queue = DispatchQueue(label: "jffs2.work", attributes: .concurrent)
  private let group = DispatchGroup()
  private let places = DispatchSemaphore(value: maximumCount)

  /// Sees to it that the work is done, now or later.
  func add(_ work: @escaping @Sendable () -> Void) {
    guard places.wait(timeout: .now()) == .success else { return work() }
    queue.async(group: group) { [places] in
      work()
      places.signal()
    }
  }

  /// Returns when all work is done.
  func finish() { group.wait() }
}
