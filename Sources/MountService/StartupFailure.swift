/// The exit status of the mounting program.
package enum ExitCode: Int32, Sendable {
  case success = 0
  /// A usage error, or the firmware holds no JFFS2.
  case usage = 1
  /// The system lacks something, or the firmware cannot be read.
  case system = 2
  /// The mount failed. The number is mount(8)'s.
  case mountFailed = 32
}

/// Why the program cannot begin to serve: one line for the user, with a suggested fix if there is one.
package struct StartupFailure: Error, Equatable, Sendable {
  /// The line, without the program's name in front.
  package let message: String

  package let exitCode: ExitCode

  package init(_ message: String, _ exitCode: ExitCode) {
    self.message = message
    self.exitCode = exitCode
  }
}
