import CLinux
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
  static func daemonize() throws(StartupFailure) -> Role {
    var near: Int32 = -1
    var far: Int32 = -1
    let made = unsafe clinux_socket_pair(&near, &far)
    guard made == 0 else { throw StartupFailure("socket: \(systemMessage(-made))", .system) }
    let daemon = clinux_fork()
    guard daemon >= 0 else { throw StartupFailure("fork: \(systemMessage(-daemon))", .system) }
    if daemon == 0 {
      close(near)
      return .daemon(far)
    }
    close(far)
    return .command(wait(for: daemon, on: near))
  }

  /// The daemon's own code arrives before it ends; signals go to it, and it decides.
  private static func wait(for daemon: Int32, on socket: Int32) -> Int32 {
    let signals = clinux_take_signals()
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
    guard unsafe clinux_wait(daemon, 1, &status) == 1, status >= 0 else {
      StandardStream.error.write(
        Log.line("the mounting process was killed (signal \(-status))", level: .error) + "\n")
      return ExitCode.system.rawValue
    }
    // Without a report it never mounted, regardless of its exit status.
    return status == 0 ? ExitCode.system.rawValue : status
  }
}
