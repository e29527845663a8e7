/// Lets a burst of lines pass, then a few a second.
package struct RateLimit: Sendable {
  package enum Verdict: Equatable, Sendable {
    /// The line is logged; this many before it were not.
    case pass(suppressed: Int)
    case suppress
  }

  private let burst: Int
  private let interval: UInt64
  private var tokens: Int
  private var refilledAt: UInt64 = 0
  private var suppressed = 0

  /// - Parameters:
  ///   - burst: The number of lines that are logged at once.
  ///   - perSecond: The number of lines per second afterwards, 1 to 1000.
  package init(burst: Int = 20, perSecond: Int = 5) {
    self.burst = burst
    interval = UInt64(1000 / min(1000, max(1, perSecond)))
    tokens = burst
  }

  /// Decides about a line at a time on a clock that never goes back.
  package mutating func admit(at milliseconds: UInt64) -> Verdict {
    let earned = (milliseconds &- refilledAt) / interval
    if earned >= UInt64(burst) {
      tokens = burst
      refilledAt = milliseconds
    } else if earned > 0 {
      tokens = min(burst, tokens + Int(earned))
      refilledAt += earned * interval
    }
    guard tokens > 0 else {
      suppressed += 1
      return .suppress
    }
    tokens -= 1
    return .pass(suppressed: takeSuppressed())
  }

  /// The number of lines suppressed since the last logged one; reading resets it.
  package mutating func takeSuppressed() -> Int {
    defer { suppressed = 0 }
    return suppressed
  }
}
