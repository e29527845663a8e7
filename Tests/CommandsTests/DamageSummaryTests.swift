import Foundation
import TestSupport
import Testing

@Suite struct `Damage that the nodes show` {
  /// A file that lost its second node, and one that did not.
  private func workspace() throws -> Workspace {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [UInt8](repeating: 1, count: 8192))
    let end = builder.bytes.count
    builder.addFile("b", ino: 3, Array("whole".utf8))
    for offset in end - 4096 - 68..<end { builder.replaceByte(at: offset, with: 0xFF) }
    let workspace = try Workspace()
    _ = try workspace.write(builder)
    return workspace
  }

  private static let line =
    "jffs2: image: DAMAGED: /a: bytes 4096 to 8192: lost: no node contains these bytes\n"

  private static let calls: [(command: String, status: Int32)] = [
    ("ls image", 0), ("info image", 0), ("nodes image", 0), ("map image", 0),
    ("cat image /b", 0), ("unwrap -o bare image", 0), ("verify -q image", 1),
    ("cat image /a", 1), ("extract -C out image", 1), ("extract -C out image a", 1),
    ("extract -C out image b", 0), ("export -o a.tar image", 1),
    ("extract --damaged zero -C out image", 0), ("export --damaged zero -o a.tar image", 0),
  ]

  @Test(arguments: calls)
  func `gives one line from every command, and 1 where it affects the output`(
    _ call: (command: String, status: Int32)
  ) throws {
    let result = try workspace().jffs2(
      call.command.split(separator: " ").map(String.init))
    #expect(result.error.hasPrefix(Self.line), "\(result.error)")
    #expect(result.status == call.status, "\(result.error)")
  }

  @Test func `around a file system is in the report about it`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    builder.padWithErased(toMultipleOf: 0x10000)
    var dump = builder.bytes.prefix(0x1000).enumerated().map { index, byte in
      (index % 16 == 0 ? String(format: "%08x:", index) : "") + String(format: " %02x", byte)
        + (index % 16 == 15 ? "\n" : "")
    }
    dump.removeSubrange(0x800..<0x810)
    _ = try workspace.write(Array(dump.joined().utf8), "dump.txt")
    let report = try workspace.jffs2("info", "dump.txt").output
    #expect(report.contains("damage        bytes are missing from the dump"), "\(report)")
    #expect(!report.contains("no damage"))
  }

  @Test func `of the root directory makes each listing incomplete`() throws {
    var builder = ImageBuilder()
    builder.addDirectory("folder", ino: 2)
    let end = builder.bytes.count
    builder.addFile("file", ino: 3, Array("whole".utf8), parent: 2)
    let workspace = try Workspace()
    _ = try workspace.write(Array(builder.bytes.dropFirst(end)))
    for arguments in [["ls", "image"], ["ls", "--json", "-R", "image", "/"]] {
      let result = try workspace.jffs2(arguments)
      #expect(result.error.contains("DAMAGED: 1 inode and 1 name without a path to the root"))
      #expect(result.status == 1)
    }
  }

  @Test func `is in what verify and info print`() throws {
    let workspace = try workspace()
    let verified = try workspace.jffs2("verify", "image")
    #expect(verified.error == "" && verified.status == 1)
    #expect(
      verified.output.hasPrefix("/a: bytes 4096 to 8192: lost: no node contains these bytes\n"))
    let info = try workspace.jffs2("info", "image")
    #expect(info.output.contains("damage        /a: bytes 4096 to 8192: lost: no node"))
  }
}
