import Foundation
import Glibc
import Sandbox
import TestSupport
import Testing

@Suite(
  .needsFUSE, .enabled(if: SandboxPolicy.isSupported, "built with a sanitizer or for coverage"),
  .timeLimit(.minutes(2)))
struct `The process that serves` {
  /// The lines of /proc/PID/status that show what a process may do.
  private func rights(of process: pid_t) throws -> [String] {
    try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
      .split(separator: "\n").map(String.init)
      .filter { line in
        ["NoNewPrivs:", "Seccomp:", "CapPrm:", "CapEff:"].contains { line.hasPrefix($0) }
      }
  }

  private static let confined = [
    "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2",
  ]

  @Test(arguments: User.available)
  func `is confined, the one that supervises is not`(user: User) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let child = try place.mount()
    let worker = try #require(place.processes.first { $0 != child.id })
    #expect(try rights(of: worker) == Self.confined)
    #expect(try rights(of: child.id) != Self.confined)
    #expect(!child.error.contains("reduced protection"))
    try place.unmount(child)
  }

  /// The reading process has no access to inherited resources.
  @Test(.needsRoot) func `has nothing open but what it needs`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.start([
      "bash", "-c", "exec 9</etc/passwd 77<$D; exec $P $F $M -f",
    ])
    #expect(eventually { child.error.contains("; mounted at") })
    let worker = try #require(place.processes.first { $0 != child.id })
    let folder = "/proc/\(worker)/fd"
    let open = Set(
      try FileManager.default.contentsOfDirectory(atPath: folder).map { number in
        let target = try FileManager.default.destinationOfSymbolicLink(
          atPath: "\(folder)/\(number)")
        return target.hasPrefix("socket:") ? "channel" : target.contains("/#") ? "nameless" : target
      })
    #expect(open == ["/dev/null", place.firmware, "/dev/fuse", "channel", "nameless"])
    try place.unmount(child)
  }

  /// As older kernels answer, and containers.
  @Test(.needsRoot, arguments: [ENOSYS, EPERM])
  func `serves where there is neither Landlock nor seccomp, and tells`(error: Int32) throws {
    let place = try MountPlace(Images.hello.bytes)
    let fixture = try ChildProcess.builtProgram("sandbox-fixture")
    let child = try place.start(["bash", "-c", "exec \(fixture) without \(error) $P $F $M -f"])
    #expect(eventually { child.error.contains("; mounted at") })
    let reason = String(cString: strerror(error))
    #expect(child.error.contains("reduced protection: no Landlock: \(reason)\n"), "\(child.error)")
    #expect(child.error.contains("reduced protection: no seccomp: \(reason)\n"))
    #expect(try place.shell("cat $M/hello").output == "hello, flash\n")
    try place.unmount(child)
  }

  @Test(.needsRoot) func `is confined as well where mount.fuse3 has mounted for it`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let mounted = try place.shell("mount.fuse3 $P#$F $M -o drop_privileges,allow_other")
    #expect(mounted.status == 0, "\(mounted.error)")
    let process = try #require(place.processes.first)
    #expect(try rights(of: process) == Self.confined)
    #expect(try place.shell("cat $M/hello && umount $M").output == "hello, flash\n")
    #expect(eventually { place.mounts.isEmpty && place.processes.isEmpty })
  }

  @Test(arguments: ["yes", "no"])
  func `reads what is packed in several layers`(sandbox: String) throws {
    let place = try MountPlace(Images.uImage(Images.hello.bytes))
    let pack = """
      gzip -k $F && tar -cf $D/a.tar -C $D firmware.gz && xz $D/a.tar &&
      $P $D/a.tar.xz $M -o sandbox=\(sandbox) && cat $M/hello && $P --unmount $M
      """
    let result = try place.shell(pack)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output == "hello, flash\n")
  }
}
