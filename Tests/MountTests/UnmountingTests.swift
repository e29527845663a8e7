import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct Unmounter {
  /// A way to end the mount, as a shell line; `$0` is the program's process.
  private static let ways: [(user: User, line: String)] =
    User.available.flatMap { user in
      ["fusermount3 -u $M", "$P --unmount $M", "kill -TERM $0", "kill -INT $0", "kill -HUP $0"]
        .map { (user, $0) }
    } + (geteuid() == 0 ? [(.current, "umount $M")] : [])

  @Test(arguments: ways)
  func `from outside or by a signal is a success and leaves nothing`(
    user: User, line: String
  ) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.mount()
    #expect(try place.shell("cat $M/hello").output == "hello, flash\n")
    let way = try place.start(["bash", "-c", line, String(child.id)]).wait()
    #expect(way.status == 0, "\(way.error)")
    #expect(try child.wait(seconds: 10).status == 0)
    #expect(place.mounts.isEmpty)
    #expect(place.processes.isEmpty)
  }

  /// The kernel gives a device number again as soon as it is free: the program that ends must not take the next mount for its own.
  @Test(.needsRoot) func `and mounting at the same place again and again, every mount serves`()
    throws
  {
    let place = try MountPlace(Images.hello.bytes)
    let result = try place.shell(
      "for i in {1..100}; do $P $F $M && cat $M/hello && umount $M || exit 1; done")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output == String(repeating: "hello, flash\n", count: 100))
    #expect(eventually { place.mounts.isEmpty && place.processes.isEmpty })
  }

  @Test(arguments: User.available)
  func `the daemon's command returns when the files can be read`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    // Mounts, reads at once, and ends what runs in the background.
    let result = try place.shell("$P $F $M && cat $M/hello && $P --unmount $M")
    #expect(result.status == 0)
    #expect(result.output == "hello, flash\n")
    #expect(result.error.isEmpty)
    #expect(place.mounts.isEmpty)
    #expect(eventually { place.processes.isEmpty })
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func `the daemon ends at a signal`(signal: Int32) throws {
    let place = try MountPlace(Images.hello.bytes)
    #expect(try place.run([place.firmware, place.mountpoint]).status == 0)
    let processes = place.processes
    #expect(processes.count == 2)
    // The first is the supervisor, the other its child.
    kill(processes.min() ?? 0, signal)
    #expect(eventually { place.mounts.isEmpty && place.processes.isEmpty })
  }

  @Test func `a reader inside finishes within the drain`() throws {
    let data = Images.noise(4 << 20)
    var image = ImageBuilder()
    image.addFile("big", ino: 2, data)
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    let file = open(place.path("big"), O_RDONLY | O_CLOEXEC)
    try #require(file >= 0)
    var isOpen = true
    defer { if isOpen { close(file) } }
    var buffer = [UInt8](repeating: 0, count: 65536)
    #expect(read(file, &buffer, buffer.count) == buffer.count)
    var seen = buffer
    child.signal(SIGTERM)
    #expect(eventually { place.mounts.isEmpty })
    while true {
      let count = read(file, &buffer, buffer.count)
      #expect(count >= 0, "errno \(errno)")
      guard count > 0 else { break }
      seen += buffer[..<count]
      usleep(10000)
    }
    #expect(seen == data)
    #expect(child.waitStatus(seconds: 0) == nil)
    close(file)
    isOpen = false
    #expect(try child.wait(seconds: 10).status == 0)
    #expect(place.processes.isEmpty)
  }

  @Test func `a second signal ends it at once`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount()
    let file = open(place.path("hello"), O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    child.signal(SIGTERM)
    #expect(eventually { place.mounts.isEmpty })
    #expect(child.waitStatus(seconds: 0.5) == nil)
    child.signal(SIGTERM)
    #expect(try child.wait(seconds: 5).status == 0)
    #expect(place.processes.isEmpty)
  }

  @Test func `the drain ends after its time`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount("drain=1")
    let file = open(place.path("hello"), O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    child.signal(SIGTERM)
    #expect(child.waitStatus(seconds: 0.9) == nil)
    #expect(try child.wait(seconds: 10).status == 0)
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }

  @Test func `--unmount refuses what is in use or not ours`() throws {
    let place = try MountPlace(Images.hello.bytes)
    #expect(try place.run(["--unmount", place.mountpoint]).status == 32)
    let child = try place.mount()
    let file = open(place.path("hello"), O_RDONLY | O_CLOEXEC)
    let firmware = try place.run(["--unmount", place.firmware])
    #expect(firmware.status == 32)
    #expect(
      firmware.error.hasSuffix(
        "/firmware: not a jffs2fuse mount; it is mounted at \(place.mountpoint)\n"))
    let busy = try place.run(["--unmount", place.mountpoint])
    #expect(busy.status == 32)
    #expect(busy.error.contains("in use"))
    #expect(place.mounts.count == 1)
    close(file)
    // A child that another test is just starting may have the file open until it runs.
    #expect(eventually { (try? place.run(["--unmount", place.mountpoint]).status) == 0 })
    #expect(try child.wait().status == 0)
  }

  @Test func `--unmount waits for a program that is just ending`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount()
    // The file is open in sleep alone.
    let line = "exec 3<$M/hello; sleep 0.4 & exec 3<&-; $P --unmount $M"
    #expect(try place.start(["bash", "-c", line]).wait().status == 0)
    #expect(try child.wait().status == 0)
  }

  @Test(.needsRoot) func `of another user's mount is refused with that user's name`() throws {
    let place = try MountPlace(Images.hello.bytes, user: .nobody)
    let root = try ChildProcess([place.program, place.firmware, place.mountpoint]).wait()
    #expect(root.status == 0)
    let result = try place.run(["--unmount", place.mountpoint])
    #expect(result.status == 32)
    #expect(
      result.error
        == "jffs2fuse: \(place.mountpoint): cannot unmount: mounted by root; only this user and root can unmount it\n"
    )
    #expect(place.mounts.count == 1)
    #expect(try ChildProcess([place.program, "--unmount", place.mountpoint]).wait().status == 0)
  }

  @Test(arguments: User.available)
  func `and mounting with a name that is not UTF-8 is as with others`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let result = try place.shell(
      """
      m=$'n\\351/m\\351'; mkdir -p "$m" && $P $F "$m" && cat "$m/hello" && $P --unmount "$m"
      """)
    #expect(result.output == "hello, flash\n", "\(result.error)")
    #expect(result.status == 0)
  }

  @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
  func `and mounting with closed standard streams is as with open ones`(closed: String) throws {
    let place = try MountPlace(Images.hello.bytes)
    let result = try place.shell("$P $F $M \(closed); cat $M/hello && $P --unmount $M")
    #expect(result.output == "hello, flash\n", "\(result.error)")
    #expect(result.status == 0)
  }

  /// Mounts in a directory `a`, which may be renamed: a mountpoint itself may not.
  private func mountBelow(_ place: MountPlace) throws -> ChildProcess {
    #expect(try place.shell("mkdir -p $D/a/m").status == 0)
    let child = try place.start(
      [place.program, place.firmware, "\(place.folder)/a/m", "-f", "-o", "drain=1"])
    #expect(eventually { child.error.contains("; mounted at") }, "\(child.error)")
    return child
  }

  @Test(arguments: User.available, [SIGTERM, SIGKILL])
  func `works at the new path after a directory above it was renamed`(
    user: User, signal: Int32
  ) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try mountBelow(place)
    let moved = try place.shell("mv $D/a $D/b && cat $D/b/m/hello")
    #expect(moved.output == "hello, flash\n", "\(moved.error)")
    if signal == SIGKILL {
      kill(try #require(place.processes.first { $0 != child.id }), SIGKILL)
    } else {
      child.signal(signal)
    }
    #expect(try child.wait(seconds: 10).status == (signal == SIGKILL ? 2 : 0))
    #expect(signal != SIGKILL || child.error.contains("\(place.folder)/b/m: the process that"))
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }

  /// A mount that covers the mount: at the same path, or at a directory above it.
  private static let covers = User.available.flatMap { user in
    ["a/m", "a"].map { (user: user, cover: $0) }
  }

  private func cover(_ path: String) throws {
    try #require(Glibc.mount("none", path, "tmpfs", 0, nil) == 0)
  }

  @Test(.needsRoot, arguments: covers)
  func `by a signal waits until nothing covers the mount`(user: User, cover name: String) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try mountBelow(place)
    try cover("\(place.folder)/\(name)")
    child.signal(SIGTERM)
    // Longer than the drain.
    #expect(child.waitStatus(seconds: 2.5) == nil)
    #expect(child.error.contains("/a/m: another file system is mounted over it"), "\(child.error)")
    #expect(place.mounts.count == 2 && place.processes.count == 2)
    #expect(umount2("\(place.folder)/\(name)", 0) == 0)
    #expect(try child.wait(seconds: 10).status == 0, "\(child.error)")
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }

  @Test(.needsRoot, arguments: covers, [SIGTERM, SIGKILL])
  func `of a covered mount is abandoned at the second signal, or when its server has ended`(
    covered: (user: User, cover: String), second: Int32
  ) throws {
    let (user, name) = covered
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try mountBelow(place)
    try cover("\(place.folder)/\(name)")
    child.signal(SIGTERM)
    #expect(eventually { child.error.contains("another file system is mounted over it") })
    if second == SIGKILL {
      kill(try #require(place.processes.first { $0 != child.id }), SIGKILL)
    } else {
      child.signal(second)
    }
    #expect(try child.wait(seconds: 5).status == 2)
    #expect(
      child.error.contains("a dead mount remains; unmount the file system over it, then run: "),
      "\(child.error)")
    #expect(place.processes.isEmpty)
    #expect(umount2("\(place.folder)/\(name)", 0) == 0)
    #expect(try place.run(["--unmount", "\(place.folder)/a/m"]).status == 0)
    #expect(place.mounts.isEmpty)
  }
}
