import CLinux
import FirmwareAccess
import Glibc
import Storage
import Support

/// The role that reads the firmware and serves the mount.
struct Worker<Service: WorkerService> {
  var service: Service
  let channel: WorkerChannel
  let firmware: FirmwareFile
  let options: MountOptions

  /// Runs to the end of the mount; the process's exit code.
  mutating func run() -> ExitStatus {
    let channel = channel
    // The supervisor may be gone, or slower than a flood of messages: then the line is lost.
    let log = Log(
      .function { level, text in channel.send(.log(level, text), waits: false) },
      showsDebug: options.debug)
    guard options.sandbox else { return work(log) }
    firmware.confine(options, log, keeping: [channel.number])
    // The thread inherits the dropped rights.
    return onDedicatedThread { work(log) }
  }

  private mutating func work(_ log: Log) -> ExitStatus {
    do throws(ProgramError) {
      let found = try service.prepare(firmware, options: options, log: log)
      channel.send(.prepared(found))
      guard let mounted = channel.receiveDescriptor() else { return .failure }
      if let timeout = options.timeout { reportIdleness(after: timeout) }
      try service.serve(descriptor: mounted.number, options: options)
      log.flush()
      return .success
    } catch {
      log.flush()
      channel.send(.failed(error))
      return error.status
    }
  }

  /// Watches the count of requests from a separate thread, and says `idle` while it does not change.
  private func reportIdleness(after timeout: UInt32) {
    let (service, channel) = (service, channel)
    startDetachedThread {
      var count = service.requestCount
      var seconds: UInt32 = 0
      while true {
        sleep(1)
        let current = service.requestCount
        seconds = current == count ? seconds + 1 : 0
        count = current
        if seconds >= timeout, !channel.send(.idle) { return }
      }
    }
  }
}
