import CLinux
import FirmwareAccess
import Glibc
import SystemPackage

/// A question to the server of a mount, asked by a separate process.
///
/// A reply cannot be enforced, and a process whose request was accepted cannot be ended before its server is: so no process waits for it
/// without a limit.
final class MountProbe {
  enum Query {
    /// The attributes of what is mounted.
    case attributes
    /// The totals of the file system, for which the kernel has to ask each time.
    case fileSystem
  }

  enum Status {
    case alive
    /// The mount no longer has a server.
    case dead
    /// No answer came in time. It may still be alive.
    case unresponsive
    /// There was no process to ask with.
    case unknown
  }

  /// The timeout of a status query, in milliseconds.
  private static let timeout: Int64 = 2000

  /// The socket for the errno of the reply, as one byte.
  let answers: OwnedDescriptor
  private let child: Int32

  init(_ path: FilePath, _ query: Query) throws(ProgramError) {
    var ends: (Int32, Int32) = (-1, -1)
    let made = unsafe clinux_socket_pair(&ends.0, &ends.1)
    guard made == 0 else { throw ProgramError("socket: \(systemMessage(-made))", .failure) }
    let child = unsafe path.withPlatformString {
      unsafe clinux_fork_probe($0, query == .fileSystem ? 1 : 0, ends.1)
    }
    close(ends.1)
    let answers = OwnedDescriptor(ends.0)
    guard child > 0 else { throw ProgramError("fork: \(systemMessage(-child))", .failure) }
    self.answers = answers
    self.child = child
  }

  deinit {
    kill(child, SIGKILL)
    var status: Int32 = 0
    // It ends within microseconds, or cannot be ended: then it is left to its parent after this process has ended.
    for doubling in 0..<10 {
      guard unsafe clinux_wait(child, 0, &status) == 0 else { return }
      usleep(100 << doubling)
    }
  }

  /// The status of the mounts at these absolute paths; all are queried at once.
  static func statuses(of paths: [FilePath]) -> [Status] {
    let probes = paths.map { path in try? MountProbe(path, .fileSystem) }
    let deadline = MonotonicClock.now + timeout
    return probes.map { $0?.status(until: deadline) ?? .unknown }
  }

  /// The status of the mount at an absolute path.
  static func status(of path: FilePath) -> Status { statuses(of: [path])[0] }

  private func status(until deadline: Int64) -> Status {
    while true {
      let rest = max(0, deadline - MonotonicClock.now)
      if clinux_poll(answers.number, -1, -1, -1, Int32(clamping: rest)) != 0 { break }
      if rest == 0 { return .unresponsive }
    }
    var answer: UInt8 = 0
    guard unsafe read(answers.number, &answer, 1) == 1 else { return .unresponsive }
    return Int32(answer) == ENOTCONN ? .dead : .alive
  }
}
