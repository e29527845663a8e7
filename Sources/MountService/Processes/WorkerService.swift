package import FirmwareAccess

/// The functions of the worker; the supervisor never calls them.
package protocol WorkerService: Sendable {
  /// Reads the firmware. Returns one line that says what was found; warnings go to the log.
  mutating func prepare(
    _ firmware: FirmwareFile, options: MountOptions, log: Log
  ) throws(ProgramError) -> String

  /// Serves on an already mounted /dev/fuse descriptor, which it does not close, until it is unmounted.
  func serve(descriptor: Int32, options: MountOptions) throws(ProgramError)

  /// Requests answered so far; asked from another thread while `serve` runs.
  var requestCount: UInt64 { get }
}
