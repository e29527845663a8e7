import Foundation
import Glibc
import TestSupport
import Testing

/// Images that want to write elsewhere, or never to end.
@Suite struct `jffs2 extract of hostile images` {
  /// Extracts beside a canary that must stay alone and as it was.
  private func extract(
    _ builder: ImageBuilder, _ arguments: String..., seconds: Double = 60,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (result: ChildProcess.Result, workspace: Workspace, names: [String]) {
    let workspace = try Workspace()
    let image = try workspace.write(builder)
    let canary = workspace.folder.appending(path: "canary")
    try FileManager.default.createDirectory(at: canary, withIntermediateDirectories: true)
    _ = try workspace.write(Array("alive".utf8), "canary/file")
    var before = stat()
    lstat(canary.path, &before)
    let result = try ChildProcess(
      [try Workspace.program(), "extract", "-C", "out"] + arguments + [image],
      in: workspace.folder.path
    ).wait(seconds: seconds)
    var after = stat()
    lstat(canary.path, &after)
    #expect(after.st_mode == before.st_mode, sourceLocation: sourceLocation)
    #expect(after.st_mtim.tv_sec == before.st_mtim.tv_sec, sourceLocation: sourceLocation)
    let manager = FileManager.default
    #expect(try manager.contentsOfDirectory(atPath: canary.path) == ["file"])
    #expect(
      try String(contentsOf: canary.appending(path: "file"), encoding: .utf8) == "alive",
      sourceLocation: sourceLocation)
    #expect(
      try Set(manager.contentsOfDirectory(atPath: workspace.folder.path))
        == ["canary", "image", "out"], sourceLocation: sourceLocation)
    let names = try manager.contentsOfDirectory(
      atPath: workspace.folder.appending(path: "out").path)
    return (result, workspace, names.sorted())
  }

  /// The names of CVE-2023-0592 among them, by which jefferson wrote outside its target.
  @Test(arguments: ["..", ".", "", "../canary/file", "/tmp/file", "a/b", "canary\u{0}x"])
  func `an impossible name is never made`(name: String) throws {
    var builder = ImageBuilder()
    builder.addFile(name, ino: 2, Array("dead".utf8))
    builder.addDirectory(name, ino: 3)
    builder.addFile("file", ino: 4, Array("dead".utf8), parent: 3)
    builder.addFile("good", ino: 5, [1])
    let (result, _, names) = try extract(builder)
    // The node of a name with a zero byte is damaged.
    #expect(result.status == (name.utf8.contains(0) ? 1 : 0))
    #expect(names == ["good"])
  }

  @Test func `a file is not written through a link of the same name`() throws {
    for order in [[2, 3], [3, 2]] {
      var builder = ImageBuilder()
      for ino in order {
        if ino == 2 {
          builder.addLink("x", ino: 2, to: "../canary/file")
        } else {
          builder.addFile("x", ino: 3, Array("dead".utf8))
        }
      }
      let (result, _, names) = try extract(builder, "--force")
      #expect(names == ["x"])
      #expect(result.status == 0)
    }
  }

  @Test func `a directory is not reached through a link of the same name`() throws {
    for linkVersion in [UInt32(1), 9] {
      var builder = ImageBuilder()
      builder.addDirent(version: linkVersion, ino: 2, name: "d", type: 10)
      builder.addInode(2, version: 1, mode: 0o120_777, payload: Array("../canary".utf8))
      builder.addDirent(version: 5, ino: 3, name: "d", type: 4)
      builder.addInode(3, version: 1, mode: 0o040_755)
      builder.addFile("file", ino: 4, Array("dead".utf8), parent: 3)
      let (_, _, names) = try extract(builder, "--force")
      #expect(names == ["d"])
    }
  }

  @Test func `a link that has names in it stays a link`() throws {
    var builder = ImageBuilder()
    builder.addLink("d", ino: 2, to: "../canary")
    builder.addFile("file", ino: 3, Array("dead".utf8), parent: 2)
    // As one file system: without a table they are two.
    let (result, _, names) = try extract(builder, "--mtdparts", "flash:-(all)")
    #expect(names == ["d"])
    #expect(result.status == 1 && result.error.contains("is in inode 2, which is not a directory"))
  }

  @Test func `a second extraction does not follow the links of the first`() throws {
    var first = ImageBuilder()
    first.addLink("d", ino: 2, to: "../canary")
    first.addLink("f", ino: 3, to: "../canary/file")
    first.addLink("new", ino: 4, to: "../canary/new")
    let (_, workspace, _) = try extract(first)
    var second = ImageBuilder()
    second.addDirectory("d", ino: 2, mode: 0o777)
    second.addFile("file", ino: 3, Array("dead".utf8), parent: 2)
    second.addFile("f", ino: 4, Array("dead".utf8))
    second.addFile("new", ino: 5, Array("dead".utf8))
    let image = try workspace.write(second, "image2")
    for arguments in [[], ["--force"]] {
      let result = try workspace.jffs2(["extract", "-C", "out", image] + arguments)
      #expect(result.status == (arguments.isEmpty ? 1 : 0))
      let canary = workspace.folder.appending(path: "canary")
      #expect(try FileManager.default.contentsOfDirectory(atPath: canary.path) == ["file"])
      #expect(try String(contentsOf: canary.appending(path: "file"), encoding: .utf8) == "alive")
    }
  }

  @Test func `a loop of directories ends and is reported`() throws {
    var builder = ImageBuilder()
    builder.addDirectory("a", ino: 2)
    builder.addDirectory("b", ino: 3, parent: 2)
    builder.addDirent(parent: 3, version: 9, ino: 2, name: "loop", type: 4)
    builder.addDirent(parent: 3, version: 10, ino: 1, name: "root", type: 4)
    let (result, _, names) = try extract(builder)
    #expect(names == ["a"])
    #expect(result.status == 1)
    #expect(result.error.contains("a/b/loop: another name of a directory; skipped"))
    #expect(result.error.contains("a/b/root: another name of a directory; skipped"))
  }

  /// In memory, since a disk takes minutes to remove such a tree.
  @Test(.enabled(if: access("/dev/shm", W_OK) == 0, "no /dev/shm"))
  func `of 100,000 levels those that have a path are extracted, with few descriptors`() throws {
    var builder = ImageBuilder()
    let last = UInt32(100_001)
    for ino in 2...last { builder.addDirectory("d", ino: ino, parent: ino - 1) }
    builder.addFile("f", ino: last + 1, [1], parent: 2048)
    builder.addDirent(parent: 1000, version: 9, ino: last + 1, name: "second")
    builder.addLink("l", ino: last + 2, to: "f", parent: 2048)
    let workspace = try Workspace()
    let image = try workspace.write(builder)
    let target = "/dev/shm/" + workspace.folder.lastPathComponent
    defer { _ = try? ChildProcess(["rm", "-rf", target]).wait(seconds: 60) }
    let result = try ChildProcess(
      ["prlimit", "--nofile=100", Workspace.program(), "extract", "--json", "-C", target, image]
    ).wait(seconds: 120)
    #expect(result.status == 1)
    #expect(result.error.hasSuffix("d: skipped with its contents: the path is too long\n"))
    #expect(result.error.utf8.count < 4500)
    #expect(result.output.contains("\"directories\" : 2048"))
    #expect(result.output.contains("\"symbolic_links\" : 1"))
    #expect(result.output.contains("\"hard_links\" : 1"))
  }

  @Test func `a link's target that is too long or empty is reported`() throws {
    var builder = ImageBuilder()
    builder.addLink("long", ino: 2, to: String(repeating: "a", count: 5000))
    builder.addDirent(version: 3, ino: 3, name: "empty", type: 10)
    builder.addInode(3, version: 1, mode: 0o120_777, payload: [0])
    builder.addFile("good", ino: 4, [1])
    let (result, _, names) = try extract(builder)
    #expect(names == ["good"])
    #expect(result.status == 1)
    #expect(result.error.contains("long: File name too long"))
    #expect(result.error.contains("empty: an empty symbolic link"))
  }
}
