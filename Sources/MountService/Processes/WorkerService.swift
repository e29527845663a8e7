/// The functions of the worker; the supervisor never calls them.
package protocol WorkerService: Sendable {
  /// Opens what it needs besides the firmware: called first, because files can no longer be opened afterwards, but with
  /// `sandbox=no`.
  func openBeforehand()

  /// Reads the firmware, whose descriptor is open for reading. Returns one line that says what was found;
  /// warnings go to the log.
  mutating func prepare(
    descriptor: Int32, path: String, options: MountOptions, log: Log
  ) throws(StartupFailure) -> String

  /// Serves on an already mounted /dev/fuse descriptor, which it does not close, until it is unmounted.
  func serve(descriptor: Int32, options: MountOptions) throws(StartupFailure)

  /// Requests answered so far; asked from another thread while `serve` runs.
  var requestCount: UInt64 { get }
}

extension WorkerService {
  package func openBeforehand() {}
}
