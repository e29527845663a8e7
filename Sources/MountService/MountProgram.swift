import CLinux
import Glibc
import Sandbox
import Storage
import SystemPackage

/// The mounting program, from its arguments to its exit code.
package struct MountProgram<Service: WorkerService, Mounting: Mounter> {
  private let service: Service
  private let mounter: Mounting
  private let answerTime: UInt32

  /// - Parameter answerTime: how many seconds a new mount has for its first answer. The firmware is read by then, so that only a
  ///   faulty or stopped service needs more than a moment.
  package init(service: Service, mounter: Mounting, answerTime: UInt32 = 30) {
    self.service = service
    self.mounter = mounter
    self.answerTime = answerTime
  }

  /// Runs the command; returns once in every process that it makes, each of which exits with the result. Takes
  /// argv[0] and the other arguments as bytes. No thread may have been started.
  package func run(program: String, arguments: [[UInt8]]) -> Int32 {
    do throws(StartupFailure) {
      return try start(Invocation(program: program, arguments: arguments))
    } catch {
      StandardStream.error.write(Log.line(error.message, level: .error) + "\n")
      return error.exitCode.rawValue
    }
  }

  private func start(_ invocation: Invocation) throws(StartupFailure) -> Int32 {
    switch invocation {
    case .help: StandardStream.output.write(HelpText.text)
    case .helperHelp: StandardStream.output.write(HelpText.helperText)
    case .version: StandardStream.output.write("jffs2fuse \(programVersion)\n")
    case .completion(let script): StandardStream.output.write(script.text)
    case .fake: break
    case .doctor(let mountpoint): return Doctor(mountpoint: mountpoint).run().rawValue
    case .unmount(let mountpoint): try Unmounting.clear(mountpoint)
    case .clearStale(let mountpoint): Unmounting.clearStale(at: mountpoint)
    case .mount(let firmware, let mountpoint, let options):
      return try mount(firmware, at: mountpoint, options)
    }
    return ExitCode.success.rawValue
  }

  private func mount(
    _ path: FilePath, at named: FilePath?, _ options: MountOptions
  ) throws(StartupFailure) -> Int32 {
    var options = options
    options.table = try options.readTable()
    if let notify = options.notifyDescriptor {
      options.notifyDescriptor = try Self.keptForNotification(notify)
    }
    let firmware = try FirmwareFile(path)
    if let descriptor = named.flatMap(Mountpoint.passedDescriptor) {
      return try servePassed(descriptor, firmware, options)
    }
    guard unsafe access("/dev/fuse", F_OK) == 0 else {
      throw StartupFailure(
        "/dev/fuse: \(systemMessage(errno)); load the module with: modprobe fuse", .system)
    }
    let source = options.source(firmware: firmware.absolutePath.string)
    let statuses = named.map { Unmounting.clearStale(at: $0, source: source) } ?? [:]
    let mountpoint =
      if let named {
        try Mountpoint.checked(named, options: options, statuses: statuses)
      } else {
        try RuntimeFolder.make(for: firmware.absolutePath)
      }
    do throws(StartupFailure) {
      var launcher: Int32 = -1
      if !options.foreground {
        switch try Launcher.daemonize() {
        case .command(let code): return code
        case .daemon(let socket): launcher = socket
        }
        // A lock or a pipe of the caller's is not to be held for as long as the mount is there.
        Confinement.keepOnly([firmware.number, launcher, options.notifyDescriptor ?? -1])
      }
      let readiness = Readiness(
        launcher: launcher, notifyDescriptor: options.notifyDescriptor ?? -1,
        manager: .current(for: options))
      return try supervise(firmware, mountpoint, options, readiness)
    } catch {
      if mountpoint.isOurs { RuntimeFolder.remove(mountpoint.path) }
      throw error
    }
  }

  /// The descriptor of `notify_fd=`, or another one where it is a standard stream's: a daemon lets go of those before it is ready.
  private static func keptForNotification(_ number: Int32) throws(StartupFailure) -> Int32 {
    let kept =
      number > 2 && clinux_keep_from_children(number) != 0 ? number : clinux_duplicate(number)
    guard kept >= 0 else {
      throw StartupFailure("-o notify_fd=\(number): that descriptor is not open", .usage)
    }
    return kept
  }

  private func supervise(
    _ firmware: FirmwareFile, _ mountpoint: Mountpoint, _ options: MountOptions,
    _ readiness: Readiness
  ) throws(StartupFailure) -> Int32 {
    let (near, far) = try WorkerChannel.pair()
    var worker = Worker(service: service, channel: far, firmware: firmware, options: options)
    // Blocked before the worker exists: a signal in between is neither lost nor fatal.
    let signals = clinux_take_signals()
    guard signals >= 0 else {
      throw StartupFailure("signals: \(systemMessage(-signals))", .system)
    }
    let supervise = { (child: Int32?) in
      Supervisor(
        events: SupervisorEvents(
          channel: near, signals: Descriptor(signals), launcher: readiness.launcher),
        mounter: mounter, worker: child, firmware: firmware, mountpoint: mountpoint,
        options: options,
        log: Log(.standardError, showsDebug: options.debug), readiness: readiness,
        answerTime: answerTime
      ).run()
    }
    guard options.sandbox else {
      let prepared = worker
      return try inOwnThread { () throws(StartupFailure) in
        let isStarted = Thread.start {
          var worker = prepared
          _ = worker.run()
          far.close()
        }
        guard isStarted else { throw StartupFailure("cannot start a thread", .system) }
        return supervise(nil)
      }
    }
    let child = clinux_fork()
    guard child >= 0 else { throw StartupFailure("fork: \(systemMessage(-child))", .system) }
    if child == 0 {
      Confinement.keepOnly([far.number, firmware.number])
      if !options.foreground { setsid() }
      clinux_ignore_signals()
      // The log iterates over the channel. What a sanitizer has to say goes to standard error.
      clinux_detach_streams(Confinement.isPossible || !options.foreground ? 1 : 0)
      _ = unsafe chdir("/")
      return worker.run().rawValue
    }
    far.close()
    return supervise(child)
  }

  /// Serves a mount that the caller made and will unmount; there is not a supervisor.
  private func servePassed(
    _ descriptor: Int32, _ firmware: FirmwareFile, _ options: MountOptions
  ) throws(StartupFailure) -> Int32 {
    guard clinux_keep_from_children(descriptor) != 0 else {
      throw StartupFailure("/dev/fd/\(descriptor): that descriptor is not open", .usage)
    }
    var launcher: Int32 = -1
    if !options.foreground {
      switch try Launcher.daemonize() {
      case .command(let code): return code
      case .daemon(let socket): launcher = socket
      }
    }
    let log = Log(.standardError, showsDebug: options.debug)
    if let warning = options.passedMountWarning { log.warning("\(firmware.path): \(warning)") }
    _ = unsafe chdir("/")
    if options.sandbox || !options.foreground {
      Confinement.keepOnly(
        [firmware.number, descriptor, launcher, options.notifyDescriptor ?? -1])
      clinux_detach_streams(0)
    }
    if !options.foreground {
      setsid()
      clinux_open_log()
    }
    if options.sandbox {
      service.openBeforehand()
      WorkerConfinement(firmware, options).apply(log)
    }
    return try inOwnThread { () throws(StartupFailure) in
      try serve(service, descriptor, firmware, options, log, launcher: launcher)
    }
  }

  /// Reads the firmware, notifies the launcher, and serves.
  private func serve(
    _ service: Service, _ descriptor: Int32, _ firmware: FirmwareFile, _ options: MountOptions,
    _ log: Log, launcher: Int32
  ) throws(StartupFailure) -> Int32 {
    var service = service
    let found = try service.prepare(
      descriptor: firmware.number, path: firmware.path, options: options, log: log)
    if !options.foreground {
      log.redirect(to: .systemLog)
      clinux_silence_standard_error()
    }
    log.notice("\(firmware.path): \(found)")
    Readiness(
      launcher: launcher, notifyDescriptor: options.notifyDescriptor ?? -1,
      manager: ServiceManager(address: nil)
    ).report("\(firmware.path): \(found)")
    defer { log.flush() }
    do throws(StartupFailure) {
      try service.serve(descriptor: descriptor, options: options)
      return ExitCode.success.rawValue
    } catch {
      // The caller has been notified of success.
      log.error(error.message)
      return error.exitCode.rawValue
    }
  }
}
