import MountService
import Testing

@Suite struct LogTests {
  @Test func `a line that is held back is not even made`() {
    let log = Log(.function { _, _ in }, limit: RateLimit(burst: 3, perSecond: 1))
    var made = 0
    func line() -> String {
      made += 1
      return "line"
    }
    for _ in 0..<1000 { log.writeLimited(line(), level: .error) }
    #expect((3..<100).contains(made))
  }
}
