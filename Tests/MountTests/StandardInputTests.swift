import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Firmware from standard input or a pipe` {
  @Test(arguments: User.available)
  func `is mounted`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    for line in [
      "cat $F | $P - $M", "$P - $M <$F", "$P <(cat $F) $M", "mkfifo f; cat $F >f & $P f $M",
    ] {
      let result = try place.shell("\(line) && cat $M/hello; $P --unmount $M")
      #expect(result.output == "hello, flash\n", "\(line): \(result.error)")
      #expect(result.status == 0 && result.error == "")
      #expect(eventually { place.mounts.isEmpty && place.processes.isEmpty })
    }
  }

  @Test(arguments: User.available)
  func `is another firmware each time, but for the same file`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let result = try place.shell(
      """
      export XDG_RUNTIME_DIR=$D
      a=$(cat $F | $P -); b=$(cat $F | $P -); c=$($P - <$F); d=$($P - <$F)
      echo ${a##*/} ${b##*/} ${c##*/} ${d##*/}
      for mount in $a $b $c; do cat $mount/hello; $P --unmount $mount; done
      """)
    #expect(
      result.output
        == "stdin stdin-2 stdin-3 stdin-3\nhello, flash\nhello, flash\nhello, flash\n")
    #expect(result.error == "" && result.status == 0)
  }

  @Test func `is refused where something is mounted, or where there is none`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let again = try place.shell("cat $F | $P - $M; cat $F | $P - $M")
    #expect(again.status == 32 && again.error.contains("already mounted"), "\(again.error)")
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
    let empty = try place.shell(": | $P - $M")
    #expect(empty.error == "jffs2fuse: -: the file is empty\n" && empty.status == 3)
    let closed = try place.shell("$P - $M <&-")
    #expect(closed.status == 2 && closed.error.hasPrefix("jffs2fuse: -: cannot "))
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }
}
