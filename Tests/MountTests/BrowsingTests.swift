import Foundation
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A mounted home` {
  @Test(arguments: User.available)
  func `is browsed with the everyday tools`(user: User) throws {
    let image = Images.uImage(Images.camera.bytes)
    #expect(image.count % 65536 != 0)
    let place = try MountPlace(image, name: "home", user: user)
    let child = try place.mount()
    #expect(child.error.contains("7518-hi3518-home"))

    #expect(try place.shell("ls -A $M").output == "app\nempty\netc\nstart\n")
    let found = try place.shell("cd $M && find . | sort")
    #expect(
      found.output
        == """
        .
        ./app
        ./app/ipcam
        ./empty
        ./etc
        ./etc/camera.conf
        ./etc/network
        ./etc/network/wifi.conf
        ./start

        """)
    #expect(try place.shell("grep -rl secret $M").output == place.path("etc/network/wifi.conf\n"))
    let sizes = try place.shell("cd $M && stat -c '%s %A %n' app/ipcam empty start")
    #expect(
      sizes.output
        == "150000 -rwxr-xr-x app/ipcam\n0 -rw-r--r-- empty\n9 lrwxrwxrwx start\n")
    try place.unmount(child)
  }

  @Test(arguments: User.available)
  func `is copied out as it is`(user: User) throws {
    let place = try MountPlace(Images.uImage(Images.camera.bytes), name: "home", user: user)
    let child = try place.mount()
    let copied = try place.shell(
      "set -e; mkdir $D/tar; cp -a $M $D/copy; tar -C $M -c . | tar -C $D/tar -x; diff -r $M $D/copy; "
        + "diff -r --no-dereference $M $D/tar")
    #expect(copied.status == 0, "\(copied.error)")
    #expect(copied.error.isEmpty && copied.output.isEmpty)
    let bytes = FileManager.default.contents(atPath: "\(place.folder)/copy/app/ipcam")
    #expect(bytes.map(Array.init) == Images.noise(150_000))
    let secret = FileManager.default.contents(atPath: "\(place.folder)/tar/etc/network/wifi.conf")
    #expect(secret == Data("psk=secret\n".utf8))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: "\(place.folder)/copy/start")
        == "app/ipcam")
    try place.unmount(child)
  }

  @Test(arguments: User.available)
  func `the mount is read-only, nosuid and nodev`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.mount()
    let shown = try place.shell("findmnt -n -o FSTYPE,SOURCE,OPTIONS $M").output.split(
      separator: " ")
    #expect(shown.first == "fuse.jffs2fuse")
    #expect(shown.dropFirst().first.map(String.init) == place.firmware)
    let options = Set(shown.last?.split { $0 == "," || $0 == "\n" } ?? [])
    #expect(options.isSuperset(of: ["ro", "nosuid", "nodev"]))
    let denied = try place.shell("touch $M/new || rm $M/hello || echo x >$M/hello")
    #expect(denied.status == 1)
    #expect(denied.error.split(separator: "\n").count == 3)
    #expect(denied.error.split(separator: "\n").allSatisfy { $0.contains("Read-only") })
    try place.unmount(child)
  }

  @Test(arguments: User.available)
  func `shows the absolute path of its firmware, with any bytes`(user: User) throws {
    for name in ["a,b", "a b", #"a\b"#, #"a, b\,c"#, "grüß", #"a\054b"#, "tab\there"] {
      let place = try MountPlace(Images.hello.bytes, name: name, user: user)
      // The path that is given is relative.
      let child = try place.start([place.program, name, "m", "-f"])
      #expect(eventually { child.error.contains("; mounted at") }, "\(child.error)")
      let entry = try #require(place.mounts.first)
      let source = entry.line.split(separator: " ").drop { $0 != "-" }.dropFirst(2).first ?? ""
      let decoded = [#"\040"#: " ", #"\011"#: "\t", #"\134"#: #"\"#].reduce(String(source)) {
        // The backslash comes last: it must not make new escapes.
        $1.value == #"\"# ? $0 : $0.replacingOccurrences(of: $1.key, with: $1.value)
      }.replacingOccurrences(of: #"\134"#, with: #"\"#)
      #expect(decoded == place.firmware)
      try place.unmount(child)
    }
  }

  @Test func `shows what mkfs and mkimage made`() throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Scripts/make-home").path
    let place = try MountPlace([0])
    let made = try place.shell("command -v mkfs.jffs2 mkimage >&2 && \(script) $D/home")
    if made.status != 0 {
      try skipTest("needs mkfs.jffs2 and mkimage")
    }
    let child = try place.start([place.program, "home", "m", "-f"])
    #expect(eventually { child.error.contains("; mounted at") }, "\(child.error)")
    let seen = try place.shell(
      "cd $M; cat etc/network/wifi.conf; stat -c %h sound/hello.pcm; readlink web/snapshot.jpg; "
        + "tail -n 1 app/sensor.ko; wc -c <app/ipcam; head -n 1 web/home.html")
    #expect(
      seen.output
        == """
        ssid=workshop
        psk=correct-horse-battery
        2
        /tmp/snapshot.jpg
        module line 1500
        320000
        <!DOCTYPE html>

        """)
    try place.unmount(child)
  }
}
