import Glibc
import TestSupport
import Testing

/// A wrong start: what it takes, and what it must end with.
private struct WrongStart: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var image: [UInt8] = Images.hello.bytes
  var user = User.current
  /// Prepares, in bash, before the program starts.
  var before = ":"
  var command = "$P $F $M"
  let status: Int32
  /// The expected parts of the message: the name of the cause, and the fix.
  let says: [String]

  static let firmware = [
    WrongStart(
      testDescription: "a missing file", before: "rm $F", status: 2,
      says: ["/firmware: ", "No such file"]),
    WrongStart(
      testDescription: "a directory", before: "rm $F; mkdir $F", status: 2,
      says: ["/firmware: is a directory", "give the firmware file"]),
    WrongStart(
      testDescription: "an empty file", image: [], status: 3,
      says: ["/firmware: ", "empty"]),
    WrongStart(
      testDescription: "random bytes", image: Images.noise(100_000), status: 3,
      says: ["/firmware: no JFFS2", "-o offset="]),
    WrongStart(
      testDescription: "erased flash", image: [UInt8](repeating: 0xFF, count: 65536), status: 3,
      says: ["/firmware: ", "0xff"]),
    WrongStart(
      testDescription: "squashfs", image: Images.squashFS(8192), status: 3,
      says: ["/firmware: no JFFS2", "squashfs", "squashfuse FILE DIR"]),
    WrongStart(
      testDescription: "a wrong header CRC", image: Images.uImage([1, 2, 3, 4], headerCRC: 1),
      status: 2, says: ["/firmware: ", "header CRC", "-o offset=64"]),
    WrongStart(
      testDescription: "an offset after the end", command: "$P $F $M -o offset=1M", status: 1,
      says: ["/firmware: ", "offset"]),
    WrongStart(
      testDescription: "a character device", command: "$P /dev/null $M", status: 2,
      says: ["/dev/null: not a file"]),
    WrongStart(
      testDescription: "no firmware", command: "$P", status: 1,
      says: ["give the firmware", "jffs2fuse FIRMWARE"]),
    WrongStart(
      testDescription: "one argument too many", command: "$P $F $M b", status: 1,
      says: ["b: too many arguments"]),
  ]

  static let mountpoints = [
    WrongStart(
      testDescription: "a missing mountpoint", before: "rmdir $M", status: 32,
      says: ["/m: no such directory", "mkdir -p /tmp/"]),
    WrongStart(
      testDescription: "one that is not empty", before: "touch $M/x", status: 32,
      says: ["/m: not empty", "-o nonempty"]),
    WrongStart(
      testDescription: "a file", before: "rmdir $M; touch $M", status: 32,
      says: ["/m: not a directory"]),
    WrongStart(
      testDescription: "a path through a file", command: "$P $F $F/m", status: 32,
      says: ["/firmware/m: "]),
    WrongStart(
      testDescription: "none at all, without XDG_RUNTIME_DIR",
      command: "env -u XDG_RUNTIME_DIR $P $F", status: 1,
      says: ["mountpoint", "XDG_RUNTIME_DIR"]),
  ]

  static let options =
    [
      ("ofset=3", ["ofset=3", "did you mean offset?"]), ("offset=-1", ["offset=-1", "0x40000"]),
      ("length=1.5M", ["length=1.5M", "3M"]), ("erase_size=0", ["erase_size=0", "64k"]),
      ("offset=", ["offset", "needs a value"]), ("umask=9", ["umask=9", "022"]),
      ("uid=nosuch", ["uid=nosuch", "not a user of this system"]),
      ("endian=middle", ["endian=middle", "little or big"]),
      ("damaged=maybe", ["damaged=maybe", "error or zero"]),
      ("nonempty=1", ["nonempty takes no value"]), ("notify_fd=77", ["notify_fd=77", "not open"]),
    ].map { option, says in
      WrongStart(
        testDescription: option, command: "$P $F $M -o \(option)", status: 1, says: says)
    } + [
      // Reported first.
      WrongStart(
        testDescription: "an unknown option and a missing file", before: "rm $F",
        command: "$P $F $M -o ofset=3", status: 1, says: ["did you mean offset?"]),
      WrongStart(
        testDescription: "an unknown flag", command: "$P $F $M --frobnicate", status: 1,
        says: ["--frobnicate", "--help"]),
      WrongStart(
        testDescription: "an unknown letter", command: "$P $F $M -x", status: 1,
        says: ["-x", "--help"]),
    ]

  /// With root's help.
  static let rights =
    [
      WrongStart(
        testDescription: "a file that the user may not read", before: "chmod 000 $F", status: 2,
        says: ["/firmware: cannot open: Permission denied", "ask its owner"]),
      WrongStart(
        testDescription: "a mountpoint of another user", command: "$P $F /opt", status: 32,
        says: ["/opt: not writable by you", "choose a directory you own"]),
    ].map {
      var start = $0
      start.user = .nobody
      return start
    }
    + [
      WrongStart(
        testDescription: "a /dev/fuse for root only",
        before: "cp $P $D/program; chown nobody $M",
        command: "unshare -m sh -c 'mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && "
          + "mknod -m 600 /dev/fuse c 10 229 && "
          + "exec setpriv --reuid=65534 --regid=65534 --clear-groups $D/program $F $M'",
        status: 2, says: ["/dev/fuse: Permission denied", "chmod 666 /dev/fuse"])
    ]
    + ["", " -f"].map { flag in
      WrongStart(
        testDescription: "no /dev/fuse\(flag)",
        command:
          "unshare -m sh -c 'mount -t tmpfs none /dev && : >/dev/null && exec $P $F $M\(flag)'",
        status: 2, says: ["/dev/fuse: No such file", "modprobe fuse"])
    }
}

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A wrong start` {
  @Test(arguments: WrongStart.firmware)
  fileprivate func `with files other than firmware`(start: WrongStart) throws { try check(start) }

  @Test(arguments: WrongStart.mountpoints)
  fileprivate func `with an unfit mountpoint`(start: WrongStart) throws { try check(start) }

  @Test(arguments: WrongStart.options)
  fileprivate func `with a wrong option`(start: WrongStart) throws { try check(start) }

  @Test(.needsRoot, arguments: WrongStart.rights)
  fileprivate func `without the rights or the device`(start: WrongStart) throws {
    try check(start)
  }

  @Test(.needsRoot) func `with a device that is not FUSE's`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let result = try place.shell(
      "unshare -m sh -c 'mount --bind /dev/null /dev/fuse && exec $P $F $M -f'")
    #expect(result.status == 2 || result.status == 32, "\(result.error)")
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }

  @Test func `on a mount of ours is refused and names the way out`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount()
    let result = try place.run([place.firmware, place.mountpoint])
    #expect(result.status == 32)
    #expect(result.error.contains("already mounted"))
    #expect(result.error.contains("jffs2fuse --unmount \(place.mountpoint)"))
    try place.unmount(child)
  }

  /// One line on standard error, the right code, and nothing left; in the foreground as in the background.
  private func check(_ start: WrongStart) throws {
    let place = try MountPlace(start.image, user: start.user)
    #expect(try place.shell(start.before).status == 0)
    let result = try place.shell("exec " + start.command)
    #expect(result.status == start.status)
    #expect(result.output.isEmpty)
    let lines = result.error.split(separator: "\n")
    #expect(lines.count == 1, "\(result.error)")
    #expect(result.error.hasPrefix("jffs2fuse: "))
    for text in start.says { #expect(result.error.contains(text)) }
    #expect(try ErrorPage().explains(result.error), "docs/errors.md lacks: \(result.error)")
    #expect(place.mounts.isEmpty)
    #expect(eventually { place.processes.isEmpty })
  }
}

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A flawed firmware` {
  enum Flaw: String, CaseIterable { case wrongDataCRC, truncated }

  @Test(arguments: Flaw.allCases)
  func `is mounted with a warning`(flaw: Flaw) throws {
    let image =
      switch flaw {
      case .wrongDataCRC: Images.uImage(Images.camera.bytes, dataCRC: 1)
      case .truncated: Array(Images.uImage(Images.camera.bytes).dropLast(100))
      }
    let says = flaw == .truncated ? "truncated" : "wrong data CRC"
    let place = try MountPlace(image)
    let child = try place.mount()
    let warnings = child.error.split(separator: "\n").filter { $0.contains("warning: ") }
    // What is missing at the end is a part of the file system.
    #expect(warnings.count == (flaw == .truncated ? 2 : 1), "\(child.error)")
    #expect(warnings.first?.contains("\(place.firmware): ") == true)
    #expect(warnings.first?.contains(says) == true, "\(child.error)")
    #expect(try place.shell("ls $M").output.isEmpty == false)
    try place.unmount(child)
  }

  @Test func `mounts in the background with the warning on standard error`() throws {
    let place = try MountPlace(Images.uImage(Images.hello.bytes, dataCRC: 1))
    let result = try place.run([place.firmware, place.mountpoint])
    #expect(result.status == 0)
    #expect(result.error.contains("warning: "))
    #expect(try place.shell("cat $M/hello").output == "hello, flash\n")
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }
}
