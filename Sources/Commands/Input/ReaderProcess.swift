internal import CLinux
package import FirmwareAccess
internal import Glibc
package import SystemPackage

/// The process that reads the firmware for a command that creates files. Its parent never reads the firmware, and outlives it: it names the
/// finished file, or removes an unfinished one.
package enum ReaderProcess {
  /// Runs `body` in a separate process, which exits with its result, and waits for it. No thread may have been started.
  ///
  /// An interruption ends both: this process is to do so with ``endIfInterrupted()`` when it has cleaned up.
  ///
  /// - Parameter firmware: What messages call the firmware.
  /// - Throws: ``ProgramError`` with `.failure` where the process was interrupted, or ended by a fault.
  package static func run(
    _ firmware: FilePath, _ body: () -> ExitStatus
  ) throws(ProgramError) -> ExitStatus {
    let worker = clinux_fork_worker()
    guard worker >= 0 else {
      throw ProgramError("cannot start a process: \(Errno(rawValue: -worker))", .failure)
    }
    if worker == 0 { exit(body().rawValue) }
    var result: Int32 = 0
    let waited = unsafe clinux_wait_for_worker(worker, &result)
    guard clinux_end_work(result) == 0 else { throw ProgramError("interrupted", .failure) }
    guard waited == 1 else {
      throw ProgramError(
        "\(firmware): the reading process ended (\(Errno(rawValue: -waited)))", .failure)
    }
    guard result >= 0 else {
      let reason = result == -SIGSYS ? ": forbidden by the sandbox" : ""
      throw ProgramError(
        "\(firmware): the reading process was killed by signal \(-result)\(reason)", .failure
      )
    }
    return ExitStatus(rawValue: result) ?? .failure
  }

  /// Ends this process as a signal asked that was noted, if one was.
  package static func endIfInterrupted() { clinux_reraise_signal() }
}
