import Glibc
import TestSupport
import Testing

/// A loop device over a test's firmware, detached at the end.
private final class LoopDevice {
  let path: String
  /// A second node for the device, which the test's user owns.
  let node: String

  init(_ place: MountPlace) throws {
    let attached = try ChildProcess(["losetup", "--find", "--show", "-r", place.firmware]).wait()
    try #require(attached.status == 0, "\(attached.error)")
    path = attached.output.split(separator: "\n").first.map(String.init) ?? ""
    node = "\(place.folder)/device"
    let made = try ChildProcess(
      [
        "sh", "-c",
        "mknod -m 400 \(node) b $(stat -c '0x%t 0x%T' \(path)) && chown \(place.user.id) \(node)",
      ]
    ).wait()
    try #require(made.status == 0, "\(made.error)")
  }

  deinit { _ = try? ChildProcess(["losetup", "-d", path]).wait() }

  /// Whether this run may attach loop devices: in most containers it may not.
  static let works: Bool = {
    guard geteuid() == 0, let place = try? MountPlace([UInt8](repeating: 0, count: 4096)) else {
      return false
    }
    return (try? LoopDevice(place)) != nil
  }()
}

@Suite(
  .needsFUSE, .enabled(if: LoopDevice.works, "needs root and losetup"), .timeLimit(.minutes(2)))
struct `A block device as firmware` {
  @Test(arguments: User.available)
  func `is mounted like a file`(user: User) throws {
    var image = Images.camera
    image.padWithErased(toMultipleOf: 65536)
    let place = try MountPlace(image.bytes, user: user)
    let device = try LoopDevice(place)
    let mounted = try place.run([device.node, place.mountpoint])
    try #require(mounted.status == 0, "\(mounted.error)")
    #expect(try place.shell("cat $M/etc/camera.conf").output == "SENSOR=example-1\n")
    #expect(place.mounts.first?.line.contains(" \(device.node) ro") == true)
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }

  @Test(arguments: User.available)
  func `may be a whole flash memory`(user: User) throws {
    let place = try MountPlace(FlashDump.bytes(table: FlashDump.table), user: user)
    let device = try LoopDevice(place)
    let mounted = try place.run([device.node, place.mountpoint])
    try #require(mounted.status == 0, "\(mounted.error)")
    #expect(try place.shell("cat $M/*/link").output == "app\nconfig\ndata\n")
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }

  @Test func `that its user may not read is refused`() throws {
    let place = try MountPlace(
      Images.hello.bytes + [UInt8](repeating: 0xFF, count: 4096), user: .nobody)
    let device = try LoopDevice(place)
    #expect(chown(device.node, 0, 0) == 0)
    let result = try place.run([device.node, place.mountpoint])
    #expect(result.status == 2)
    #expect(result.error.contains("\(device.node): cannot open: Permission denied; ask its owner"))
  }

  @Test func `without JFFS2 shows its contents`() throws {
    let place = try MountPlace(Images.squashFS(65536))
    let device = try LoopDevice(place)
    let result = try place.run([device.path, place.mountpoint])
    #expect(result.status == 3)
    #expect(result.error.contains("squashfs at 0x0"))
  }
}
