import Glibc
import Sandbox

/// The confinement of the process that reads a firmware: see `Confinement`.
struct WorkerConfinement {
  private let confinement: Confinement

  init(_ firmware: FirmwareFile, _ options: MountOptions) {
    confinement = Confinement(
      memory: MemoryLimit(
        imageByteCount: firmware.byteCount, unpackedByteCount: options.maxUnpacked,
        threadCount: options.threadLimit),
      // What is unpacked at a time is in one file.
      fileSize: options.maxUnpacked)
  }

  /// Drops everything else, in a process with one thread; what this system cannot do goes to the log.
  func apply(_ log: Log) {
    for protection in confinement.apply() { log.notice("reduced protection: \(protection)") }
  }
}

extension MountOptions {
  /// The threads that the serving process may have, those that are not libfuse's included.
  var threadLimit: UInt64 { UInt64(maxThreads ?? 10) + 16 }
}

extension FirmwareFile {
  /// The bytes of the file or device.
  var byteCount: UInt64 { UInt64(max(0, lseek(number, 0, SEEK_END))) }
}
