import Synchronization
import Testing

@testable import Firmware

@Suite struct SearchProgressTests {
  private final class Shares: Sendable {
    let all = Mutex<[Double]>([])
  }

  @Test func `the share of all passes rises from 0 to 1`() {
    let shares = Shares()
    let progress = SearchProgress(passCount: 2) { share in shares.all.withLock { $0.append(share) }
    }
    for range in [UInt64(100)..<300, 0..<1000] {
      let note = progress.pass(range)
      for step in 0...4 {
        note(range.lowerBound + UInt64(step) * (range.upperBound - range.lowerBound) / 4)
      }
    }
    #expect(
      shares.all.withLock(\.self) == [0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.625, 0.75, 0.875, 1])
  }

  @Test func `the share does not fall when there are more passes than expected`() {
    let shares = Shares()
    let progress = SearchProgress(passCount: 1) { share in shares.all.withLock { $0.append(share) }
    }
    for _ in 0..<3 { [0, 50, 100].forEach(progress.pass(0..<100)) }
    let all = shares.all.withLock(\.self)
    #expect(all == all.sorted() && all.last == 1)
  }
}
