import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A mount whose program is gone` {
  /// Mounts and kills both processes, so that the mount stays and answers nothing.
  private func leaveStale(_ place: MountPlace, _ arguments: String...) throws {
    let child = try place.start([place.program, "-f"] + arguments, environment: runtime(place))
    #expect(eventually { child.error.contains("; mounted at") }, "\(child.error)")
    for process in place.processes { kill(process, SIGKILL) }
    #expect(eventually { place.processes.isEmpty })
    _ = child.waitStatus(seconds: 5)
    #expect(place.mounts.count == 1)
    #expect(try place.shell("ls $M").status != 0 || arguments.count == 1)
  }

  private func runtime(_ place: MountPlace) -> [String: String] {
    ["XDG_RUNTIME_DIR": place.folder]
  }

  @Test(arguments: User.available)
  func `is cleared by a new start with the same firmware`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    try leaveStale(place, place.firmware, place.mountpoint)
    let child = try place.mount()
    #expect(child.error.contains("\(place.mountpoint): cleared a dead mount"))
    #expect(try place.shell("cat $M/hello").output == "hello, flash\n")
    try place.unmount(child)
  }

  @Test(arguments: User.available)
  func `is cleared with its directory if the program chose the path`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, name: "home", user: user)
    try leaveStale(place, place.firmware)
    let again = try place.run([place.firmware], environment: runtime(place))
    #expect(again.output == "\(place.folder)/jffs2fuse/home\n")
    #expect(place.mounts.count == 1)
    #expect(try place.run(["--unmount", "\(place.folder)/jffs2fuse/home"]).status == 0)
  }

  @Test(arguments: User.available)
  func `is what --unmount --stale clears, at a place or all of one's own`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, name: "home", user: user)
    try leaveStale(place, place.firmware, place.mountpoint)
    #expect(try place.run(["--unmount", "--stale", place.mountpoint]).status == 0)
    #expect(place.mounts.isEmpty)
    try leaveStale(place, place.firmware)
    #expect(try place.run(["--unmount", "--stale"], environment: runtime(place)).status == 0)
    #expect(place.mounts.isEmpty)
    #expect(try place.shell("ls -A $D/jffs2fuse").output.isEmpty)
  }

  @Test func `is all that --unmount --stale clears`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount()
    for arguments in [["--stale", place.mountpoint], ["--stale"], ["--stale", "/missing"]] {
      let result = try place.run(["--unmount"] + arguments, environment: runtime(place))
      #expect(result.status == 0 && result.error.isEmpty)
    }
    #expect(place.mounts.count == 1)
    #expect(try place.run(["--stale", place.firmware, place.mountpoint]).status == 1)
    try place.unmount(child)
  }
}
