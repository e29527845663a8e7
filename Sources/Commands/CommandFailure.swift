/// The exit status of `jffs2`.
package enum ExitStatus: Int32, Sendable {
  case success = 0
  /// Requested data is damaged or missing.
  case damage = 1
  /// The firmware cannot be read or holds no JFFS2, or the output cannot be written.
  case unreadable = 2
  /// A usage error; the number is `EX_USAGE`.
  case usage = 64
}

/// Why a command stops: one line for the user, with a suggested fix if there is one.
package struct CommandFailure: Error, Equatable, Sendable {
  /// The line, without the program's name in front.
  package let message: String

  package let status: ExitStatus

  package init(_ message: String, _ status: ExitStatus) {
    self.message = message
    self.status = status
  }
}
