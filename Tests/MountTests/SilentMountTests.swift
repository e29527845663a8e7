import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A mount whose program does not answer` {
  /// A mount whose serving process is stopped.
  private struct Silence {
    let place: MountPlace
    let child: ChildProcess
    let worker: pid_t

    /// Someone's directory is the mount.
    private(set) var user: ChildProcess?

    init(_ place: MountPlace, _ mountpoint: [String], isInUse: Bool = false) throws {
      self.place = place
      child = try place.start(
        [place.program, place.firmware, "-f"] + mountpoint,
        environment: ["XDG_RUNTIME_DIR": place.folder])
      let child = child
      #expect(eventually { child.error.contains("; mounted at") }, "\(child.error)")
      worker = try #require(place.processes.first { $0 != child.id })
      if isInUse {
        let user = try place.start(["bash", "-c", "cd $M && echo in && exec sleep 100"])
        #expect(eventually { !user.output.isEmpty })
        self.user = user
      }
      kill(worker, SIGSTOP)
    }

    init(user: User) throws {
      let place = try MountPlace(Images.hello.bytes, user: user)
      try self.init(place, [place.mountpoint])
    }

    /// Runs the program, which must not wait for the other one.
    func run(_ arguments: String...) throws -> ChildProcess.Result {
      let other = try place.start(
        [place.program] + arguments, environment: ["XDG_RUNTIME_DIR": place.folder])
      let result = try other.wait(seconds: 8)
      // No one is left who asks: the supervisor and the worker.
      #expect(eventually { place.processes.filter { $0 != child.id && $0 != worker }.isEmpty })
      return result
    }

    /// Lets it answer again, and end.
    func end() throws {
      kill(worker, SIGCONT)
      child.signal(SIGTERM)
      #expect(try child.wait().status == 0)
      #expect(place.mounts.isEmpty && place.processes.isEmpty)
    }
  }

  @Test(arguments: User.available)
  func `is unmounted by --unmount like any other`(user: User) throws {
    let silence = try Silence(user: user)
    let result = try silence.run("--unmount", silence.place.mountpoint)
    #expect(result.status == 0, "\(result.error)")
    #expect(silence.place.mounts.isEmpty)
    try silence.end()
  }

  @Test(arguments: User.available)
  func `and is in use: --unmount fails with the reason`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let silence = try Silence(place, [place.mountpoint], isInUse: true)
    let result = try silence.run("--unmount", place.mountpoint)
    #expect(result.status == 32)
    #expect(result.error.contains("does not respond"), "\(result.error)")
    #expect(try ErrorPage().explains(result.error))
    #expect(place.mounts.count == 1)
    silence.user?.kill()
    try silence.end()
  }

  @Test(arguments: User.available)
  func `does not block --doctor`(user: User) throws {
    let silence = try Silence(user: user)
    let mountpoint = silence.place.mountpoint
    let result = try silence.run("--doctor", mountpoint)
    #expect(result.status == 2)
    #expect(result.output.contains("\(mountpoint): already mounted"), "\(result.output)")
    #expect(result.output.contains("note     \(mountpoint): its program does not respond"))
    try silence.end()
  }

  @Test(arguments: User.available)
  func `is refused as a mountpoint like any other`(user: User) throws {
    let silence = try Silence(user: user)
    let place = silence.place
    let result = try silence.run(place.firmware, place.mountpoint)
    #expect(result.status == 32)
    #expect(result.error.contains("\(place.mountpoint): already mounted"), "\(result.error)")
    let over = try silence.run(place.firmware, place.mountpoint, "-o", "nonempty")
    #expect(over.status == 32)
    #expect(over.error.contains("does not respond"), "\(over.error)")
    #expect(try ErrorPage().explains(over.error))
    try silence.end()
  }

  @Test(arguments: User.available)
  func `does not block another mount`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let silence = try Silence(place, [])
    #expect(try place.shell("cp $F $D/other").status == 0)
    let other = try place.start(
      [place.program, "\(place.folder)/other", "-f"],
      environment: ["XDG_RUNTIME_DIR": place.folder])
    #expect(eventually(seconds: 8) { other.error.contains("; mounted at") }, "\(other.error)")
    other.signal(SIGTERM)
    #expect(try other.wait().status == 0)
    try silence.end()
  }

  /// An answer is waited for two seconds. On a busy machine the rest may take long: the shortest of some runs counts.
  @Test(arguments: ["--doctor", ""])
  func `is asked once`(option: String) throws {
    let silence = try Silence(user: .current)
    let place = silence.place
    let times = try (0..<3).map { _ in
      let start = ContinuousClock.now
      let result = try silence.run(option.isEmpty ? place.firmware : option, place.mountpoint)
      #expect(result.status != 0)
      return ContinuousClock.now - start
    }
    #expect(try #require(times.min()) < .milliseconds(3500))
    try silence.end()
  }

  @Test(arguments: User.available)
  func `counts as alive for --unmount --stale`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let silence = try Silence(place, [])
    for arguments in [[], ["\(place.folder)/jffs2fuse/firmware"]] {
      let result = try place.start(
        [place.program, "--unmount", "--stale"] + arguments,
        environment: ["XDG_RUNTIME_DIR": place.folder]
      ).wait(seconds: 8)
      #expect(result.status == 0 && result.error.isEmpty)
    }
    #expect(place.mounts.count == 1)
    try silence.end()
  }
}
