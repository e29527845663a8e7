import CLinux
import FirmwareAccess
import Glibc
import Storage
import Support
import SystemPackage

/// The role that mounts, waits and unmounts; it never parses the firmware.
struct Supervisor<Mounting: Mounter>: ~Copyable {
  var events: SupervisorEvents
  var mounter: Mounting
  /// The worker's process; nil if it is a thread of this one.
  let worker: Int32?
  let firmware: FirmwareFile
  /// The source shown in the mount table; nil if the options name it.
  let source: FilePath?
  let mountpoint: Mountpoint
  let options: MountOptions
  let log: Log
  let readiness: Readiness
  /// The number of seconds that a new mount has for its first reply.
  let responseTimeout: UInt32
  /// Notices of the worker for the system log, which is opened when the mount is ready.
  var notices: [String] = []

  /// The path of the mount, for messages.
  private var place: FilePath { mounter.currentMountpoint() ?? mountpoint.path }

  /// Runs to the end of the mount; the process's exit code.
  consuming func run() -> Int32 {
    let status: ExitStatus
    do throws(ProgramError) {
      readiness.manager.report("Reading \(firmware.path)")
      let found = try waitForPreparation()
      try mount()
      announce(found)
      status = serve()
    } catch {
      log.error(error.message)
      readiness.manager.report(error.message)
      status = error.status
      terminateWorker()
    }
    log.flush()
    if mountpoint.isManaged, mounter.state() == .gone { RuntimeDirectory.remove(mountpoint.path) }
    return status.code
  }

  private mutating func waitForPreparation() throws(ProgramError) -> String {
    while true {
      switch nextEvent() {
      case .message(.prepared(let found)): return found
      case .message(.failed(let failure)): throw failure
      case .message, .probe, .deadline: break
      case .workerGone: throw workerDied("while it read the firmware")
      case .signal, .launcherGone: throw interrupted()
      }
    }
  }

  /// Mounts, hands the descriptor over and waits until the mount answers.
  private mutating func mount() throws(ProgramError) {
    let descriptor = OwnedDescriptor(
      try mounter.mount(
        at: mountpoint.path,
        source: source,
        options: options.sessionOptions))
    guard events.channel.send(.serve, passing: descriptor.number) else {
      let failure = workerDied("before it could serve")
      unmountUnserved()
      throw failure
    }
    // A copy kept here would leave readers hanging when the worker dies.
    close(descriptor.release())
    do throws(ProgramError) {
      try waitForAnswer()
    } catch {
      unmountUnserved()
      throw error
    }
  }

  /// A process asks for the mountpoint's attributes, so that a worker that never answers cannot hold us.
  private mutating func waitForAnswer() throws(ProgramError) {
    let probe = try MountProbe(mountpoint.path, .attributes)
    events.probe = probe.answers.number
    defer {
      events.probe = -1
      withExtendedLifetime(probe) {}
    }
    do throws(ProgramError) {
      try waitForProbe()
    } catch {
      // What the worker has taken and not answered ends with it, and the probe only then.
      terminateWorker()
      throw error
    }
  }

  private mutating func waitForProbe() throws(ProgramError) {
    let deadline = MonotonicClock.now + Int64(responseTimeout) * 1000
    while true {
      switch nextEvent(until: deadline) {
      case .message(.failed(let failure)): throw failure
      case .message: break
      case .probe(0): return
      case .probe(let error):
        throw ProgramError(
          "\(mountpoint.path): the mount does not respond: \(systemMessage(error))", .mountFailed)
      case .deadline:
        throw ProgramError(
          "\(mountpoint.path): the mount does not respond (\(responseTimeout) s)", .mountFailed)
      case .workerGone: throw workerDied("before the mount answered")
      case .signal, .launcherGone: throw interrupted()
      }
    }
  }

  private mutating func announce(_ found: String) {
    if mountpoint.isManaged { StandardStream.output.write(mountpoint.path.string + "\n") }
    if isatty(2) == 1, let note = options.accessNote { log.notice("\(mountpoint.path): \(note)") }
    _ = unsafe chdir("/")
    if !options.foreground {
      setsid()
      clinux_open_log()
      log.redirect(to: .systemLog)
      clinux_detach_streams(1)
    }
    for notice in notices { log.notice(notice) }
    let mounted = "\(firmware.path): \(found); mounted at \(mountpoint.path)"
    log.notice(mounted)
    events.launcher = -1
    readiness.report(mounted)
  }

  /// The next event other than a line for the log; `deadline` is on `MonotonicClock.now`.
  private mutating func nextEvent(until deadline: Int64? = nil) -> SupervisorEvents.Event {
    while true {
      let event = events.next(until: deadline)
      guard case .message(.log(let level, let text)) = event else { return event }
      let isForLater = level == .notice && !options.foreground && events.launcher >= 0
      if isForLater, notices.count < Self.maximumNotices {
        notices.append(text)
      } else {
        log.writeLimited(text, level: level)
      }
    }
  }

  private static var maximumNotices: Int { 1000 }

  /// Waits for the end of the mount for any reason.
  private mutating func serve() -> ExitStatus {
    var triedAt = -1000 as Int64
    while true {
      switch nextEvent() {
      case .message(.idle) where MonotonicClock.now >= triedAt + 1000:
        // For a user each try is a process.
        _ = mounter.unmount(lazy: false)
        triedAt = MonotonicClock.now
      case .message(.failed(let failure)): log.writeLimited(failure.message, level: .error)
      case .message, .probe, .deadline, .launcherGone: break
      case .signal: return stop()
      case .workerGone: return handleWorkerExit()
      }
    }
  }

  /// Unmounts because a signal came: lazily when busy, and then readers get time to finish.
  private mutating func stop() -> ExitStatus {
    let place = place
    readiness.manager.reportStopping("Unmounting \(place)")
    var result = unmountLazily()
    if result == .covered {
      log.error(
        "\(place): another file system is mounted over it; unmount that to continue")
      readiness.manager.report("Waiting for the file system mounted over \(place)")
    }
    // It cannot be unmounted then, and without its worker it would be a dead mount.
    var retry = MonotonicClock.now + 1000
    while result == .covered {
      switch nextEvent(until: retry) {
      case .message, .probe, .launcherGone: break
      case .workerGone: return handleWorkerExit()
      case .signal: return abort()
      case .deadline:
        result = unmountLazily()
        retry = MonotonicClock.now + 1000
      }
    }
    if result != .done { log.error("\(self.place): cannot unmount: \(result)") }
    readiness.manager.report("Waiting for open files on \(self.place)")
    let deadline = MonotonicClock.now + Int64(options.drain) * 1000
    while true {
      switch nextEvent(until: deadline) {
      case .message, .probe, .launcherGone: break
      case .workerGone, .signal, .deadline: return abort()
      }
    }
  }

  /// Unmounts, lazily when busy.
  private mutating func unmountLazily() -> UnmountResult {
    let result = mounter.unmount(lazy: false)
    return result == .busy ? mounter.unmount(lazy: true) : result
  }

  /// Ends the worker, and with it the reading of all who still do.
  private mutating func abort() -> ExitStatus {
    terminateWorker()
    // With the worker gone the mount is dead: what could not be unmounted before is tried again.
    return unmountUnserved() ? .success : .failure
  }

  /// Unmounts a mount whose server has ended, and reports a failure.
  @discardableResult
  private mutating func unmountUnserved() -> Bool {
    let result = mounter.unmount(lazy: true)
    if result == .done { return true }
    log.error("\(place): \(Self.remains(at: place, result))")
    return false
  }

  /// The worker ended by itself: after an unmount by someone else, or by a fault.
  private mutating func handleWorkerExit() -> ExitStatus {
    let end = terminateWorker()
    let place = place
    let cleared = mounter.unmountDead()
    if end == .exited(0) && cleared == nil { return .success }
    let remains =
      switch cleared {
      case nil, .done: "unmounted"
      case let result?: Self.remains(at: place, result)
      }
    log.error("\(place): the process that served it ended (\(end)); \(remains)")
    return .failure
  }

  /// The message about a mount that could not be unmounted and has no worker, with a fix.
  private static func remains(at place: FilePath, _ result: UnmountResult) -> String {
    let other = result == .covered ? "unmount the file system over it, then run" : "clear it with"
    return "a dead mount remains; \(other): jffs2fuse --unmount \(place.string.shellQuoted)"
  }

  /// Ends the worker, if it still runs, and returns how it ended.
  @discardableResult
  private func terminateWorker() -> WorkerEnd {
    guard let worker else { return .exited(0) }
    var status: Int32 = 0
    // A worker that has closed its channel is ending; one that has not is no longer wanted.
    let deadline =
      MonotonicClock.now
      + (clinux_poll(events.channel.number, -1, -1, -1, 0) & 1 != 0 ? 2000 : 0)
    while true {
      let result = unsafe clinux_wait(worker, 0, &status)
      if result != 0 { return WorkerEnd(waitResult: result, status) }
      if MonotonicClock.now >= deadline { break }
      usleep(5000)
    }
    kill(worker, SIGKILL)
    let result = unsafe clinux_wait(worker, 1, &status)
    return WorkerEnd(waitResult: result, status)
  }

  private func workerDied(_ when: String) -> ProgramError {
    ProgramError(
      "\(firmware.path): the reading process ended \(when) (\(terminateWorker()))", .failure)
  }

  private func interrupted() -> ProgramError { ProgramError("interrupted", .failure) }
}
