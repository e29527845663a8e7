import Foundation
import TestSupport
import Testing

@Suite struct `jffs2 unwrap` {
  private func image() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addFile("file", ino: 2, Array("data".utf8))
    return builder
  }

  /// A flash of `blocks` erase blocks of 64 KiB, each with its cleanmarker.
  private func flash(blocks: Int) -> [UInt8] {
    var builder = image()
    for _ in 1..<blocks {
      builder.padWithErased(toMultipleOf: 0x10000)
      builder.addCleanmarker()
    }
    return builder.bytes
  }

  private func written(_ workspace: Workspace, _ name: String = "out") throws -> [UInt8] {
    [UInt8](try Data(contentsOf: workspace.folder.appending(path: name)))
  }

  @Test func `gives the bytes that a uImage holds`() throws {
    let workspace = try Workspace()
    let bare = flash(blocks: 3)
    _ = try workspace.write(bare, "bare")
    let made = try ChildProcess(
      [
        "mkimage", "-A", "arm", "-T", "filesystem", "-C", "none", "-n", "home", "-d", "bare",
        "home",
      ], in: workspace.folder.path
    ).wait()
    try #require(made.status == 0, "\(made.error)")
    let result = try workspace.jffs2("unwrap", "-o", "out", "home")
    #expect(result.status == 0 && result.error == "" && result.output == "")
    #expect(try written(workspace) == bare)
  }

  @Test(arguments: [("0", 0x30000), ("64k", 0x30000), ("1M", 0x100000), ("1", 0x2000C)])
  func `pads with erased flash`(padding: String, size: Int) throws {
    let workspace = try Workspace()
    let bare = flash(blocks: 3)
    let image = try workspace.write(bare)
    let result = try workspace.jffs2("unwrap", "-o", "out", "--pad", padding, image)
    #expect(result.status == 0, "\(result.error)")
    let padded = try written(workspace)
    #expect(padded.count == size)
    #expect(Array(padded.prefix(bare.count)) == bare)
    #expect(padded.dropFirst(bare.count).allSatisfy { $0 == 0xFF })
  }

  @Test func `writes to standard output`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(self.image())
    let result = try ChildProcess(
      ["sh", "-c", "\"$0\" unwrap -o - \"$1\" | cmp - \"$1\"", Workspace.program(), image]
    ).wait()
    #expect(result.status == 0 && result.error == "")
  }

  @Test func `one of several has to be chosen`() throws {
    let workspace = try Workspace()
    var dump = flash(blocks: 2)
    dump += [UInt8](repeating: 0xFF, count: 0x20000 - dump.count)
    let second = dump.count + 0x20000
    let firmware = try workspace.write(
      dump + [UInt8](repeating: 0x55, count: 0x20000) + flash(blocks: 2))
    let refused = try workspace.jffs2("unwrap", "-o", "out", firmware)
    #expect(refused.status == 64)
    #expect(refused.error.contains("choose one with --partition NAME"))
    #expect(!FileManager.default.fileExists(atPath: workspace.folder.path + "/out"))
    let chosen = try workspace.jffs2("unwrap", "-o", "out", "--partition", "1", firmware)
    #expect(chosen.status == 0)
    #expect(
      try written(workspace) == Array(try Data(contentsOf: URL(filePath: firmware))[second...]))
  }

  @Test(arguments: [("0", false), ("1", true), ("0x20000", false)])
  func `reports only the damage of what it writes`(partition: String, isReported: Bool) throws {
    let workspace = try Workspace()
    var second = ImageBuilder()
    second.addCleanmarker()
    for ino in 2...9 as ClosedRange<UInt32> {
      second.addFile(
        "other\(ino)", ino: ino, [UInt8](repeating: 1, count: 5000), damaged: ino == 5 ? [1] : [])
    }
    second.addDirent(version: 99, ino: 5, name: "broken", flaws: [.nodeCRC])
    var dump = flash(blocks: 2)
    dump += [UInt8](repeating: 0xFF, count: 0x20000 - dump.count)
    dump += [UInt8](repeating: 0x55, count: 0x20000) + second.bytes
    let firmware = try workspace.write(dump)
    let result = try workspace.jffs2("unwrap", "-o", "out", "--partition", partition, firmware)
    #expect(result.status == 0)
    #expect(result.error.contains("DAMAGED") == isReported, "\(result.error)")
  }

  @Test func `an alias has the erase size of its file system`() throws {
    let workspace = try Workspace()
    let firmware = try workspace.write(flash(blocks: 3) + [UInt8](repeating: 0xFF, count: 0x10000))
    let table = "flash:192k(a),100k@0(b)"
    let result = try workspace.jffs2(
      "unwrap", "-o", "out", "--mtdparts", table, "--partition", "b", "--pad", "0", firmware)
    #expect(result.status == 0, "\(result.error)")
    #expect(try written(workspace).count == 0x20000)
  }

  @Test func `never overwrites the firmware, and leaves nothing behind on failure`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(self.image())
    #expect(try workspace.jffs2("unwrap", "-o", image, image).status == 64)
    #expect(try workspace.jffs2("unwrap", "-o", "none/out", image).status == 2)
    #expect(try workspace.jffs2("unwrap", "-o", "/dev/full", image).status == 2)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path) == ["image"])
  }
}
