import CLinux
import Glibc

/// The listeners for readiness: the launcher, `notify_fd=`, and a service manager.
struct Readiness: Sendable {
  /// The launcher's pipe, or -1.
  let launcher: Int32
  /// `notify_fd=`, or -1.
  let notifyDescriptor: Int32
  let manager: ServiceManager

  /// Notifies all listeners, with a description of the file system.
  func report(_ found: String) {
    manager.reportReady(found)
    if notifyDescriptor >= 0 {
      let text = Array("READY=1\n".utf8)
      _ = unsafe text.withUnsafeBytes { unsafe write(notifyDescriptor, $0.baseAddress, $0.count) }
      close(notifyDescriptor)
    }
    reportToLauncher(0)
  }

  /// One byte: the exit code for the command.
  func reportToLauncher(_ code: Int32) {
    guard launcher >= 0 else { return }
    var byte = UInt8(truncatingIfNeeded: code)
    _ = unsafe send(launcher, &byte, 1, Int32(MSG_NOSIGNAL))
    close(launcher)
  }
}
