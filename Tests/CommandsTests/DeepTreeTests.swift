import TestSupport
import Testing

/// 100,000 directories nested: all paths together would have 10 billion bytes.
@Suite struct `A tree deeper than any path` {
  private func deepImage(_ workspace: Workspace) throws -> String {
    var builder = ImageBuilder()
    let last = UInt32(100_001)
    for ino in 2...last { builder.addDirectory("d", ino: ino, parent: ino - 1) }
    builder.addFile(
      "f", ino: last + 1, [UInt8](repeating: 1, count: 100), parent: last, damaged: [0])
    return try workspace.write(builder)
  }

  private static let tooLong = "d: skipped with its contents: the path is too long\n"

  @Test(arguments: ["ls -R", "ls -R --json", "export -o a.tar", "export -o a.cpio"])
  func `is shown up to the path limit, and the rest is reported`(command: String) throws {
    let workspace = try Workspace()
    let image = try deepImage(workspace)
    let result = try workspace.jffs2(command.split(separator: " ").map(String.init) + [image])
    #expect(result.status == 1)
    #expect(result.error.hasSuffix(Self.tooLong))
    #expect(result.output.utf8.count < 20 << 20)
  }

  @Test func `is checked to its end, with the end of the path`() throws {
    let workspace = try Workspace()
    let image = try deepImage(workspace)
    let result = try workspace.jffs2("verify", image)
    #expect(result.status == 1)
    #expect(result.output.contains("…/d/d/"))
    #expect(result.output.contains("/d/f"))
    #expect(
      try workspace.jffs2("info", "--json", image).output.contains("\"directories\" : 100001"))
  }

  @Test func `can be gone into by parts of a path`() throws {
    let workspace = try Workspace()
    let image = try deepImage(workspace)
    let path = String(repeating: "d/", count: 3000)
    #expect(try workspace.jffs2("ls", image, path).output == "d\n")
  }
}
