import Foundation
import TestSupport
import Testing

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A warm mount` {
  /// The operations that libfuse's debug lines name, as `unique: 4, opcode: LOOKUP (1), …`.
  private static func requests(_ text: Substring) -> [String] {
    text.split(separator: "\n").filter { $0.contains("unique: ") }.compactMap { line in
      guard let start = line.range(of: "opcode: ") else { return nil }
      return line[start.upperBound...].split(separator: " ").first.map(String.init)
    }
  }

  /// The requests that the kernel does not cache; find(1) sends statfs.
  private static let uncached: Set<String> = ["GETXATTR", "LISTXATTR", "STATFS"]
  private static let look = "find $M -ls && cat $M/app/ipcam $M/etc/camera.conf && ls -lR $M"

  @Test func `answers the same questions again from the kernel's caches`() throws {
    let place = try MountPlace(Images.camera.bytes)
    let child = try place.mount(flags: ["-d"])
    let first = try place.shell(Self.look + "; stat $M/missing")
    let cold = child.settledError
    let coldRequests = Set(Self.requests(cold[...]))
    #expect(coldRequests.isSuperset(of: ["READ", "READDIRPLUS", "READLINK"]), "\(coldRequests)")

    let second = try place.shell(Self.look + "; stat $M/missing")
    #expect(second.output == first.output)
    #expect(second.error == first.error)
    let warm = Self.requests(child.settledError.dropFirst(cold.count))
    #expect(warm.filter { !Self.uncached.contains($0) } == [])
    try place.unmount(child)
  }

  @Test func `is asked one thing by a second find`() throws {
    let place = try MountPlace(Images.camera.bytes)
    let child = try place.mount(flags: ["-d"])
    _ = try place.shell("find $M -ls; find $M -ls")
    let cold = child.settledError
    _ = try place.shell("find $M -ls")
    // find(1) asks each file system for its type, an answer that the kernel fetches again each time.
    #expect(Self.requests(child.settledError.dropFirst(cold.count)) == ["STATFS"])
    try place.unmount(child)
  }

  @Test func `opens nothing through the program`() throws {
    let place = try MountPlace(Images.camera.bytes)
    let child = try place.mount(flags: ["-d"])
    _ = try place.shell(Self.look)
    let requests = Self.requests(child.settledError[...])
    // The kernel asks once, learns that further requests are not needed, and stops.
    #expect(requests.count { $0 == "OPEN" } <= 1)
    #expect(requests.count { $0 == "OPENDIR" } <= 1)
    #expect(requests.count { $0 == "FLUSH" } <= 1)
    #expect(!requests.contains("RELEASE") && !requests.contains("RELEASEDIR"))
    try place.unmount(child)
  }

  @Test func `asks for attributes of an image without any once`() throws {
    let place = try MountPlace(Images.camera.bytes)
    let child = try place.mount(flags: ["-d"])
    _ = try place.shell("ls -lR $M; ls -lR $M; getfattr -n user.a $M/empty $M/app/ipcam")
    #expect(Self.requests(child.settledError[...]).count { $0 == "GETXATTR" } <= 1)
    try place.unmount(child)
  }
}
