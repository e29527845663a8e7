import CLinux
import FirmwareAccess
import Glibc
import Sandbox
import Storage
import Support
import SystemPackage

/// The mounting program, from its arguments to its exit code.
package struct MountProgram<Service: WorkerService, Mounting: Mounter> {
  private let service: Service
  private let mounter: Mounting
  private let responseTimeout: UInt32

  /// - Parameter responseTimeout: How many seconds a new mount has for its first answer. The firmware is read by then, so that only a
  ///   faulty or stopped service needs more than a moment.
  package init(service: Service, mounter: Mounting, responseTimeout: UInt32 = 30) {
    self.service = service
    self.mounter = mounter
    self.responseTimeout = responseTimeout
  }

  /// Runs the command; returns once in every process that it makes, each of which exits with the result. Takes
  /// argv[0] and the other arguments as bytes. No thread may have been started.
  package func run(program: String, arguments: [[UInt8]]) -> Int32 {
    do throws(ProgramError) {
      return try start(Invocation(program: program, arguments: arguments))
    } catch {
      StandardStream.error.write(Log.line(error.message, level: .error) + "\n")
      return error.status.code
    }
  }

  private func start(_ invocation: Invocation) throws(ProgramError) -> Int32 {
    switch invocation {
    case .help: try show(HelpText.text)
    case .helperHelp: try show(HelpText.helperText)
    case .version: try show("jffs2fuse \(programVersion)\n")
    case .completion(let script): try show(script.text)
    case .candidates(let candidates):
      for name in candidates?.find() ?? [] { StandardStream.output.write(name + "\n") }
    case .dryRun(let firmware, let options): try check(firmware, options)
    case .doctor(let mountpoint): return Doctor(mountpoint: mountpoint).run().code
    case .unmount(let mountpoint): try Unmounter.clear(mountpoint)
    case .clearStale(let mountpoint): Unmounter.clearStale(at: mountpoint)
    case .mount(let firmware, let mountpoint, let options):
      return try mount(firmware, at: mountpoint, options)
    }
    return ExitStatus.success.code
  }

  private func show(_ text: String) throws(ProgramError) {
    guard !StandardStream.output.write(text) else { return }
    throw ProgramError("standard output: \(unsafe String(cString: strerror(errno)))", .failure)
  }

  /// Reads the firmware as for a mount.
  private func check(_ path: FilePath, _ options: MountOptions) throws(ProgramError) {
    var options = options
    options.table = try options.readTable()
    let firmware = try FirmwareFile(opening: path, maxUnpacked: options.maxUnpacked, .mount)
    let log = Log(.standardError)
    if options.sandbox { firmware.confine(options, log, keeping: []) }
    try onDedicatedThread { [options, service] () throws(ProgramError) in
      var service = service
      _ = try service.prepare(firmware, options: options, log: log)
    }
  }

  private func mount(
    _ path: FilePath, at named: FilePath?, _ options: MountOptions
  ) throws(ProgramError) -> Int32 {
    var options = options
    options.table = try options.readTable()
    if let notify = options.notifyDescriptor {
      options.notifyDescriptor = try Self.duplicateNotifyDescriptor(notify)
    }
    let firmware = try FirmwareFile(opening: path, maxUnpacked: options.maxUnpacked, .mount)
    let absolutePath = path == "-" ? "/dev/stdin" : try AbsolutePath.of(path)
    if let descriptor = named.flatMap(Mountpoint.passedDescriptor) {
      return try serveInherited(descriptor, firmware, options)
    }
    guard unsafe access("/dev/fuse", F_OK) == 0 else {
      throw ProgramError(
        "/dev/fuse: \(systemMessage(errno)); load the module with: modprobe fuse", .failure)
    }
    let source = options.source(firmware: absolutePath.string)
    let statuses = named.map { Unmounter.clearStale(at: $0, source: source) } ?? [:]
    let mountpoint: Mountpoint
    if let named {
      mountpoint = try Mountpoint.checked(named, options: options, statuses: statuses)
    } else {
      // Who starts it in the foreground wants its process.
      let contents = options.foreground ? nil : options.contents(of: firmware)
      switch try RuntimeDirectory.target(for: absolutePath, showing: contents) {
      case .made(let made): mountpoint = made
      case .mounted(let path): return reportExisting(path, options)
      }
    }
    do throws(ProgramError) {
      var launcher: Int32 = -1
      if !options.foreground {
        switch try Launcher.daemonize() {
        case .command(let code): return code
        case .daemon(let socket): launcher = socket
        }
        // A lock or a pipe of the caller's is not to be held for as long as the mount is there.
        SandboxPolicy.closeAll(except: [
          firmware.descriptor, launcher, options.notifyDescriptor ?? -1,
        ])
      }
      let readiness = Readiness(
        launcher: launcher, notifyDescriptor: options.notifyDescriptor ?? -1,
        manager: .current(for: options))
      return try supervise(firmware, source: absolutePath, mountpoint, options, readiness)
    } catch {
      if mountpoint.isManaged { RuntimeDirectory.remove(mountpoint.path) }
      throw error
    }
  }

  /// The reply where the mount exists already.
  private func reportExisting(_ path: FilePath, _ options: MountOptions) -> Int32 {
    StandardStream.output.write(path.string + "\n")
    Readiness(
      launcher: -1, notifyDescriptor: options.notifyDescriptor ?? -1,
      manager: ServiceManager(address: nil)
    ).report("")
    return ExitStatus.success.code
  }

  /// The descriptor of `notify_fd=`, or another one where it is a standard stream's: a daemon lets go of those before it is ready.
  private static func duplicateNotifyDescriptor(_ number: Int32) throws(ProgramError) -> Int32 {
    let kept =
      number > 2 && clinux_set_cloexec(number) != 0 ? number : clinux_duplicate(number)
    guard kept >= 0 else {
      throw ProgramError("-o notify_fd=\(number): that descriptor is not open", .usage)
    }
    return kept
  }

  private func supervise(
    _ firmware: FirmwareFile, source: FilePath, _ mountpoint: Mountpoint,
    _ options: MountOptions, _ readiness: Readiness
  ) throws(ProgramError) -> Int32 {
    let (near, far) = try WorkerChannel.pair()
    var worker = Worker(service: service, channel: far, firmware: firmware, options: options)
    // Blocked before the worker exists: a signal in between is neither lost nor fatal.
    let signals = clinux_open_signalfd()
    guard signals >= 0 else {
      throw ProgramError("signals: \(systemMessage(-signals))", .failure)
    }
    let supervise = { (child: Int32?) in
      Supervisor(
        events: SupervisorEvents(
          channel: near, signals: OwnedDescriptor(signals), launcher: readiness.launcher),
        mounter: mounter, worker: child, firmware: firmware,
        source: options.namedSource == nil ? source : nil, mountpoint: mountpoint,
        options: options,
        log: Log(.standardError, showsDebug: options.debug), readiness: readiness,
        responseTimeout: responseTimeout
      ).run()
    }
    guard options.sandbox else {
      let prepared = worker
      return try onDedicatedThread { () throws(ProgramError) in
        let isStarted = startDetachedThread {
          var worker = prepared
          _ = worker.run()
          // The thread that watches for idleness may still send.
          far.shutDown()
        }
        guard isStarted else { throw ProgramError("cannot start a thread", .failure) }
        return supervise(nil)
      }
    }
    let child = clinux_fork()
    guard child >= 0 else { throw ProgramError("fork: \(systemMessage(-child))", .failure) }
    if child == 0 {
      if !options.foreground { setsid() }
      clinux_ignore_signals()
      // The log is sent over the channel; the reports of a sanitizer go to standard error.
      clinux_detach_streams(SandboxPolicy.isSupported || !options.foreground ? 1 : 0)
      _ = unsafe chdir("/")
      return worker.run().code
    }
    far.close()
    return supervise(child)
  }

  /// Serves a mount that the caller made and will unmount; there is no supervisor.
  private func serveInherited(
    _ descriptor: Int32, _ firmware: FirmwareFile, _ options: MountOptions
  ) throws(ProgramError) -> Int32 {
    guard clinux_set_cloexec(descriptor) != 0 else {
      throw ProgramError("/dev/fd/\(descriptor): that descriptor is not open", .usage)
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
      SandboxPolicy.closeAll(except: [
        firmware.descriptor, descriptor, launcher, options.notifyDescriptor ?? -1,
      ])
      clinux_detach_streams(0)
    }
    if !options.foreground {
      setsid()
      clinux_open_log()
    }
    if options.sandbox {
      firmware.confine(
        options, log, keeping: [descriptor, launcher, options.notifyDescriptor ?? -1])
    }
    return try onDedicatedThread { () throws(ProgramError) in
      try serve(service, descriptor, firmware, options, log, launcher: launcher)
    }
  }

  /// Reads the firmware, notifies the launcher, and serves.
  private func serve(
    _ service: Service, _ descriptor: Int32, _ firmware: FirmwareFile, _ options: MountOptions,
    _ log: Log, launcher: Int32
  ) throws(ProgramError) -> Int32 {
    var service = service
    let found = try service.prepare(firmware, options: options, log: log)
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
    do throws(ProgramError) {
      try service.serve(descriptor: descriptor, options: options)
      return ExitStatus.success.code
    } catch {
      // The caller has been notified of success.
      log.error(error.message)
      return error.status.code
    }
  }
}
