/// What a program ends with, the same in both but for a usage error: `jffs2fuse` follows mount(8) there.
package enum ExitStatus: Int32, Sendable {
  case success = 0
  /// What was requested is damaged or missing.
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
