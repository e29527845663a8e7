internal import CFUSE
internal import Glibc
internal import Synchronization

/// The severity of a libfuse message, in the order of syslog.
///
/// The corresponding C type is `enum fuse_log_level`.
public enum LogLevel: Int, Sendable, Comparable {
  /// The machine is unusable. C: `FUSE_LOG_EMERG`.
  case emergency
  /// Someone must act at once. C: `FUSE_LOG_ALERT`.
  case alert
  /// A critical condition. C: `FUSE_LOG_CRIT`.
  case critical
  /// Something failed: what libfuse uses for nearly everything. C: `FUSE_LOG_ERR`.
  case error
  /// Something is odd. C: `FUSE_LOG_WARNING`.
  case warning
  /// Something is worth knowing. C: `FUSE_LOG_NOTICE`.
  case notice
  /// Something happened. C: `FUSE_LOG_INFO`.
  case info
  /// Every request, in a session with `debug`. C: `FUSE_LOG_DEBUG`.
  case debug

  /// Whether the left level is graver.
  public static func < (left: LogLevel, right: LogLevel) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// Has `handler` called with every message of libfuse, without its line end; nil, as at first, has
/// them written to standard error.
///
/// The handler is called on any thread, several at once, and must not call this function. It
/// serves every session of the process. What libfuse says while a call fails that throws
/// ``FUSEError`` is in that error, not here. `fusermount3`, which mounts for users other than
/// root, is a separate program and always writes to standard error.
///
/// The corresponding C function is `fuse_set_log_func`.
public func setLogHandler(_ handler: (@Sendable (LogLevel, String) -> Void)?) {
  Log.shared.state.withLock { $0.handler = handler }
  Log.shared.install()
}

/// The receiver of libfuse's messages.
final class Log: Sendable {
  struct Line: Sendable {
    let level: LogLevel
    let text: String
  }

  struct State {
    var handler: (@Sendable (LogLevel, String) -> Void)?
    /// The messages of threads that are within `capturing`.
    var captured: [pthread_t: [Line]] = [:]
  }

  static let shared = Log()

  let state = Mutex(State())

  /// Has libfuse call us. To do so again changes nothing.
  func install() {
    unsafe cfuse_set_log_handler { level, text in
      guard let text = unsafe text else { return }
      var message = unsafe String(cString: text)
      while message.last?.isNewline == true { message.removeLast() }
      Log.shared.receive(
        Log.Line(level: LogLevel(rawValue: Int(level)) ?? .error, text: message))
    }
  }

  /// Runs a call of libfuse that throws if it fails; what it says meanwhile on this thread is handed
  /// to `body`'s error, or logged if it succeeds.
  func capturing<Result>(
    _ code: FUSEError.Code, _ body: () -> Result?
  ) throws(FUSEError) -> Result {
    install()
    let thread = pthread_self()
    state.withLock { $0.captured[thread] = [] }
    let result = body()
    let lines = state.withLock { $0.captured.removeValue(forKey: thread) } ?? []
    guard let result else {
      throw FUSEError(code: code, message: lines.map(\.text).joined(separator: "; "))
    }
    for line in lines { log(line) }
    return result
  }

  func receive(_ line: Line) {
    let thread = pthread_self()
    let isCaptured = state.withLock { state in
      guard state.captured[thread] != nil else { return false }
      state.captured[thread]?.append(line)
      return true
    }
    if !isCaptured { log(line) }
  }

  /// Hands a line out, outside the lock: the handler may take its time.
  private func log(_ line: Line) {
    if let handler = state.withLock({ $0.handler }) {
      handler(line.level, line.text)
    } else {
      let bytes = Array("\(line.text)\n".utf8)
      _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
  }
}
