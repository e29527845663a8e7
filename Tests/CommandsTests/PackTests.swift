import Foundation
import Glibc
import JFFS2
import TestSupport
import Testing

/// `jffs2 pack`, as a user runs it.
struct `Packing a tree` {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// An image of a camera in small: files, a device, a fifo, hard links, an owner, and an extended attribute.
  private func builder(_ dialect: Dialect = Dialect(.little)) -> ImageBuilder {
    var builder = ImageBuilder(dialect)
    builder.addCleanmarker()
    builder.addDirectory("etc", ino: 2)
    builder.addFile("wpa.conf", ino: 3, Array("psk=old\n".utf8), parent: 2, mode: 0o640, uid: 7)
    builder.addFile("data", ino: 4, [UInt8](repeating: 0x61, count: 9000))
    builder.addLink("link", ino: 5, to: "etc/wpa.conf")
    builder.addDirent(version: 6, ino: 6, name: "null", type: 2)
    builder.addInode(
      6, version: 1, mode: 0o020666, fileSize: 0,
      payload: dialect.endianness == .little ? [3, 1] : [1, 3])
    builder.addDirent(version: 7, ino: 7, name: "fifo", type: 1)
    builder.addInode(7, version: 1, mode: 0o010600)
    builder.addDirent(version: 8, ino: 4, name: "same")
    builder.addDirent(version: 9, ino: 9, name: "sparse")
    builder.addInode(9, version: 1, fileSize: 10_000, payload: [1])
    builder.addInode(
      9, version: 2, fileSize: 10_000, offset: 1, size: 9_999, compression: .zero)
    builder.addXattr(xid: 1, version: 1, name: "key", value: [1, 2, 3])
    builder.addXref(ino: 4, xid: 1, sequence: 2)
    return builder
  }

  @discardableResult
  private func run(_ arguments: String..., status: Int32 = 0) throws -> ChildProcess.Result {
    let result = try workspace.jffs2(arguments)
    #expect(result.status == status, "\(arguments): \(result.error)")
    return result
  }

  /// The fields of each path in a listing, without inode numbers.
  private func listing(_ file: String) throws -> [String: NSDictionary] {
    let output = try run("ls", "-R", "-a", "--json", file).output
    let entries = try #require(
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
    return entries.reduce(into: [:]) { listing, entry in
      var entry = entry
      entry["inode"] = nil
      listing[entry["path"] as? String ?? ""] = entry as NSDictionary
    }
  }

  private func write(_ text: String, _ path: String) throws {
    try text.write(to: workspace.folder.appending(path: path), atomically: false, encoding: .utf8)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: workspace.folder.appending(path: name).path)
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: workspace.folder.appending(path: name)))
  }

  @Test(arguments: Endianness.allCases, ["extract -q -C tree", "export -q -o tree"])
  func `an unchanged tree gives the same files`(endianness: Endianness, way: String) throws {
    _ = try workspace.write(builder(Dialect(endianness)), "old")
    let format = way.hasPrefix("export") ? ["--format", "tar"] : []
    let taken = try workspace.jffs2(way.split(separator: " ").map(String.init) + format + ["old"])
    #expect(taken.status == 0, "\(taken.error)")
    let output = try run("pack", "tree", "-o", "new", "--like", "old").output
    #expect(output.contains("no changes; read back and compared"))
    #expect(try listing("new") == listing("old"))
    try run("verify", "new")
    try run("pack", "-q", "tree", "-o", "again", "--like", "new")
    #expect(try bytes("again") == bytes("new"))
  }

  @Test func `changes are listed, and what is new belongs to root`() throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    try write("psk=new\nmore\n", "tree/etc/wpa.conf")
    try write("x", "tree/etc/added")
    try FileManager.default.removeItem(at: workspace.folder.appending(path: "tree/link"))
    let planned = try run("pack", "-n", "tree", "--like", "old").output
    #expect(
      planned == """
        + etc/added
        ~ etc/wpa.conf: contents (8 B -> 13 B)
        - link
        3 changes

        """)
    try run("pack", "tree", "-o", "new", "--like", "old")
    #expect(try run("cat", "new", "etc/wpa.conf").output == "psk=new\nmore\n")
    let files = try listing("new")
    let conf = try #require(files["./etc/wpa.conf"])
    #expect(conf["uid"] as? Int == 7)
    #expect(conf["mode"] as? String == "0o100640")
    #expect(conf["mtime"] as? Int ?? 0 > 1_000_000_000)
    #expect(files["./etc/added"]?["uid"] as? Int == 0)
    #expect(files["./link"] == nil)
    #expect(files["./null"]?["rdev"] as? String == "1:3")
    #expect(files["./data"] == (try listing("old")["./data"]))
  }

  @Test(arguments: ["tree", "tree.tar"])
  func `a renamed file is one change, which shows a new owner`(source: String) throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    try FileManager.default.moveItem(
      at: workspace.folder.appending(path: "tree/etc/wpa.conf"),
      to: workspace.folder.appending(path: "tree/wifi.conf"))
    let tar = ["tar", "--owner=0", "--group=0", "-C", "tree", "-cf", "tree.tar", "."]
    #expect(try ChildProcess(tar, in: workspace.folder.path).wait().status == 0)
    let planned = try run("pack", "-n", source, "--like", "old").output
    #expect(planned.contains("> etc/wpa.conf -> wifi.conf: owner 7:0 -> 0:0\n"), "\(planned)")
    #expect(!planned.contains("+ wifi.conf") && !planned.contains("- etc/wpa.conf"))
  }

  @Test func `options set owners and permissions, and leave out devices`() throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    try write("x", "tree/added")
    let output = try run(
      "pack", "tree", "-o", "new", "--like", "old", "--owner", "5:6", "--owner", "/data=1:2",
      "--mode", "data=4755", "--drop", "null"
    ).output
    #expect(output.contains("- null\n"))
    #expect(output.contains("~ data: mode 644 -> 4755, owner 0:0 -> 1:2\n"))
    let files = try listing("new")
    #expect(files["./added"]?["gid"] as? Int == 6)
    #expect(files["./data"]?["mode"] as? String == "0o104755")
    #expect(files["./null"] == nil && files["./fifo"] != nil)
    let error = try run("pack", "tree", "-o", "x", "--like", "old", "--mode", "no=1", status: 64)
    #expect(error.error.contains("--mode no: no such path"))
    #expect(!exists("x"))
  }

  @Test(arguments: [["-n"], ["-o", "new"]])
  func `what is taken from a damaged file of the old firmware is reported`(
    options: [String]
  ) throws {
    var builder = builder()
    builder.addFile("key", ino: 10, [UInt8](repeating: 1, count: 9000), mode: 0o400, damaged: [1])
    _ = try workspace.write(builder, "old")
    try run("extract", "-q", "--damaged", "zero", "-C", "tree", "old")
    try workspace.setMode(0o777, ".")
    try workspace.setMode(0, "tree/key")
    try workspace.setMode(0o644, "tree/etc/wpa.conf")
    let command = ["pack", "tree", "--like", "old"] + options
    let refused = try workspace.jffs2AsOrdinaryUser(command)
    #expect(refused.status == 2)
    #expect(refused.error.contains("key: inode 10"), "\(refused.error)")
    #expect(refused.error.contains("--damaged zero packs zeros for it"))
    #expect(refused.output == "" && !exists("new"))
    let packed = try workspace.jffs2AsOrdinaryUser(command + ["--damaged", "zero"])
    #expect(packed.status == 0, "\(packed.error)")
  }

  @Test(.enabled(if: geteuid() == 0), arguments: [("etc/wpa.conf", 0o600), ("etc", 0o700)])
  func `what only another user may read is refused, not taken from the old firmware`(
    path: String, mode: Int
  ) throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    try workspace.setMode(0o777, ".")
    try workspace.setMode(0o644, "tree/etc/wpa.conf")
    try workspace.setMode(mode, "tree/" + path)
    let command = ["pack", "-n", "tree", "--like", "old"]
    let refused = try workspace.jffs2AsOrdinaryUser(command)
    #expect(refused.status == 2)
    #expect(refused.error.hasSuffix("jffs2: tree/\(path): Permission denied\n"), "\(refused.error)")
    #expect(try workspace.jffs2(command).status == 0)
  }

  @Test func `permissions that differ in the tree are reported`() throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    func change(_ path: String, to mode: Int) throws {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: workspace.folder.appending(path: path).path)
    }
    try change("tree/data", to: 0o755)
    let note =
      "data: mode 755 in the tree; the firmware's 644 is kept; to change it: --mode data=755"
    let one = try run("pack", "tree", "-n", "--like", "old")
    #expect(one.error.contains(note) && one.output == "no changes\n")
    let set = try run("pack", "tree", "-n", "--like", "old", "--mode", "data=755")
    #expect(set.output.contains("data: mode 644 -> 755") && !set.error.contains("in the tree"))
    // Both names of a hard link are one file.
    try change("tree/etc", to: 0o700)
    #expect(
      try run("pack", "tree", "-n", "--like", "old").error.contains(
        "2 paths have other modes in the tree; the firmware's are kept (data: 644, not 755); "
          + "to change one: --mode PATH=MODE"))
    // A tar archive says what the modes are to be.
    try run("export", "-q", "--format", "tar", "-o", "old.tar", "old")
    #expect(!(try run("pack", "old.tar", "-n", "--like", "old").error.contains("in the tree")))
  }

  @Test func `a summary counts regular files`() throws {
    _ = try workspace.write(builder(), "old")
    let extracted = try run("extract", "-C", "tree", "old").output
    let packed = try run("pack", "tree", "-o", "new", "--like", "old").output
    #expect(extracted.contains("3 files, ") && packed.contains(" 3 files, "))
    let dropped = try run("pack", "tree", "-o", "new", "--like", "old", "--drop", "etc").output
    #expect(dropped.contains(" 2 files, "))
  }

  @Test(arguments: [0, 0x20000])
  func `a partition of a dump is replaced in place`(zeroCount: Int) throws {
    var old = builder()
    old.padWithErased(toMultipleOf: 0x20000)
    var boot = (0..<0x40000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) | 1 }
    boot.replaceSubrange((boot.count - zeroCount)..., with: Array(repeating: 0, count: zeroCount))
    let rest = boot.reversed().map { $0 ^ 0x5A }
    _ = try workspace.write(boot + old.bytes + rest, "dump")
    let table = "flash:256k(boot),128k(config),-(rest)"
    try run("extract", "-q", "-C", "tree", "--mtdparts", table, "dump")
    try write("changed", "tree/data")
    try run(
      "pack", "tree", "-o", "new", "--like", "dump", "--mtdparts", table, "--partition", "config")
    let new = try bytes("new")
    #expect(new.count == boot.count + 0x20000 + rest.count)
    #expect(new[..<boot.count] == boot[...])
    #expect(Array(new[(boot.count + 0x20000)...]) == rest)
    #expect(try run("cat", "--mtdparts", table, "new", "data").output == "changed")
    for (size, status) in [("128k", 0), ("256k", 64), ("0", 64)] as [(String, Int32)] {
      let result = try run(
        "pack", "-n", "tree", "--like", "dump", "--mtdparts", table, "--partition", "config",
        "--pad",
        size, status: status)
      #expect(result.error.contains("leaves it 131,072 bytes") == (status != 0))
    }
  }

  /// `extract` makes a directory for each file system of a dump.
  @Test func `the extraction of a whole dump is not packed into one partition`() throws {
    var old = builder()
    old.padWithErased(toMultipleOf: 0x20000)
    _ = try workspace.write(old.bytes + old.bytes, "dump")
    let table = "flash:128k(config),128k(data)"
    let like = ["--like", "dump", "--mtdparts", table, "--partition", "config"]
    try run("extract", "-q", "-C", "tree", "--mtdparts", table, "dump")
    let result = try workspace.jffs2(["pack", "tree", "-o", "new"] + like)
    #expect(result.status == 64 && result.error.contains("pack the directory config of the tree"))
    #expect(!exists("new"))
    #expect(try workspace.jffs2(["pack", "tree/config", "-o", "new"] + like).status == 0)
    #expect(try bytes("new").count == 0x40000)
  }

  @Test func `what does not fit says by how much, and leaves nothing`() throws {
    var old = builder()
    old.padWithErased(toMultipleOf: 0x20000)
    _ = try workspace.write(old, "old")
    try run("extract", "-q", "-C", "tree", "old")
    var random = SeededGenerator(seed: 5)
    let noise = (0..<0x20000).map { _ in UInt8.random(in: 0...255, using: &random) }
    _ = try workspace.write(noise, "tree/noise")
    let before = try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
    let error = try run(
      "pack", "tree", "-o", "new", "--like", "old", "--pad", "128k", status: 2
    ).error
    #expect(error.contains("bytes too large"))
    #expect(error.contains("noise (128 KiB)"))
    let after = try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
    #expect(after.sorted() == before.sorted())
  }

  /// Erased bytes between two nodes, at the end of a block of unknown size, are not the rest of a partition.
  @Test(arguments: [0, 100])
  func `a file that ends with its last node has no size limit`(erasedCount: Int) throws {
    var old = builder()
    old.padWithErased(toMultipleOf: 0x4000)
    old.addFile("last", ino: 20, [1])
    _ = try workspace.write(old.bytes + [UInt8](repeating: 0xFF, count: erasedCount), "old")
    try run("extract", "-q", "-C", "tree", "old")
    var random = SeededGenerator(seed: 5)
    let noise = (0..<0x8000).map { _ in UInt8.random(in: 0...255, using: &random) }
    _ = try workspace.write(noise, "tree/noise")
    try run("pack", "-q", "tree", "-o", "new", "--like", "old", status: erasedCount > 0 ? 2 : 0)
  }

  @Test func `what nearly fits is compressed harder`() throws {
    var random = SeededGenerator(seed: 7)
    let words = (0..<500).map { _ in
      String(UInt32.random(in: 0..<1 << 30, using: &random), radix: 36)
    }
    let text = (0..<200_000).map { _ in words[Int.random(in: 0..<500, using: &random)] }
    try FileManager.default.createDirectory(
      at: workspace.folder.appending(path: "tree"), withIntermediateDirectories: false)
    _ = try workspace.write(Array(text.joined(separator: " ").utf8), "tree/text")
    let options = ["--erase-size", "8k", "--pad"]
    func pack(_ size: String) throws -> ChildProcess.Result {
      try workspace.jffs2(["pack", "-q", "tree", "-o", "new"] + options + [size])
    }
    #expect(try pack("0").status == 0)
    let count = try bytes("new").count
    #expect(try pack("\(count - 0x2000)").status == 0)
    #expect(try bytes("new").count == count - 0x2000)
    try run("verify", "new")
    #expect(try pack("\(count - count / 20)").error.contains("bytes too large"))
  }

  @Test func `the old file and files in the tree are not overwritten`() throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    for output in ["old", "tree/new", "tree/etc/new", "-"] {
      try run("pack", "tree", "-o", output, "--like", "old", status: 64)
    }
    #expect(try bytes("old") == builder().bytes)
    try run("export", "-q", "-o", "tree.tar", "old")
    let archive = try bytes("tree.tar")
    try run("pack", "tree.tar", "-o", "tree.tar", "--like", "old", status: 64)
    #expect(try bytes("tree.tar") == archive)
  }

  @Test func `without an old file the format is that of mkfs.jffs2`() throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    try run("pack", "-q", "tree", "-o", "new")
    let info = try run("info", "-v", "new").output
    #expect(info.contains("JFFS2, little-endian, magic 0x1985"))
    try run(
      "pack", "-q", "tree", "-o", "other", "--endian", "big", "--erase-size", "128k", "--pad", "1M",
      "--compression", "lzo", "--summary", "--no-cleanmarkers")
    #expect(try bytes("other").count == 1 << 20)
    #expect(try run("info", "other").output.contains("big-endian"))
    try run("verify", "other")
  }

  @Test func `links in the tree are packed as links, never followed`() throws {
    _ = try workspace.write(builder(), "old")
    try run("extract", "-q", "-C", "tree", "old")
    let etc = workspace.folder.appending(path: "tree/etc")
    try FileManager.default.removeItem(at: etc)
    try FileManager.default.createSymbolicLink(atPath: etc.path, withDestinationPath: "/etc")
    try run("pack", "-q", "tree", "-o", "new", "--like", "old")
    let files = try listing("new")
    #expect(files["./etc"]?["target"] as? String == "/etc")
    #expect(files.keys.contains { $0.hasPrefix("./etc/") } == false)
  }

  @Test func `the hard links of a cpio archive keep their contents`() throws {
    _ = try workspace.write(builder(), "old")
    try run("export", "-q", "-o", "tree.cpio", "old")
    try run("pack", "-q", "tree.cpio", "-o", "new", "--like", "old")
    #expect(try run("cat", "new", "data", "same").output == String(repeating: "a", count: 18000))
  }

  @Test func `a changed name of a hard link leaves the other as it is`() throws {
    var old = ImageBuilder()
    old.addCleanmarker()
    for (ino, name) in zip((2 as UInt32)..., ["a", "b", "c", "d"]) {
      old.addDirent(version: ino, ino: ino, name: name)
      old.addInode(ino, version: 1, times: (1000, 1000, 1000), payload: Array(name.utf8))
    }
    _ = try workspace.write(old, "old")
    try run("extract", "-q", "-C", "tree", "old")
    let tree = workspace.folder.appending(path: "tree")
    for (name, target) in [("b", "a"), ("c", "d")] {
      try FileManager.default.removeItem(at: tree.appending(path: name))
      try FileManager.default.linkItem(
        at: tree.appending(path: target), to: tree.appending(path: name))
    }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 5000)],
      ofItemAtPath: tree.appending(path: "a").path)
    let result = try run("pack", "tree", "-o", "new", "--like", "old")
    #expect(result.output.hasPrefix("~ b: contents (1 B)\n~ c: contents (1 B)\nnew: "))
    #expect(
      try run("diff", "--times", "old", "new", status: 1).output
        == "~ b: contents (1 B)\n~ c: contents (1 B)\n")
  }

  @Test(.enabled(if: geteuid() == 0), arguments: [("d", 0), ("e", 0o400)])
  func `a hard link into a directory that may not be read stays one`(
    unreadable: String, mode: UInt32
  ) throws {
    var old = ImageBuilder()
    old.addCleanmarker()
    for (ino, name) in zip((2 as UInt32)..., ["d", "e"]) {
      old.addDirectory(name, ino: ino, mode: name == unreadable ? mode : 0o755)
    }
    old.addFile("x", ino: 4, [1], parent: 2)
    old.addDirent(parent: 3, version: 9, ino: 4, name: "y")
    _ = try workspace.write(old, "old")
    try workspace.setMode(0o777, ".")
    for arguments in [
      ["extract", "-q", "-C", "tree", "old"],
      ["pack", "-q", "tree", "-o", "new", "--like", "old"],
    ] {
      let result = try workspace.jffs2AsOrdinaryUser(arguments)
      #expect(result.status == 0, "\(result.error)")
    }
    #expect(try run("diff", "old", "new").output.isEmpty)
    #expect(try run("ls", "-R", "--json", "new").output.split(separator: "\"nlink\":2").count == 5)
  }
}
