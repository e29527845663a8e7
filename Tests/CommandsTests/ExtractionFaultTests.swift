import Foundation
import Glibc
import TestSupport
import Testing

/// System errors and interruptions.
@Suite struct `jffs2 extract where things fail` {
  @Test(.enabled(if: geteuid() == 0, "only root can mount a small file system"))
  func `a full disk is reported for each file, and no half file stays`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    var random = SeededGenerator(seed: 7)
    builder.addDirectory("etc", ino: 4)
    builder.addFile("big", ino: 2, random.bytes(3 << 20), parent: 4)
    // Needs no space, so it does not depend on which file is written first.
    builder.addFile("empty", ino: 3, [])
    builder.addDirent(version: 9, ino: 2, name: "z-again")
    let image = try workspace.write(builder)
    let out = workspace.folder.appending(path: "out").path
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    #expect(
      try ChildProcess(["mount", "-t", "tmpfs", "-o", "size=1m", "none", out]).wait().status == 0)
    defer { _ = try? ChildProcess(["umount", out]).wait() }
    let result = try workspace.jffs2("extract", "-C", "out", image)
    #expect(result.status == 1)
    #expect(result.error.contains("etc/big: No space left on device"))
    #expect(
      result.error.contains("z-again: another name of etc/big, which could not be extracted"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == ["empty", "etc"])
    #expect(try String(contentsOfFile: out + "/empty", encoding: .utf8) == "")
  }

  @Test func `an existing file as target is reported with a fix`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    let image = try workspace.write(builder)
    let file = try workspace.write([1], "file")
    for path in [file, "\(file)/sub/folder"] {
      let result = try workspace.jffs2("extract", "-C", path, image)
      #expect(
        result.error
          == "jffs2: \(file): not a directory; choose another with -C DIR\n")
      #expect(result.status == 2)
    }
  }

  /// Data that no path shows as damaged.
  @Test(arguments: [
    ("extract -q -C out image", 1), ("export -q -o out.tar image", 1), ("history image", 1),
    ("verify image", 1), ("cat image other", 0), ("extract -q -C out image other", 0),
    ("history image other", 0), ("extract -q -C out --damaged zero image", 0),
  ])
  func `damage of which it is not known what it was ends a copy of everything with 1`(
    line: String, status: Int32
  ) throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("other", ino: 2, [1])
    builder.addDirent(version: 3, ino: 3, name: "gone")
    let end = builder.bytes.count
    builder.addFile("file", ino: 4, [2])
    var bytes = builder.bytes
    // The header of the last name.
    bytes[end + 4] ^= 0x40
    _ = try workspace.write(bytes)
    let result = try workspace.jffs2(line.split(separator: " ").map(String.init))
    #expect(result.status == status, "\(result.error)")
  }

  @Test func `a directory with the name of a file is not replaced`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("file", ino: 2, [1])
    let image = try workspace.write(builder)
    try FileManager.default.createDirectory(
      at: workspace.folder.appending(path: "out/file"), withIntermediateDirectories: true)
    for options in [[], ["-f"]] {
      let result = try workspace.jffs2(["extract"] + options + ["-C", "out", image])
      #expect(
        result.error
          == "jffs2: \(image): file: a directory with this name exists; extract to another "
          + "directory: -C DIR\n")
      #expect(result.status == 1)
    }
  }

  @Test func `a directory that cannot be written to is reported and the rest continues`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirectory("locked", ino: 2)
    builder.addFile("file", ino: 3, [1], parent: 2)
    builder.addFile("other", ino: 4, [2])
    let image = try workspace.write(builder)
    let locked = workspace.folder.appending(path: "out/locked").path
    try FileManager.default.createDirectory(atPath: locked, withIntermediateDirectories: true)
    try workspace.setMode(0o555, "out/locked")
    try workspace.setMode(0o777, "out")
    let result = try workspace.jffs2AsOrdinaryUser(["extract", "-C", "out", image])
    #expect(result.status == 1)
    #expect(result.error == "jffs2: \(image): locked/file: Permission denied\n")
    let other = workspace.folder.appending(path: "out/other")
    #expect(try Data(contentsOf: other) == Data([2]))
    #expect(!FileManager.default.fileExists(atPath: locked + "/file"))
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `an interruption leaves no half-written file`(signal: Int32) throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    // A few bytes of zlib for each page of a file of 1 GiB, which takes a while to write.
    let page = ZlibEncoder.encode([UInt8](repeating: 0x5A, count: 1 << 20))
    let pageCount = UInt32(1024)
    builder.addDirent(version: 2, ino: 2, name: "big")
    for index in 0..<pageCount {
      builder.addInode(
        2, version: index + 1, fileSize: pageCount << 20, offset: index << 20, payload: page,
        size: 1 << 20, compression: .zlib)
    }
    let image = try workspace.write(builder)
    let child = try ChildProcess(
      [Workspace.program(), "extract", "-C", "out", image], in: workspace.folder.path)
    let big = workspace.folder.appending(path: "out/big").path
    let deadline = Date().addingTimeInterval(20)
    while !FileManager.default.fileExists(atPath: big), Date() < deadline { usleep(1000) }
    child.signal(signal)
    #expect(child.waitStatus(seconds: 20) == -signal)
    #expect(!FileManager.default.fileExists(atPath: big))
  }

  /// No symbolic link can have an attribute in the namespace `user`.
  @Test(arguments: [
    (1, "of 1 file are not kept, as of l1: "), (2, "of 2 files are not kept, as of l1: "),
  ])
  func `attributes that the target does not support are reported in one line`(
    count: UInt32, note: String
  ) throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addXattr(xid: 1, version: 1, name: "a", value: [1])
    for number in 1...count {
      builder.addLink("l\(number)", ino: 1 + number, to: "target")
      builder.addXref(ino: 1 + number, xid: 1, sequence: 2 * number)
    }
    let result = try workspace.jffs2("extract", "-C", "out", try workspace.write(builder))
    #expect(result.status == 0)
    #expect(result.error.contains(": the extended attributes " + note), "\(result.error)")
    #expect(result.error.split(separator: "\n").count == 1)
  }
}
