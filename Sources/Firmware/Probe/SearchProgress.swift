internal import Synchronization

/// The share of a search that is done. It never falls, though the search goes over the bytes several times.
final class SearchProgress: Sendable {
  private struct State {
    var startedPasses = 0
    var share = 0.0
  }

  private let passCount: Int
  private let report: @Sendable (Double) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - passCount: The known number of passes of the search.
  ///   - report: Receives the share, by one thread at a time.
  init(passCount: Int, _ report: @escaping @Sendable (Double) -> Void) {
    self.passCount = passCount
    self.report = report
  }

  /// Starts another pass over a range.
  ///
  /// - Returns: A function to call with the current offset from time to time.
  func pass(_ range: Range<UInt64>) -> @Sendable (UInt64) -> Void {
    let finished = state.withLock { state in
      state.startedPasses += 1
      return state.startedPasses - 1
    }
    let count = Double(max(passCount, finished + 1))
    let length = Double(max(1, range.upperBound - range.lowerBound))
    return { offset in
      let done = Double(offset - min(offset, range.lowerBound)) / length
      let share = self.state.withLock { state in
        state.share = max(state.share, (Double(finished) + min(1, done)) / count)
        return state.share
      }
      self.report(share)
    }
  }
}

extension FirmwareProbe.Options {
  /// The passes over the bytes: for U-Boot images, for nodes, and for what other options hide.
  var passCount: Int {
    2 + (offset > 0 || length != nil ? 1 : 0) + (endianness != nil ? 1 : 0)
  }
}
