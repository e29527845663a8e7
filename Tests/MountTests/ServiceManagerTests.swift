import Glibc
import TestSupport
import Testing

/// A socket such as a service manager listens on.
private final class NotifySocket {
  /// As NOTIFY_SOCKET names it.
  let address: String
  private let descriptor: Int32

  /// - Parameter address: a path, or a name in the abstract namespace with `@` in front.
  init(_ address: String) throws {
    self.address = address
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(address.utf8)
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let bound = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    try #require(bound == 0)
    if !address.hasPrefix("@") { chmod(address, 0o666) }
  }

  deinit { close(descriptor) }

  /// The messages since the last call, each the text of one datagram.
  var messages: [String] {
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return messages }
      messages.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }
}

@Suite(.needsFUSE, .timeLimit(.minutes(2)))
struct `A service manager` {
  @Test(arguments: User.available, [false, true])
  func `is notified of the mount when it is ready, and of the end`(
    user: User, isAbstract: Bool
  ) throws {
    let place = try MountPlace(Images.hello.bytes, user: user)
    let path = "\(place.folder)/notify"
    let manager = try NotifySocket(isAbstract ? "@" + path : path)
    let child = try place.start(
      [place.program, place.firmware, place.mountpoint, "-f"],
      environment: ["NOTIFY_SOCKET": manager.address])
    var messages: [String] = []
    #expect(
      eventually {
        messages += manager.messages
        return messages.contains { $0.hasPrefix("READY=1\n") }
      }, "\(child.error)")
    // Ready means readable.
    #expect(try place.shell("cat $M/hello").output == "hello, flash\n")
    try #require(messages.count == 2)
    #expect(messages[0] == "STATUS=Reading \(place.firmware)\n")
    #expect(messages[1].hasPrefix("READY=1\nSTATUS=\(place.firmware): JFFS2, little-endian"))
    #expect(messages[1].hasSuffix("; mounted at \(place.mountpoint)\n"))
    try place.unmount(child)
    #expect(manager.messages.first == "STOPPING=1\nSTATUS=Unmounting \(place.mountpoint)\n")
  }

  @Test func `is notified of the reason without a mount, and never of readiness`() throws {
    let place = try MountPlace(Images.noise(100_000), name: "new\nline")
    let manager = try NotifySocket("\(place.folder)/notify")
    let result = try place.run(
      ["-f", place.firmware, place.mountpoint], environment: ["NOTIFY_SOCKET": manager.address])
    #expect(result.status == 3)
    let messages = manager.messages
    #expect(messages.count == 2)
    #expect(messages.last?.contains("new\\nline: no JFFS2") == true)
    #expect(messages.allSatisfy { $0.hasPrefix("STATUS=") && $0.split(separator: "\n").count == 1 })
  }

  @Test func `hears nothing from a daemon, which it does not wait for`() throws {
    let place = try MountPlace(Images.hello.bytes)
    let manager = try NotifySocket("\(place.folder)/notify")
    let result = try place.shell(
      "$P $F $M && $P --unmount $M", environment: ["NOTIFY_SOCKET": manager.address])
    #expect(result.status == 0)
    #expect(manager.messages.isEmpty)
  }

  @Test(arguments: ["", "relative", "/missing/socket", "/" + String(repeating: "x", count: 200)])
  func `that cannot be reached does not cause a failure`(address: String) throws {
    let place = try MountPlace(Images.hello.bytes)
    let child = try place.start(
      [place.program, place.firmware, place.mountpoint, "-f"],
      environment: ["NOTIFY_SOCKET": address])
    #expect(eventually { child.error.contains("; mounted at") }, "\(child.error)")
    try place.unmount(child)
  }
}
