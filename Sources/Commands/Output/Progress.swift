internal import Glibc
internal import Synchronization

/// A line on a terminal that shows how far a command has come: amount, share, rate, time left. Nothing is shown where standard error is
/// no terminal. May be used from any thread at once.
package final class Progress: Sendable {
  private struct State {
    var done: UInt64 = 0
    var nextUpdate: UInt64
    var isShown = false
  }

  private static let interval: UInt64 = 100_000_000

  private let title: String
  private let total: UInt64
  private let isEnabled: Bool
  private let start: UInt64
  private let state: Mutex<State>

  /// - Parameters:
  ///   - total: The bytes of the whole work.
  ///   - isQuiet: Shows nothing on a terminal either.
  package init(_ title: String, total: UInt64, isQuiet: Bool) {
    self.title = title
    self.total = max(total, 1)
    self.isEnabled = Self.isShown(isQuiet: isQuiet)
    self.start = Self.now()
    // A short work shows nothing.
    self.state = Mutex(State(nextUpdate: start + 5 * Self.interval))
  }

  /// Whether there is a terminal that may show it, so that the total must be determined.
  package static func isShown(isQuiet: Bool) -> Bool { !isQuiet && isatty(2) == 1 }

  /// Takes note of bytes that were done.
  package func advance(_ byteCount: UInt64) { update { $0 + byteCount } }

  /// Takes note of the bytes that were done in total, of which there may be more than are counted as work.
  func reach(_ byteCount: UInt64) { update { max($0, min(byteCount, total)) } }

  private func update(_ done: (UInt64) -> UInt64) {
    guard isEnabled else { return }
    state.withLock { state in
      state.done = done(state.done)
      let now = Self.now()
      guard now >= state.nextUpdate else { return }
      state.nextUpdate = now + Self.interval
      state.isShown = true
      Self.print("\r" + line(state.done, elapsed: now - start) + "\u{1B}[K")
    }
  }

  /// Runs `body`, which writes lines to the terminal, with the progress line out of the way.
  package func interrupted(_ body: () -> Void) {
    guard isEnabled else { return body() }
    state.withLock { state in
      if state.isShown { Self.print("\r\u{1B}[K") }
      state.isShown = false
      body()
    }
  }

  /// Takes the line away.
  package func finish() { interrupted {} }

  private func line(_ done: UInt64, elapsed: UInt64) -> String {
    Self.line(title, done: done, total: total, seconds: Double(elapsed) / 1e9)
  }

  /// The text of the line.
  static func line(_ title: String, done: UInt64, total: UInt64, seconds: Double) -> String {
    let share = min(1, Double(done) / Double(total))
    let width = 20
    let filled = Int(share * Double(width))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    let left = rate > 0 ? Double(total - min(done, total)) / rate : 0
    return
      "\(title) [\(bar)] \(Int(share * 100))%  \(NumberFormat.bytes(done)) of \(NumberFormat.bytes(total))  "
      + "\(NumberFormat.bytes(UInt64(rate)))/s  \(duration(left)) left"
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 359_999).rounded(.up))
    let (minutes, rest) = (whole / 60, whole % 60)
    return "\(minutes):\(rest < 10 ? "0" : "")\(rest)"
  }

  static func print(_ text: String) {
    var text = text
    // A terminal that went away is not a reason to stop.
    _ = text.withUTF8 { unsafe Glibc.write(2, $0.baseAddress, $0.count) }
  }

  /// Nanoseconds on a clock that never jumps.
  static func now() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
