internal import Synchronization

/// A line on a terminal that shows the progress of the search for file systems. It appears if the search takes long, and never if standard
/// error is not a terminal.
final class SearchProgressLine: Sendable {
  private struct State {
    var nextUpdate: UInt64
    var shownPercent: Int?
  }

  private static let delay: UInt64 = 1_000_000_000
  private static let interval: UInt64 = 100_000_000

  private let state = Mutex(State(nextUpdate: Progress.now() + delay))

  /// Shows the share that is done.
  func show(_ share: Double) {
    let percent = Self.percent(share)
    state.withLock { state in
      let now = Progress.now()
      guard now >= state.nextUpdate, percent != state.shownPercent else { return }
      state.nextUpdate = now + Self.interval
      state.shownPercent = percent
      Progress.print("\rsearching \(percent)%\u{1B}[K")
    }
  }

  /// Takes the line away.
  func finish() {
    state.withLock { state in
      if state.shownPercent != nil { Progress.print("\r\u{1B}[K") }
      state.shownPercent = nil
    }
  }

  /// A share as a person reads it: 100 is for what is done.
  static func percent(_ share: Double) -> Int { max(0, min(99, Int(share * 100))) }
}
