import CXattr
import Glibc
import TestSupport
import Testing

/// `-o history`, through the kernel.
@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A mount with history` {
  private static func image(ownHistory: Bool = false) -> ImageBuilder {
    var image = ImageBuilder()
    image.addCleanmarker()
    image.addDirectory("etc", ino: 2, mode: 0o750)
    image.addDirent(parent: 2, version: 1, ino: 3, name: "wifi.conf", changeTime: 100)
    save(&image, 3, version: 1, "psk=first\n", time: 100)
    save(&image, 3, version: 2, "", time: 200)
    save(&image, 3, version: 3, "psk=second\n", time: 200)
    image.addDirent(parent: 2, version: 2, ino: 4, name: "gone", changeTime: 300)
    save(&image, 4, version: 7, "tail", time: 300, at: 8)
    image.addDirent(parent: 2, version: 3, ino: 0, name: "gone", changeTime: 400)
    image.addFile("plain", ino: 5, [1])
    if ownHistory { image.addDirectory(".history", ino: 6) }
    return image
  }

  private static func save(
    _ image: inout ImageBuilder, _ ino: UInt32, version: UInt32, _ text: String, time: UInt32,
    at offset: UInt32 = 0
  ) {
    image.addInode(
      ino, version: version, mode: 0o100600, uid: 12, times: (time, time, time), offset: offset,
      payload: Array(text.utf8))
  }

  @Test(arguments: User.available)
  func `shows versions in a hidden directory`(user: User) throws {
    let place = try MountPlace(Self.image().bytes, user: user)
    let child = try place.mount("history")
    #expect(try place.shell("ls -A $M").output == "etc\nplain\n")
    let listed = try place.shell("cd $M/.history && find . | LC_ALL=C sort")
    #expect(
      listed.output == """
        .
        ./etc
        ./etc/gone
        ./etc/gone/001.partial
        ./etc/wifi.conf
        ./etc/wifi.conf/001
        ./etc/wifi.conf/002

        """)
    let read = try place.shell(
      "cd $M/.history/etc/wifi.conf && cat 001 002 && diff 002 $M/etc/wifi.conf")
    #expect(read.output == "psk=first\npsk=second\n" && read.status == 0)
    let shown = try place.shell(
      "cd $M/.history/etc && stat -c '%a %u %Y %s' . wifi.conf wifi.conf/*")
    #expect(shown.output == "750 0 300 0\n750 0 200 0\n600 12 100 10\n600 12 200 11\n")
    try place.unmount(child)
  }

  @Test func `is walked by programs without an error but that of what is missing`() throws {
    let place = try MountPlace(Self.image().bytes)
    let child = try place.mount("history")
    let found = try place.shell("cd $M && grep -r psk=f .history")
    #expect(found.output == ".history/etc/wifi.conf/001:psk=first\n")
    #expect(found.error.contains("001.partial: Input/output error"))
    #expect(
      try place.shell("diff -r $M/.history/etc/wifi.conf $M/.history/etc/wifi.conf").status == 0)
    let archived = try place.shell("cd $M/.history && tar cf - etc/wifi.conf | tar tf - | wc -l")
    #expect(archived.output == "3\n")
    #expect(
      child.settledError.contains("/.history/etc/gone/001.partial: bytes 0 to 8 cannot be read"))
    try place.unmount(child)
  }

  @Test func `names the version whose data are damaged in the log`() throws {
    var image = Self.image()
    image.addDirent(parent: 2, version: 4, ino: 6, name: "log", changeTime: 500)
    image.addInode(
      6, version: 1, times: (500, 500, 500), payload: [1, 2, 3], size: 9, compression: .zlib)
    Self.save(&image, 6, version: 2, "", time: 600)
    Self.save(&image, 6, version: 3, "new\n", time: 600)
    image.addDirent(parent: 2, version: 5, ino: 7, name: "tty", type: 2, changeTime: 500)
    image.addInode(
      7, version: 1, mode: 0o020600, times: (500, 500, 500), payload: [4], size: 2,
      compression: .zlib)
    image.addDirent(parent: 2, version: 6, ino: 0, name: "tty", changeTime: 600)
    let place = try MountPlace(image.bytes)
    let child = try place.mount("history")
    #expect(try place.shell("cat $M/.history/etc/log/001").status != 0)
    #expect(try place.shell("stat $M/.history/etc/tty/001").status != 0)
    #expect(
      child.settledError.contains(
        "/.history/etc/tty/001: bytes 0 to 2 cannot be read: compressed data"))
    #expect(
      child.settledError.contains(
        "/.history/etc/log/001: bytes 0 to 9 cannot be read: compressed data"))
    try place.unmount(child)
  }

  @Test func `has attributes that say what a version is`() throws {
    let place = try MountPlace(Self.image().bytes)
    let child = try place.mount("history")
    let shown = try place.shell("cd $M/.history/etc && getfattr -d wifi.conf/002 gone/001.partial")
    #expect(
      shown.output == """
        # file: wifi.conf/002
        user.jffs2.complete="yes"
        user.jffs2.inode="3"
        user.jffs2.version="3"

        # file: gone/001.partial
        user.jffs2.complete="no"
        user.jffs2.inode="4"
        user.jffs2.missing="0-7"
        user.jffs2.version="7"


        """)
    // The tree of this image has none.
    #expect(try place.shell("getfattr -d $M/plain").output.isEmpty)
    try place.unmount(child)
  }

  @Test func `has inode numbers different from those of the tree, the same each time`() throws {
    var numbers: [String] = []
    for _ in 0..<2 {
      let place = try MountPlace(Self.image().bytes)
      let child = try place.mount("history")
      numbers.append(try place.shell("cd $M && find . .history -printf '%i\\n' | sort").output)
      try place.unmount(child)
    }
    let lines = numbers[0].split(separator: "\n")
    #expect(numbers[0] == numbers[1] && Set(lines).count == lines.count && lines.count == 11)
  }

  @Test func `gives zeros for what is missing with damaged=zero`() throws {
    let place = try MountPlace(Self.image().bytes)
    let child = try place.mount("history", "damaged=zero")
    let read = try place.shell("cat $M/.history/etc/gone/001.partial | od -An -c | tr -d ' \\n'")
    #expect(read.output == #"\0\0\0\0\0\0\0\0tail"#)
    try place.unmount(child)
  }

  @Test func `does not hide a directory of the image with the same name`() throws {
    let place = try MountPlace(Self.image(ownHistory: true).bytes)
    let child = try place.mount("history")
    #expect(try place.shell("ls -A $M/.history").output.isEmpty)
    #expect(try place.shell("ls $M/.jffs2-history").output == "etc\n")
    try place.unmount(child)
  }

  @Test func `is nothing without the option`() throws {
    let place = try MountPlace(Self.image().bytes)
    let child = try place.mount()
    #expect(try place.shell("ls $M/.history").status != 0)
    try place.unmount(child)
  }

  @Test func `has one in each of several file systems`() throws {
    var image = Self.image()
    image.padWithErased(toMultipleOf: FlashDump.blockSize)
    let place = try MountPlace(image.bytes + image.bytes)
    let size = image.bytes.count
    let child = try place.mount("history", "mtdparts=flash:\(size)(a)\\,-(b)")
    #expect(try place.shell("ls $M; ls -A $M/a").output == "a\nb\netc\nplain\n")
    #expect(
      try place.shell("cat $M/a/.history/etc/wifi.conf/001 $M/b/.history/etc/wifi.conf/001").output
        == "psk=first\npsk=first\n")
    #expect(try place.shell("ls $M/.history").status != 0)
    let numbers = try place.shell(
      "cd $M; find a b a/.history b/.history -printf '%i\\n' | sort -u | wc -l")
    #expect(numbers.output == "22\n")
    try place.unmount(child)
  }

  @Test(.needsRoot) func `keeps others out as the image says`() throws {
    let place = try MountPlace(Self.image().bytes)
    let child = try place.mount("history", "allow_other")
    let asked = try place.shell(
      "setpriv --reuid=65534 --regid=65534 --clear-groups cat $M/.history/etc/wifi.conf/001")
    #expect(asked.status != 0 && asked.error.contains("Permission denied"))
    try place.unmount(child)
    let shared = try place.mount("history,allow_other,readable")
    let read = try place.shell(
      "setpriv --reuid=65534 --regid=65534 --clear-groups cat $M/.history/etc/wifi.conf/001")
    #expect(read.output == "psk=first\n", "\(read.error)")
    try place.unmount(shared)
  }
}
