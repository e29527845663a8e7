/// The exit status, the same in both programs except for a usage error, where `jffs2fuse` follows mount(8).
package enum ExitStatus: Int32, Sendable {
  case success = 0
  /// Requested data is damaged or missing.
  case damage = 1
  /// The system lacks something, the firmware cannot be read, or the output cannot be written.
  case failure = 2
  /// The firmware contains no JFFS2.
  case noFileSystem = 3
  /// The mount failed. The number is mount(8)'s.
  case mountFailed = 32
  /// The command line is wrong, or does not fit the firmware. The number is `EX_USAGE`.
  case usage = 64
}

extension ExitStatus {
  /// From the least serious on.
  private static let severities: [ExitStatus] = [
    .success, .noFileSystem, .damage, .usage, .failure, .mountFailed,
  ]

  /// The more serious one, for work on several files.
  package func combined(with other: ExitStatus) -> ExitStatus {
    Self.severities.last { $0 == self || $0 == other } ?? self
  }
}
