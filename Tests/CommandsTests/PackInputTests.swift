import CXattr
import Foundation
import JFFS2
import TestSupport
import Testing

/// Inputs that `jffs2 pack` refuses, and unusual trees that it packs.
struct `Unusual input of a pack` {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @discardableResult
  private func run(_ arguments: String..., status: Int32 = 0) throws -> ChildProcess.Result {
    let result = try workspace.jffs2(arguments)
    #expect(result.status == status, "\(arguments): \(result.error)")
    return result
  }

  private func runTool(_ words: String...) throws {
    let result = try ChildProcess(words, in: workspace.folder.path).wait()
    try #require(result.status == 0, "\(words): \(result.error)")
  }

  private func makeTree() throws {
    try FileManager.default.createDirectory(
      at: workspace.folder.appending(path: "tree/directory"), withIntermediateDirectories: true)
    _ = try workspace.write([0x61], "tree/file")
  }

  @Test func `an empty tree is packed`() throws {
    try makeTree()
    for name in ["file", "directory"] {
      try FileManager.default.removeItem(at: workspace.folder.appending(path: "tree/\(name)"))
    }
    try run("pack", "-q", "tree", "-o", "new", "--no-cleanmarkers")
    #expect(try run("ls", "-a", "new").output.isEmpty)
  }

  @Test func `a new directory keeps its extended attributes`() throws {
    try makeTree()
    for name in ["directory", "file"] {
      let path = workspace.folder.appending(path: "tree/\(name)").path
      let value = Array("value of \(name)".utf8)
      try #require(unsafe setxattr(path, "user.key", value, value.count, 0) == 0)
    }
    try run("pack", "-q", "tree", "-o", "new")
    let listing = try run("ls", "-R", "--json", "new").output
    for name in ["directory", "file"] {
      let hex = "value of \(name)".utf8.map { String($0, radix: 16) }.joined()
      #expect(listing.contains(hex))
    }
  }

  @Test func `what is not a regular file is not opened for the output`() throws {
    try makeTree()
    let fifo = workspace.folder.appending(path: "fifo").path
    try #require(mkfifo(fifo, 0o600) == 0)
    let link = workspace.folder.appending(path: "link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "tree/file")
    for output in ["fifo", "/dev/null", "tree/directory/..", "link"] {
      try run("pack", "-q", "tree", "-o", output, status: 64)
    }
  }

  /// A tar archive of two files, packed by gzip; one bit of the result is other.
  @Test(arguments: [("archive.tar", 1024 + 5), ("archive.tar.gz", 0)])
  func `a damaged archive is refused`(name: String, offset: Int) throws {
    try makeTree()
    let noise = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 >> 3) }
    _ = try workspace.write(noise, "tree/directory/noise")
    try runTool("tar", "-C", "tree", "-caf", name, "file", "directory")
    let file = workspace.folder.appending(path: name)
    var bytes = [UInt8](try Data(contentsOf: file))
    bytes[offset > 0 ? offset : bytes.count / 2] ^= 0x10
    try Data(bytes).write(to: file)
    let result = try run("pack", "-q", name, "-o", "new", status: 2)
    #expect(result.error.hasPrefix("jffs2: \(name): "), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: workspace.folder.path + "/new"))
  }

  @Test func `members that no file system holds are named`() throws {
    let script = """
      import tarfile
      def member(name, type, target=""):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = type, target
        return info
      for name, members in {
        "links": [member("d", tarfile.DIRTYPE), member("l", tarfile.LNKTYPE, "d")],
        "empty": [member("s", tarfile.SYMTYPE)],
        "deep": [member("d/" * 40000, tarfile.DIRTYPE)],
      }.items():
        with tarfile.open(name, "w", format=tarfile.PAX_FORMAT) as archive:
          for each in members: archive.addfile(each)
      info = member("f", tarfile.REGTYPE)
      info.pax_headers = {"SCHILY.acl.access": "user::rw-\\nuser:anna:rw-\\ngroup::r--\\nmask::rw-\\nother::r--\\n"}
      with tarfile.open("list", "w", format=tarfile.PAX_FORMAT) as archive: archive.addfile(info)
      """
    try runTool("/usr/bin/python3", "-c", script)
    for (archive, reason) in [
      ("links", "l: a hard link to a directory"), ("empty", "s: a symbolic link without a target"),
      ("deep", "holds a path of 65536 bytes or more"),
      ("list", "f: an access control list with names instead of numbers"),
    ] {
      for arguments in [["-o", "new"], ["-n"]] {
        let result = try workspace.jffs2(["pack", "-q", archive] + arguments)
        #expect(result.status == 2)
        #expect(result.error.contains(reason), "\(result.error)")
      }
    }
  }

  @Test func `a truncated U-Boot image with other data in it gets a header that fits`() throws {
    try makeTree()
    var old = ImageBuilder()
    old.addFile("file", ino: 2, [0x62])
    old.padWithErased(toMultipleOf: 0x10000)
    let data = old.bytes + Array("trailer".utf8) + [UInt8](repeating: 0xFF, count: 0xFFF9)
    _ = try workspace.write(data, "data")
    try runTool("mkimage", "-A", "arm", "-T", "filesystem", "-C", "none", "-d", "data", "whole")
    let whole = [UInt8](try Data(contentsOf: workspace.folder.appending(path: "whole")))
    _ = try workspace.write(Array(whole.dropLast(0x8000)), "old")
    try run("pack", "-q", "tree", "-o", "new", "--like", "old")
    let json = try run("info", "--json", "new").output
    #expect(json.contains("\"data_crc\" : \"valid\""), "\(json)")
    try run("verify", "-q", "new")
  }

  @Test func `a path to drop that is not there is an error`() throws {
    try makeTree()
    try run("pack", "-q", "tree", "-o", "new", "--drop", "/directory/")
    let error = try run("pack", "-q", "tree", "-o", "new", "--drop", "fiel", status: 64).error
    #expect(error.contains("--drop fiel: no such path"))
  }

  @Test func `LZMA data under the number of zlib is not replaced by zlib data`() throws {
    try makeTree()
    var old = ImageBuilder()
    old.addCleanmarker()
    old.addDirent(version: 1, ino: 2, name: "file")
    old.addInode(
      2, version: 1, fileSize: 4, payload: [0x5D, 0, 0x20, 0, 0, 0, 1, 2, 3, 4, 5], size: 4,
      compression: .zlib)
    _ = try workspace.write(old, "old")
    let error = try run("pack", "-q", "tree", "-o", "new", "--like", "old", status: 2).error
    #expect(error.contains("LZMA data under zlib's number"))
    try run("pack", "-q", "tree", "-o", "new", "--like", "old", "--compression", "none")
  }

  @Test func `data after the file system stays`() throws {
    try makeTree()
    try run("pack", "-q", "tree", "-o", "old", "--pad", "128k")
    let path = workspace.folder.appending(path: "old")
    let trailer = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
    let old = Array(try Data(contentsOf: path)) + trailer
    _ = try workspace.write(old, "old")
    _ = try workspace.write([0x62], "tree/more")
    let warning = try run("pack", "-q", "tree", "-o", "new", "--like", "old").error
    #expect(warning.contains("the 70000 bytes after the file system are kept as they are"))
    let new = Array(try Data(contentsOf: workspace.folder.appending(path: "new")))
    #expect(new.count == old.count)
    #expect(new[0x20000...] == old[0x20000...])
    #expect(try run("cat", "new", "more").output == "b")
  }

  @Test func `an archive without the names of directories leaves them as they are`() throws {
    try makeTree()
    try run(
      "pack", "-q", "tree", "-o", "old", "--mode", ".=711", "--owner", ".=3:4", "--mode",
      "directory=750", "--owner", "directory=5:6")
    let archive = try ChildProcess(
      ["tar", "-cf", "tree.tar", "--transform", "s,^tree,directory,", "tree/file"],
      in: workspace.folder.path
    ).wait()
    try #require(archive.status == 0, "\(archive.error)")
    try run("pack", "-q", "tree.tar", "-o", "new", "--like", "old")
    let output = try run("ls", "-R", "-a", "--json", "new").output
    let entries = try #require(
      try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
    let facts = entries.map { "\($0["path"] ?? ""): \($0["mode"] ?? "") \($0["uid"] ?? "")" }
    #expect(facts.contains(".: 0o40711 3") && facts.contains("./directory: 0o40750 5"))
  }

  @Test func `an assumed erase size is mentioned`() throws {
    try makeTree()
    try run("pack", "-q", "tree", "-o", "old", "--no-cleanmarkers")
    let warning = try run("pack", "-q", "tree", "-o", "new", "--like", "old").error
    #expect(warning.contains("is assumed"))
    let given = try run(
      "pack", "-q", "tree", "-o", "new", "--like", "old", "--erase-size", "64k")
    #expect(given.error.isEmpty)
  }

  @Test func `padding is kept where the erase size is assumed`() throws {
    try makeTree()
    try run(
      "pack", "-q", "tree", "-o", "old", "--no-cleanmarkers", "--erase-size", "8k", "--pad", "24k")
    try run("pack", "-q", "tree", "-o", "new", "--like", "old")
    let new = try Data(contentsOf: workspace.folder.appending(path: "new"))
    #expect(new.count == 24 << 10)
    #expect(new == (try Data(contentsOf: workspace.folder.appending(path: "old"))))
  }
}
