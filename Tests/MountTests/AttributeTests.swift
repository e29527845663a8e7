import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Attributes through the kernel` {
  private func status(_ path: String) -> stat {
    var status = stat()
    #expect(lstat(path, &status) == 0, "\(path): errno \(errno)")
    return status
  }

  @Test func `statfs reports the flash size and no free blocks`() throws {
    var image = Images.hello
    image.padWithErased(toMultipleOf: 65536)
    image.add(raw: [UInt8](repeating: 0xFF, count: 65536))
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    // Type, block sizes, longest name, blocks, free ones, available ones, files and free ones.
    let shown = try place.shell("stat -f -c '%t %s %S %l %b %f %a %c %d' $M")
    #expect(shown.output == "65735546 4096 4096 254 32 0 0 0 0\n")
    try place.unmount(child)
  }

  @Test func `links are counted as the driver counts them`() throws {
    var image = Images.camera
    image.addDirent(version: 50, ino: 5, name: "ipcam-again")
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    #expect(status(place.path("app/ipcam")).st_nlink == 2)
    #expect(status(place.path("ipcam-again")).st_ino == status(place.path("app/ipcam")).st_ino)
    #expect(status(place.path("empty")).st_nlink == 1)
    #expect(status(place.path("etc")).st_nlink == 3)
    #expect(status(place.path("app")).st_nlink == 2)
    #expect(status(place.mountpoint).st_ino == 1)
    // Two subdirectories, its own two names, and the one that the driver adds.
    #expect(status(place.mountpoint).st_nlink == 5)
    try place.unmount(child)
  }

  @Test func `st_blksize is 4096, for the root too`() throws {
    let place = try MountPlace(Images.camera.bytes)
    let child = try place.mount()
    for name in ["", "app", "app/ipcam", "start"] {
      #expect(status(place.path(name)).st_blksize == 4096)
    }
    #expect(status(place.path("app/ipcam")).st_blocks == (150_000 + 511) / 512)
    #expect(status(place.path("empty")).st_blocks == 0)
    try place.unmount(child)
  }

  @Test func `device nodes show their numbers and cannot be opened`() throws {
    var image = ImageBuilder()
    image.addDirent(version: 1, ino: 2, name: "null", type: 2)
    image.addInode(2, version: 1, mode: 0o020666, payload: image.number16(1 << 8 | 3))
    image.addDirent(version: 2, ino: 3, name: "mtdblock7", type: 6)
    image.addInode(3, version: 1, mode: 0o060660, payload: image.number16(31 << 8 | 7))
    image.addDirent(version: 3, ino: 4, name: "wide", type: 2)
    // The kernel's new form: minor's low byte, major, rest of the minor.
    let wide: UInt32 = 300 & 0xFF | 259 << 8 | (300 & ~0xFF) << 12
    image.addInode(4, version: 1, mode: 0o020600, payload: image.number32(wide))
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    #expect(
      try place.shell("cd $M && stat -c '%n %F %Hr:%Lr %a' *").output
        == """
        mtdblock7 block special file 31:7 660
        null character special file 1:3 666
        wide character special file 259:300 600

        """)
    let file = open(place.path("null"), O_RDONLY | O_CLOEXEC)
    #expect(file < 0 && errno == EACCES)
    try place.unmount(child)
  }

  @Test func `reading changes no time`() throws {
    var image = ImageBuilder()
    image.addDirent(version: 1, ino: 2, name: "old")
    image.addInode(2, version: 1, times: (100, 200, 4_000_000_000), payload: [1, 2, 3])
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    let times = "stat -c '%X %Y %Z' $M/old"
    let shown = try place.shell("\(times); cat $M/old >/dev/null; \(times)")
    #expect(shown.output == "100 200 4000000000\n100 200 4000000000\n")
    try place.unmount(child)
  }

  @Test func `a file of unknown type fails stat with EIO`() throws {
    var image = Images.hello
    image.addDirent(version: 5, ino: 5, name: "odd", type: 3)
    image.addInode(5, version: 1, mode: 0o030644)
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    var status = stat()
    #expect(lstat(place.path("odd"), &status) == -1 && errno == EIO)
    #expect(try place.shell("ls $M").output == "hello\nodd\n")
    try place.unmount(child)
  }

  @Test func `a name that leads to the root is a loop`() throws {
    var image = Images.hello
    image.addDirent(version: 5, ino: 1, name: "loop", type: 4)
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    var status = stat()
    #expect(lstat(place.path("loop"), &status) == -1 && errno == ELOOP)
    #expect(try place.shell("cat $M/hello").output == "hello, flash\n")
    try place.unmount(child)
  }

  @Test func `a symbolic link of 1000 bytes is served`() throws {
    var image = ImageBuilder()
    image.addLink("long", ino: 2, to: String(repeating: "d/", count: 500))
    let place = try MountPlace(image.bytes)
    let child = try place.mount()
    #expect(
      try place.shell("readlink $M/long").output == String(repeating: "d/", count: 500) + "\n")
    try place.unmount(child)
  }
}
