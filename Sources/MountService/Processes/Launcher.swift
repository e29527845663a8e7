import CLinux
import FirmwareAccess
import Glibc

/// The command in the user's terminal, which ends when the mount answers or cannot be made.
enum Launcher {
  enum Role {
    /// Continues as the daemon, with the socket to the launcher.
    case daemon(Int32)
    /// Waited for the daemon; the command's exit code.
    case command(Int32)
  }

  /// Forks the daemon. No thread may have been started.
  ///
  /// The daemon makes itself a session (`setsid`) only when the mount answers: where an automount waits for it,
  /// the kernel lets only the process group of mount(8) access the mountpoint.
  static func daemonize() throws(ProgramError) -> Role {
    var near: Int32 = -1
    var far: Int32 = -1
    let made = unsafe clinux_socket_pair(&near, &far)
    guard made == 0 else { throw ProgramError("socket: \(systemMessage(-made))", .failure) }
    let daemon = clinux_fork()
    guard daemon >= 0 else { throw ProgramError("fork: \(systemMessage(-daemon))", .failure) }
    if daemon == 0 {
      close(near)
      return .daemon(far)
    }
    close(far)
    return .command(wait(for: daemon, on: near))
  }

  /// The daemon's own code arrives before it ends; signals go to it, and it decides.
  private static func wait(for daemon: Int32, on socket: Int32) -> Int32 {
    let signals = clinux_open_signalfd()
    while true {
      let ready = clinux_poll(socket, signals, -1, -1, -1)
      if ready & 1 != 0 { break }
      if ready & 2 != 0 {
        let signal = clinux_next_signal(signals)
        if signal != 0 { kill(daemon, signal) }
      }
    }
    var code: UInt8 = 0
    if unsafe recv(socket, &code, 1, 0) == 1 { return Int32(code) }
    var status: Int32 = 0
    let end = WorkerEnd(waitResult: unsafe clinux_wait(daemon, 1, &status), status)
    guard case .exited(let code) = end else {
      StandardStream.error.write(
        Log.line("the mounting process ended (\(end))", level: .error) + "\n")
      return ExitStatus.failure.code
    }
    // Without a report it never mounted, regardless of its exit status.
    return code == 0 ? ExitStatus.failure.code : code
  }
}
