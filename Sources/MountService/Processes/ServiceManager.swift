import CLinux
import Glibc
internal import Storage
internal import Support

/// The service manager that started the program, notified of its state as described in sd_notify(3).
struct ServiceManager: Sendable {
  /// A path, or a name in the abstract namespace with `@` in front; nil if there is no listener.
  private let address: String?

  /// - Parameter address: the value of NOTIFY_SOCKET.
  init(address: String?) { self.address = address }

  /// The one that NOTIFY_SOCKET names. It waits for this process, so a daemon that left its command has none.
  static func current(for options: MountOptions) -> ServiceManager {
    let address = unsafe getenv("NOTIFY_SOCKET").map { unsafe String(cString: $0) }
    return ServiceManager(address: options.foreground ? address : nil)
  }

  /// The mount answers.
  func reportReady(_ status: String) { send("READY=1\n", status) }

  /// The program is about to end because it was requested.
  func reportStopping(_ status: String) { send("STOPPING=1\n", status) }

  /// One line for people, as `systemctl status` shows it.
  func report(_ status: String) { send("", status) }

  private func send(_ state: String, _ status: String) {
    guard let address else { return }
    // A missing manager is not an error.
    _ = unsafe clinux_notify(address, state + "STATUS=" + status.escapingControlCharacters + "\n")
  }
}
