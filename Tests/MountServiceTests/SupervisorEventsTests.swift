import Glibc
import MountService
import Testing

@Suite struct SupervisorEventsTests {
  /// A descriptor that gives what one of signalfd gives at SIGTERM.
  private func signals() throws -> OwnedDescriptor {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    // struct signalfd_siginfo, which begins with the signal's number.
    let record = [UInt8(SIGTERM)] + [UInt8](repeating: 0, count: 127)
    try #require(write(ends[1], record, record.count) == record.count)
    close(ends[1])
    return OwnedDescriptor(ends[0])
  }

  private func silence() throws -> OwnedDescriptor {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    // The other end stays open: nothing comes, and no end.
    return OwnedDescriptor(ends[0])
  }

  @Test func `a signal comes before what the worker has to say`() throws {
    let (near, far) = try WorkerChannel.pair()
    for _ in 0..<3 { far.send(.log(.error, "and so on")) }
    let events = SupervisorEvents(channel: near, signals: try signals())
    let event = events.next()
    #expect(event == .signal)
    near.close()
    far.close()
  }

  @Test func `a deadline comes before what the worker has to say`() throws {
    let (near, far) = try WorkerChannel.pair()
    for _ in 0..<3 { far.send(.log(.error, "and so on")) }
    let events = SupervisorEvents(channel: near, signals: try silence())
    let past = events.next(until: MonotonicClock.now - 1)
    #expect(past == .deadline)
    let before = events.next(until: MonotonicClock.now + 100_000)
    #expect(before == .message(.log(.error, "and so on")))
    near.close()
    far.close()
  }
}
