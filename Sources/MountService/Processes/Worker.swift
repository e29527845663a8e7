import CLinux
import Glibc
import Storage

/// The role that reads the firmware and serves the mount.
struct Worker<Service: WorkerService> {
  var service: Service
  let channel: WorkerChannel
  let firmware: FirmwareFile
  let options: MountOptions

  /// Runs to the end of the mount; the process's exit code.
  mutating func run() -> ExitCode {
    let channel = channel
    // The supervisor may be gone, or slower than a flood of messages: then the line is lost.
    let log = Log(
      .function { level, text in channel.send(.log(level, text), waits: false) },
      showsDebug: options.debug)
    guard options.sandbox else { return work(log) }
    service.openBeforehand()
    WorkerConfinement(firmware, options).apply(log)
    // The thread inherits the dropped rights.
    return inOwnThread { work(log) }
  }

  private mutating func work(_ log: Log) -> ExitCode {
    do throws(StartupFailure) {
      let found = try service.prepare(
        descriptor: firmware.number, path: firmware.path, options: options, log: log)
      channel.send(.prepared(found))
      guard let mounted = channel.receiveDescriptor() else { return .system }
      if let timeout = options.timeout { reportIdleness(after: timeout) }
      try service.serve(descriptor: mounted.number, options: options)
      log.flush()
      return .success
    } catch {
      log.flush()
      channel.send(.failed(error))
      return error.exitCode
    }
  }

  /// Watches the count of requests from a separate thread, and says `idle` while it does not change.
  private func reportIdleness(after timeout: UInt32) {
    let (service, channel) = (service, channel)
    Thread.start {
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

/// Detached threads.
enum Thread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread; false if there can be none.
  @discardableResult
  static func start(_ run: @escaping @Sendable () -> Void) -> Bool {
    // The reference travels through the pointer: retained here, released by the thread that takes it.
    let context = unsafe Unmanaged.passRetained(Body(run))
    let result = unsafe clinux_start_thread(
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
      }, context.toOpaque())
    if result != 0 { unsafe context.release() }
    return result == 0
  }
}
