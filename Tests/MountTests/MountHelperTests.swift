import Glibc
import TestSupport
import Testing

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
    for (arguments, status, reason) in [
      ("$D/none $M", 2, "No such file"), ("/etc/passwd $M", 3, "no JFFS2 file system found"),
      ("$F $M -o partition=none", 1, "no JFFS2 partition none"),
      ("$F $M -o frob", 1, "unknown option"),
    ] as [(String, Int32, String)] {
      let result = try place.shell("$D/mount.jffs2fuse -f \(arguments)")
      #expect(result.status == status && result.error.contains(reason), "\(result.error)")
    }
    #expect(try place.shell("$D/mount.jffs2fuse $F $M -o frobnicate").status == 1)
    #expect(try place.shell("$D/mount.jffs2fuse $F $M -s -o frobnicate").status == 0)
    #expect(place.mounts.count == 1)
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }
}
