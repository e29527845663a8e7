import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `The daemon` {
  private static let ways = User.available.flatMap { user in
    ["yes", "no"].map { (user: user, sandbox: $0) }
  }

  @Test(arguments: ways)
  func `keeps no lock of its caller`(user: User, sandbox: String) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let result = try place.shell(
      """
      exec 9>$D/lock; flock 9; $P $F $M -o sandbox=\(sandbox) || exit
      exec 9>&-; flock -n $D/lock cat $M/hello; $P --unmount $M
      """)
    #expect(result.output == "hello, flash\n", "\(result.error)")
    #expect(result.status == 0)
  }

  @Test(arguments: ways)
  func `lets its caller come to the end of a pipe`(user: User, sandbox: String) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.start([
      "bash", "-c", "{ $P $F $M -o sandbox=\(sandbox) 8>&1 >/dev/null; } | cat",
    ])
    #expect(child.waitStatus(seconds: 10) == 0)
    #expect(try place.shell("cat $M/hello && $P --unmount $M").output == "hello, flash\n")
  }

  @Test func `has nothing open but what it needs`() throws {
    let place = try MountPlace(Images.hello.bytes)
    #expect(
      try place.shell("exec 9</etc/passwd 77<$D; $P $F $M -o notify_fd=8 8>$D/ready").status == 0)
    // The first is the supervisor; of the other its own user may not examine what it has open.
    let folder = "/proc/\(try #require(place.processes.min()))/fd"
    let open = try FileManager.default.contentsOfDirectory(atPath: folder).map { number in
      try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(number)")
    }
    let known = ["socket:", "anon_inode:[signalfd]", "/dev/null", place.firmware]
    #expect(open.filter { file in !known.contains { file.hasPrefix($0) } }.isEmpty)
    #expect(try place.shell("cat $D/ready; $P --unmount $M").output == "READY=1\n")
  }
}
