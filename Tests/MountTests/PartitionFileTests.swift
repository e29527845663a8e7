import Foundation
import Glibc
import TestSupport
import Testing

/// `-o partitions`, through the built program.
@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `Partitions that are not JFFS2` {
  /// A boot loader, one file system, and a part that is in no partition.
  private static func firmware() -> (dump: [UInt8], boot: [UInt8], rest: [UInt8]) {
    var boot = [UInt8](repeating: 0xA5, count: 0x20000)
    boot.replaceSubrange(0x5000..<0x5019, with: Array("U-Boot 2013.07 (Jan 1 13)".utf8))
    var builder = ImageBuilder()
    builder.addFile("file", ino: 2, Array("data\n".utf8))
    builder.padWithErased(toMultipleOf: 0x20000)
    let rest = (0..<300_001).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }
    return (boot + builder.bytes + rest, boot, rest)
  }

  private static let table = "mtdparts=flash:128k(boot),128k(data)"

  @Test(arguments: User.available)
  func `are files beside a directory for the only file system`(user: User) throws {
    let (dump, boot, rest) = Self.firmware()
    let place = try MountPlace(dump, user: user)
    let mounted = try place.run(
      [place.firmware, place.mountpoint, "-o", "partitions", "-o", Self.table])
    try #require(mounted.status == 0, "\(mounted.error)")
    #expect(try place.shell("ls $M").output == "0x40000.bin\nboot.bin\ndata\n")
    #expect(try place.shell("cat $M/data/file").output == "data\n")
    #expect(
      try place.shell("stat -c '%A %s %h' $M/boot.bin").output == "-r--r--r-- \(boot.count) 1\n")
    #expect(try place.shell("cat $M/boot.bin $M/data/file $M/0x40000.bin | wc -c").status == 0)
    for (name, bytes) in [("boot.bin", boot), ("0x40000.bin", rest)] {
      let copy = try place.shell("cat $M/\(name) | sha256sum")
      let direct = try place.shell(
        "dd if=$F bs=1 skip=\(name == "boot.bin" ? 0 : 0x40000) count=\(bytes.count) status=none | sha256sum"
      )
      #expect(copy.output == direct.output && copy.status == 0)
    }
    #expect(try place.shell("ls $M/boot.bin/x").status != 0)
    #expect(try place.shell("tail -c 5 $M/0x40000.bin | wc -c").output == "5\n")
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
  }

  private static let canUseSquashFS = ["mksquashfs", "squashfuse"].allSatisfy {
    (try? ChildProcess(["which", $0]).wait().status) == 0
  }

  @Test(
    .enabled(if: canUseSquashFS, "needs squashfs-tools, squashfuse"), arguments: User.available)
  func `with a squashfs are mounted from there, also where it shares a partition with JFFS2`(
    user: User
  ) throws {
    let place = try MountPlace([], user: user)
    let made = try place.shell(
      "mkdir s n && echo inside >s/file && mksquashfs s q -quiet && truncate -s %128K q && wc -c <q"
    )
    let size = try #require(Int(made.output.split(separator: "\n").last ?? ""), "\(made.error)")
    var builder = ImageBuilder()
    builder.addFile("file", ino: 2, Array("data\n".utf8))
    builder.padWithErased(toMultipleOf: 0x20000)
    try Data(builder.bytes).write(to: URL(filePath: "\(place.folder)/j"))
    for table in [[], ["-o", "mtdparts=flash:\(size)(root),-(data)"]] {
      #expect(try place.shell("cat q j >$F").status == 0)
      let mounted = try place.run([place.firmware, place.mountpoint, "-o", "partitions"] + table)
      try #require(mounted.status == 0, "\(mounted.error)")
      let read = try place.shell(
        "squashfuse $M/*.squashfs n && cat n/file && fusermount3 -u n && cat $M/*/file")
      #expect(read.output == "inside\ndata\n", "\(read.error)")
      #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
    }
  }

  @Test func `alone are not mounted`() throws {
    let place = try MountPlace([UInt8](repeating: 0xA5, count: 0x20000))
    let result = try place.run([place.firmware, place.mountpoint, "-o", "partitions"])
    #expect(result.status == 3)
    #expect(result.error.contains("no JFFS2"))
    #expect(place.mounts.isEmpty)
  }
}
