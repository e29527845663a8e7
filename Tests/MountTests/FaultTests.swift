import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A fault while mounted` {
  @Test(arguments: User.available)
  func `of the reading process leaves no dead mount`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.mount()
    for process in place.processes where process != child.id { kill(process, SIGKILL) }
    #expect(try child.wait(seconds: 10).status == 2)
    #expect(child.error.contains("signal 9"))
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }

  @Test(arguments: User.available)
  func `of both processes can be cleared away`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.mount()
    child.kill()
    #expect(eventually { place.processes.isEmpty })
    #expect(place.mounts.count == 1)
    // The same firmware would clear it: see StaleMountTests. It is not for another to touch.
    let refused = try place.shell("cp $F $D/other && $P $D/other $M")
    #expect(refused.status == 32)
    #expect(refused.error.contains("clear it with: jffs2fuse --unmount \(place.mountpoint)"))
    #expect(place.mounts.count == 1)
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
    #expect(place.mounts.isEmpty)
  }

  @Test func `of the firmware, which shrinks, is an I/O error`() throws {
    let place = try MountPlace(Images.camera.bytes)
    let child = try place.mount()
    #expect(truncate(place.firmware, 100) == 0)
    let read = try place.shell("cat $M/app/ipcam; ls $M")
    #expect(read.error.contains("Input/output error"))
    #expect(read.output == "app\nempty\netc\nstart\n")
    try place.unmount(child)
    #expect(child.error.contains(place.firmware))
  }
}

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `The helper of mount(8)` {
  private static let link = "ln -s $P $D/mount.jffs2fuse; H=$D/mount.jffs2fuse; "

  @Test(arguments: User.available)
  func `mounts with the options of fstab`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let result = try place.shell(
      Self.link
        + "$H $F $M -o rw,nofail,noauto,user,x-a.b=c,_netdev,image_offset=0 && cat $M/hello; "
        + "$P --unmount $M")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output == "hello, flash\n")
    #expect(eventually { place.mounts.isEmpty && place.processes.isEmpty })
  }

  @Test func `-f only looks, and -s passes over what it does not know`() throws {
    let place = try MountPlace(Images.hello.bytes)
    #expect(try place.shell(Self.link + "$H $F $M -f").status == 0)
    #expect(place.mounts.isEmpty)
    #expect(try place.shell("$D/mount.jffs2fuse $F $M -o frobnicate").status == 1)
    #expect(try place.shell("$D/mount.jffs2fuse $F $M -s -o frobnicate").status == 0)
    #expect(place.mounts.count == 1)
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }
}
