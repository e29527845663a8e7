internal import CLinux
internal import Glibc
package import SystemPackage

/// The process that examines the firmware for a command that makes files. The one that started it never does, and outlives it: it
/// names the finished file, or removes an incomplete one.
package enum ReadingProcess {
  /// Runs `body` in a separate process, which ends with its result, and waits for that. No thread may have been started.
  ///
  /// An interruption ends both: this process is to do so with ``endIfInterrupted()`` when it has cleaned up.
  ///
  /// - Parameter firmware: The name of the firmware in messages.
  /// - Throws: ``CommandFailure`` with `.unreadable` where the process was interrupted, or ended by a fault.
  package static func run(
    _ firmware: FilePath, _ body: () -> ExitStatus
  ) throws(CommandFailure) -> ExitStatus {
    let worker = clinux_fork_worker()
    guard worker >= 0 else {
      throw CommandFailure("cannot start a process: \(Errno(rawValue: -worker))", .unreadable)
    }
    if worker == 0 { exit(body().rawValue) }
    var result: Int32 = 0
    let waited = unsafe clinux_wait(worker, 1, &result)
    guard clinux_end_work(result) == 0 else { throw CommandFailure("interrupted", .unreadable) }
    guard waited == 1, result >= 0 else {
      let reason = result == -SIGSYS ? ": forbidden by the sandbox" : ""
      throw CommandFailure(
        "\(firmware): the reading process was killed by signal \(-result)\(reason)", .unreadable
      )
    }
    return ExitStatus(rawValue: result) ?? .unreadable
  }

  /// Ends this process as a signal asked that was noted, if one was.
  package static func endIfInterrupted() { clinux_end_by_interruption() }
}
