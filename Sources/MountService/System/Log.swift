import CLinux
import Glibc
internal import Storage
internal import Support
import Synchronization

/// The log of the program: standard error, the system log, or the supervisor. One per process.
package final class Log: Sendable {
  package enum Level: UInt8, Sendable, Comparable {
    case debug, notice, warning, error

    package static func < (first: Level, second: Level) -> Bool { first.rawValue < second.rawValue }
  }

  /// Takes the finished lines.
  package enum Destination: Sendable {
    case standardError
    case systemLog
    /// Another place: the channel to the supervisor, or a test.
    case function(@Sendable (Level, String) -> Void)
  }

  private struct State {
    var destination: Destination
    var limit: RateLimit
  }

  private let state: Mutex<State>
  private let threshold: Level

  /// Lines of level `debug` are written only if `showsDebug`.
  package init(_ destination: Destination, showsDebug: Bool = false, limit: RateLimit = RateLimit())
  {
    state = Mutex(State(destination: destination, limit: limit))
    threshold = showsDebug ? .debug : .notice
  }

  package func redirect(to destination: Destination) {
    state.withLock { $0.destination = destination }
  }

  package func notice(_ text: String) { write(text, level: .notice) }
  package func warning(_ text: String) { write(text, level: .warning) }
  package func error(_ text: String) { write(text, level: .error) }

  package func write(_ text: String, level: Level) {
    guard level >= threshold else { return }
    let destination = state.withLock { $0.destination }
    Self.emit(text, level: level, to: destination)
  }

  /// Writes a line unless too many came lately: for what a hostile image could repeat without end.
  ///
  /// Lines of level `debug`, which someone requested, are all written. One that is not written is not made either.
  package func writeLimited(_ text: @autoclosure () -> String, level: Level) {
    guard level >= threshold else { return }
    guard level > .debug else { return write(text(), level: level) }
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    let milliseconds = UInt64(now.tv_sec) * 1000 + UInt64(now.tv_nsec) / 1_000_000
    let (verdict, destination) = state.withLock { state in
      (state.limit.admit(at: milliseconds), state.destination)
    }
    guard case .pass(let suppressed) = verdict else { return }
    if suppressed > 0 {
      Self.emit("… \(suppressed) more suppressed", level: .warning, to: destination)
    }
    Self.emit(text(), level: level, to: destination)
  }

  /// Says how many lines were held back since the last one: before the end of the program.
  package func flush() {
    let (suppressed, destination) = state.withLock { ($0.limit.takeSuppressed(), $0.destination) }
    if suppressed > 0 {
      Self.emit("… \(suppressed) more suppressed", level: .warning, to: destination)
    }
  }

  private static func emit(_ text: String, level: Level, to destination: Destination) {
    switch destination {
    case .standardError:
      StandardStream.error.write(line(text, level: level) + "\n")
    case .systemLog:
      let priority =
        switch level {
        case .debug: LOG_DEBUG
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        }
      unsafe clinux_log(priority, text.escapingControlCharacters)
    case .function(let write):
      write(level, text)
    }
  }

  /// A line as it appears on standard error, without its end.
  package static func line(_ text: String, level: Level) -> String {
    let mark = level == .warning ? "warning: " : ""
    return "jffs2fuse: " + mark + text.escapingControlCharacters
  }
}
