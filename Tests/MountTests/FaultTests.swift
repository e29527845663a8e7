import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `The firmware, while mounted,` {
  private static let data = Images.noise(512 << 10)

  /// Two files with the same data, `first` and `last`, about half a mebibyte each.
  private static var image: [UInt8] {
    var image = ImageBuilder()
    image.addFile("first", ino: 2, data)
    image.addFile("last", ino: 3, data)
    return image.bytes
  }

  /// Cuts the firmware in the middle of `last`.
  private static let cut = 800 << 10

  private enum Seen: Equatable {
    case right, wrong
    case error(Int32)
  }

  /// The result of reading a page of a file.
  private func read(_ name: String, in place: MountPlace, at offset: Int = 0) -> Seen {
    let file = open(place.path(name), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return .error(errno) }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    guard pread(file, &buffer, 4096, off_t(offset)) >= 0 else { return .error(errno) }
    return buffer.elementsEqual(Self.data[offset..<offset + 4096]) ? .right : .wrong
  }

  @Test func `is truncated: missing data is an I/O error, the rest can be read`() throws {
    let place = try MountPlace(Self.image)
    let child = try place.mount()
    #expect(truncate(place.firmware, off_t(Self.cut)) == 0)
    #expect(read("last", in: place) == .error(EIO))
    #expect(read("first", in: place) == .right)
    #expect(try place.shell("ls $M").output == "first\nlast\n")
    try place.unmount(child)
    #expect(child.error.contains(place.firmware))
  }

  @Test func `is overwritten: nothing of the new bytes is shown`() throws {
    let place = try MountPlace(Self.image)
    let child = try place.mount()
    let file = open(place.firmware, O_WRONLY | O_CLOEXEC)
    let garbage = Images.noise(100_000, seed: 2)
    #expect(pwrite(file, garbage, garbage.count, 100_000) == garbage.count)
    close(file)
    #expect(read("first", in: place, at: 160 << 10) == .error(EIO))
    #expect(read("first", in: place) == .right)
    #expect(read("last", in: place) == .right)
    try place.unmount(child)
    #expect(child.error.contains("/first: "))
  }

  @Test func `is deleted: nothing changes`() throws {
    let place = try MountPlace(Self.image)
    let child = try place.mount()
    #expect(unlink(place.firmware) == 0)
    #expect(read("first", in: place) == .right)
    #expect(read("last", in: place, at: 256 << 10) == .right)
    try place.unmount(child)
  }

  /// A loop device whose file is truncated fails as a disk does.
  @Test(.needsRoot) func `is on a device that fails: an I/O error, the rest can be read`() throws {
    let place = try MountPlace(Self.image)
    let device = try place.shell("losetup -f --show $F").output.dropLast()
    try #require(device.hasPrefix("/dev/loop"))
    defer { _ = try? place.shell("losetup -d \(device)") }
    let child = try place.start([place.program, String(device), place.mountpoint, "-f"])
    #expect(eventually { child.error.contains("; mounted at") })
    #expect(truncate(place.firmware, off_t(Self.cut)) == 0)
    #expect(try place.shell("blockdev --flushbufs \(device)").status == 0)
    #expect(read("last", in: place) == .error(EIO))
    #expect(read("first", in: place) == .right)
    child.signal(SIGTERM)
    #expect(try child.wait().status == 0)
    #expect(child.error.contains("Input/output error"))
    // The device fails from the start now.
    let again = try place.run([String(device), place.mountpoint])
    #expect(again.status == 2)
    #expect(again.error.contains("\(device): cannot read at"), "\(again.error)")
    #expect(place.mounts.isEmpty && eventually { place.processes.isEmpty })
  }
}

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `The system, while mounting,` {
  private static let compressed = """
    dd if=/dev/urandom bs=1M count=4 status=none | cat $F - | gzip -1 >$D/fw.gz;
    """

  @Test(.needsRoot) func `without space to unpack, the error suggests a fix`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let small = "mkdir $D/tmp; mount -t tmpfs -o size=1M none $D/tmp; "
    defer { _ = try? place.shell("umount $D/tmp") }
    let result = try place.shell(
      Self.compressed + small + "TMPDIR=$D/tmp $P $D/fw.gz $M")
    #expect(result.status == 2)
    #expect(result.error.contains("no space to unpack: No space left on device; set TMPDIR"))
    #expect(place.mounts.allSatisfy { $0.mountpoint.hasSuffix("/tmp") })
    #expect(
      try place.shell("ls -A $D/tmp; df --output=used $D/tmp | tail -n 1 | tr -d ' '").output
        == "0\n")
    // The same with room.
    #expect(try place.shell("TMPDIR=/tmp $P $D/fw.gz $M && $P --unmount $M").status == 0)
  }

  /// As when a package is half removed: an ordinary user cannot mount, and is reported.
  @Test(.needsRoot) func `has no fusermount3: an error that names it`() throws {
    let place = try MountPlace(Images.hello.bytes, user: .nobody)
    let hide = "mount --bind /dev/null $(command -v fusermount3)"
    let user = "setpriv --reuid=65534 --regid=65534 --clear-groups"
    let names = "P=\(place.program) F=\(place.firmware) M=\(place.mountpoint)"
    let result = try ChildProcess(
      ["bash", "-c", "\(names); exec unshare -m sh -c \"\(hide); exec \(user) $P $F $M\""]
    ).wait()
    #expect(result.status == 32, "\(result.error)")
    #expect(result.error.contains("fusermount3"), "\(result.error)")
    #expect(place.mounts.isEmpty && eventually { place.processes.isEmpty })
  }

  /// Someone outside the mount's namespace can remove the directory; the kernel then lets go of the mount.
  @Test(.needsRoot) func `loses the mountpoint: the mount ends, and the program with it`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.mount()
    #expect(try place.shell("unshare -m sh -c 'umount $M && rmdir $M'").status == 0)
    #expect(try child.wait(seconds: 10).status == 0, "\(child.error)")
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }
}
