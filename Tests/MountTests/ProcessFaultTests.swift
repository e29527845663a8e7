import Foundation
import Glibc
import Sandbox
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A process of the mount` {
  private static let data = Images.noise(8 << 20)

  private func bigFile(user: User = .current) throws -> MountPlace {
    var image = ImageBuilder()
    image.addFile("big", ino: 2, Self.data)
    return try MountPlace(image.bytes, user: user)
  }

  /// The results of concurrent readers of the whole file: bytes, or an errno for each.
  private func readers(
    _ count: Int, of place: MountPlace, meanwhile: () throws -> Void
  ) throws -> [Int32] {
    let child = try place.start([
      "bash", "-c",
      """
      for i in {1..\(count)}; do (exec 3<$M/big; echo open; cat <&3 | cmp -s - $D/data; echo $?) & done
      wait
      """,
    ])
    #expect(eventually { child.output.split(separator: "\n").count { $0 == "open" } == count })
    try meanwhile()
    let result = try child.wait()
    return result.output.split(separator: "\n").compactMap { Int32($0) }
  }

  @Test(arguments: User.available)
  func `that serves is killed: readers get an error, no dead mount stays`(user: User) throws {
    let place = try bigFile(user: user)
    let child = try place.mount()
    let worker = try #require(place.processes.first { $0 != child.id })
    let file = open(place.path("big"), O_RDONLY | O_CLOEXEC)
    kill(worker, SIGKILL)
    #expect(try child.wait(seconds: 10).status == 2)
    #expect(child.error.contains("signal 9"))
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
    var byte: UInt8 = 0
    if file >= 0 {
      #expect(pread(file, &byte, 1, 1 << 20) == -1)
      #expect(errno == ENOTCONN || errno == ECONNABORTED)
      close(file)
    }
  }

  /// Without memory the process ends, or an answer is an error; what is answered is right.
  @Test(.enabled(if: SandboxPolicy.isSupported, "a sanitizer needs memory of its own"))
  func `that serves gets no more memory: an error, or the right bytes`() throws {
    let place = try bigFile()
    try Data(Self.data).write(to: URL(filePath: place.folder + "/data"))
    let child = try place.mount()
    let worker = try #require(place.processes.first { $0 != child.id })
    #expect(try place.shell("prlimit --pid \(worker) --data=1").status == 0)
    let read = try place.shell("cmp $M/big $D/data")
    #expect(read.status == 0 || !read.error.contains("differ"), "\(read.error)")
    child.signal(SIGTERM)
    let end = try child.wait(seconds: 20)
    #expect(end.status == 0 || end.error.contains("unmounted"), "\(end.error)")
    #expect(place.mounts.isEmpty && place.processes.isEmpty)
  }

  @Test(arguments: User.available)
  func `that supervises is killed: the mount is served until it is unmounted`(user: User) throws {
    let place = try bigFile(user: user)
    let child = try place.mount()
    child.signal(SIGKILL)
    #expect(child.waitStatus(seconds: 5) == -SIGKILL)
    #expect(place.mounts.count == 1 && place.processes.count == 1)
    #expect(try place.shell("cat $M/big | wc -c").output == "\(Self.data.count)\n")
    #expect(try place.shell("fusermount3 -u $M").status == 0)
    #expect(place.mounts.isEmpty)
    #expect(eventually { place.processes.isEmpty })
  }

  @Test(arguments: User.available)
  func `is killed, and the other one: --unmount clears it away`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.mount()
    child.kill()
    #expect(eventually { place.processes.isEmpty })
    #expect(place.mounts.count == 1)
    // A start with the same firmware would clear it: see StaleMountTests. It is not for another to touch.
    let refused = try place.shell("cp $F $D/other && $P $D/other $M")
    #expect(refused.status == 32)
    #expect(refused.error.contains("clear it with: jffs2fuse --unmount \(place.mountpoint)"))
    #expect(place.mounts.count == 1)
    #expect(try place.run(["--unmount", place.mountpoint]).status == 0)
    #expect(place.mounts.isEmpty)
  }

  @Test(arguments: ["the one that serves", "both"])
  func `is stopped and continues: readers wait, and lose nothing`(which: String) throws {
    let place = try bigFile()
    try Data(Self.data).write(to: URL(filePath: place.folder + "/data"))
    let child = try place.mount()
    let stopped = place.processes.filter { which == "both" || $0 != child.id }
    for process in stopped { kill(process, SIGSTOP) }
    let reader = try place.start(["cmp", place.path("big"), place.folder + "/data"])
    #expect(reader.waitStatus(seconds: 0.5) == nil)
    for process in stopped { kill(process, SIGCONT) }
    #expect(try reader.wait().status == 0)
    try place.unmount(child)
  }

  @Test func `is told to end amid 64 readers: all of them finish`() throws {
    let place = try bigFile()
    try Data(Self.data).write(to: URL(filePath: place.folder + "/data"))
    let child = try place.mount()
    let ends = try readers(64, of: place) {
      child.signal(SIGTERM)
      #expect(eventually { place.mounts.isEmpty })
    }
    #expect(ends == [Int32](repeating: 0, count: 64))
    #expect(try child.wait().status == 0)
    #expect(place.processes.isEmpty)
  }

  @Test func `is killed amid 64 readers: none of them hangs`() throws {
    let place = try bigFile()
    try Data(Self.data).write(to: URL(filePath: place.folder + "/data"))
    let child = try place.mount()
    let worker = try #require(place.processes.first { $0 != child.id })
    let ends = try readers(64, of: place) { kill(worker, SIGKILL) }
    #expect(ends.count == 64)
    #expect(try child.wait(seconds: 10).status == 2)
    #expect(place.mounts.isEmpty && eventually { place.processes.isEmpty })
  }
}
