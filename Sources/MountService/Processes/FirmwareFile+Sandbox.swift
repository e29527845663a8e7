import FirmwareAccess
import Sandbox

extension FirmwareFile {
  /// Drops all rights that serving the firmware does not need, in a process with one thread; what this system cannot do goes to the
  /// log.
  ///
  /// - Parameter kept: Open descriptors that are needed later.
  func confine(_ options: MountOptions, _ log: Log, keeping kept: [Int32]) {
    let missing = Self.confine(
      SandboxPolicy(), for: [self], maxUnpacked: options.maxUnpacked,
      // libfuse's threads, and a few others.
      threadLimit: UInt64(options.maxThreads ?? 10) + 16, keeping: kept)
    for protection in missing { log.notice("reduced protection: \(protection)") }
  }
}
