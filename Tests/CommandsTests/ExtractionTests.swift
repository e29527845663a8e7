import CXattr
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `jffs2 extract` {
  private func contents(_ workspace: Workspace, _ path: String) -> [UInt8]? {
    (try? Data(contentsOf: workspace.folder.appending(path: path))).map { [UInt8]($0) }
  }

  private func status(_ workspace: Workspace, _ path: String) -> stat? {
    var status = stat()
    return lstat(workspace.folder.appending(path: path).path, &status) == 0 ? status : nil
  }

  /// The names of a file's extended attributes, sorted.
  private func attributeNames(_ workspace: Workspace, _ path: String) -> [String] {
    var names = [UInt8](repeating: 0, count: 4096)
    let file = workspace.folder.appending(path: path).path
    let count = names.withUnsafeMutableBytes { names in
      listxattr(file, names.baseAddress?.assumingMemoryBound(to: CChar.self), names.count)
    }
    return names.prefix(max(0, count)).split(separator: 0)
      .map { String(decoding: $0, as: UTF8.self) }.sorted()
  }

  /// All paths below a directory, sorted.
  private func paths(_ workspace: Workspace, _ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(
      atPath: workspace.folder.appending(path: folder).path
    ).sorted()
  }

  @Test func `creates directories, files, links, holes, modes and times`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirent(version: 2, ino: 2, name: "folder", type: 4)
    builder.addInode(2, version: 1, mode: 0o040_555, times: (11, 12, 13))
    builder.addDirent(parent: 2, version: 3, ino: 3, name: "file")
    builder.addInode(
      3, version: 1, mode: 0o100_640, times: (21, 22, 23), payload: Array("data".utf8))
    builder.addDirent(parent: 2, version: 4, ino: 4, name: "link", type: 10)
    builder.addInode(
      4, version: 1, mode: 0o120_777, times: (31, 32, 33), payload: Array("/etc/passwd".utf8))
    builder.addDirent(version: 5, ino: 3, name: "again")
    builder.addDirent(version: 6, ino: 4, name: "again-link", type: 10)
    builder.addDirent(version: 7, ino: 5, name: "sparse")
    builder.addInode(5, version: 1, size: 8 << 20, compression: .zero)
    builder.addInode(
      5, version: 2, offset: 8 << 20, payload: Array("end".utf8))
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "-C", "deep/er/out", image)
    #expect(result.error == "")
    #expect(result.output == "2 files, 8 MiB, in deep/er/out\n")
    #expect(result.status == 0)

    let out = "deep/er/out"
    #expect(contents(workspace, out + "/folder/file") == Array("data".utf8))
    let folder = try #require(status(workspace, out + "/folder"))
    #expect(folder.st_mode == 0o040_555)
    #expect(folder.st_atim.tv_sec == 11)
    #expect(folder.st_mtim.tv_sec == 12)
    let file = try #require(status(workspace, out + "/folder/file"))
    #expect(file.st_mode == 0o100_640)
    #expect(file.st_mtim.tv_sec == 22)
    #expect(file.st_mtim.tv_nsec == 0)
    #expect(file.st_nlink == 2)
    #expect(status(workspace, out + "/again")?.st_ino == file.st_ino)
    let link = try #require(status(workspace, out + "/folder/link"))
    #expect(link.st_atim.tv_sec == 31)
    #expect(link.st_mtim.tv_sec == 32)
    #expect(status(workspace, out + "/again-link")?.st_ino == link.st_ino)
    let target = try FileManager.default.destinationOfSymbolicLink(
      atPath: workspace.folder.appending(path: out + "/folder/link").path)
    #expect(target == "/etc/passwd")
    let sparse = try #require(status(workspace, out + "/sparse"))
    #expect(sparse.st_size == (8 << 20) + 3)
    #expect(sparse.st_blocks < 100)
    let read = try #require(contents(workspace, out + "/sparse"))
    #expect(Array(read[(8 << 20)..<(8 << 20) + 3]) == Array("end".utf8))
  }

  @Test func `a hard link into a directory without search permission is created`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirectory("closed", ino: 2, mode: 0)
    builder.addFile("file", ino: 3, [1], parent: 2)
    builder.addDirent(version: 9, ino: 3, name: "z")
    let image = try workspace.write(builder)
    try workspace.setMode(0o777, ".")
    // Root may search all directories.
    let result = try workspace.jffs2AsOrdinaryUser(["extract", "-C", "out", image])
    #expect(result.error == "")
    #expect(result.status == 0)
    #expect(status(workspace, "out/z")?.st_nlink == 2)
    #expect(status(workspace, "out/closed")?.st_mode == 0o040_000)
  }

  @Test func `paths select, and one that is not there gives 1`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2, mode: 0o700)
    builder.addFile("a", ino: 3, [1], parent: 2)
    builder.addFile("b", ino: 4, [2], parent: 2)
    builder.addLink("c", ino: 5, to: "a", parent: 2)
    builder.addFile("d", ino: 6, [3])
    let image = try workspace.write(builder)
    #expect(try workspace.jffs2("extract", "-C", "one", image, "/etc/b").status == 0)
    #expect(try paths(workspace, "one") == ["etc", "etc/b"])
    #expect(status(workspace, "one/etc")?.st_mode == 0o040_700)
    #expect(try workspace.jffs2("extract", "-C", "links", image, "**/c").status == 0)
    #expect(try paths(workspace, "links") == ["etc", "etc/c"])
    let result = try workspace.jffs2("extract", "-v", "-C", "two", image, "none", "etc", "d")
    #expect(result.status == 1)
    #expect(result.error == "jffs2: \(image): none: no such file in the image\n")
    #expect(
      result.output == "d\netc\netc/a\netc/b\netc/c\n3 files, 3 B, in two; 1 failure\n")
  }

  @Test func `readable parts of a damaged file are kept and the loss is reported`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    let pages = (0..<20).flatMap { [UInt8](repeating: UInt8($0 + 1), count: 4096) }
    builder.addFile("bad", ino: 2, pages, damaged: [1, 2, 7])
    builder.addFile("good", ino: 3, [5])
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "-C", "out", image)
    #expect(result.status == 1)
    #expect(
      result.error.contains("bad: 12288 of 81920 bytes lost at offset 4096: wrong data CRC"))
    #expect(result.error.split(separator: "\n").count == 1)
    var expected = pages
    for page in [1, 2, 7] {
      expected.replaceSubrange(
        page * 4096..<(page + 1) * 4096, with: repeatElement(0, count: 4096))
    }
    #expect(contents(workspace, "out/bad") == expected)
    #expect(contents(workspace, "out/good") == [5])
    let zero = try workspace.jffs2("extract", "--damaged", "zero", "-C", "zero", image)
    #expect(zero.status == 0)
    #expect(zero.error == "")
    #expect(contents(workspace, "zero/bad") == expected)
    // Damage elsewhere changes nothing.
    #expect(try workspace.jffs2("extract", "-C", "other", image, "good").status == 0)
  }

  @Test func `existing files stay unless they are to be replaced, and are never written through`()
    throws
  {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("file", ino: 2, Array("new".utf8))
    builder.addFile("link", ino: 3, Array("new".utf8))
    builder.addDirectory("folder", ino: 4)
    builder.addFile("inner", ino: 5, Array("new".utf8), parent: 4)
    let image = try workspace.write(builder)
    let manager = FileManager.default
    let out = workspace.folder.appending(path: "out").path
    let outside = workspace.folder.appending(path: "outside").path
    try manager.createDirectory(atPath: out, withIntermediateDirectories: true)
    try manager.createDirectory(atPath: outside, withIntermediateDirectories: true)
    _ = try workspace.write(Array("old".utf8), "outside/canary")
    try manager.linkItem(atPath: outside + "/canary", toPath: out + "/file")
    try manager.createSymbolicLink(
      atPath: out + "/link", withDestinationPath: "../outside/canary")
    try manager.createSymbolicLink(atPath: out + "/folder", withDestinationPath: "../outside")

    let refused = try workspace.jffs2("extract", "-C", "out", image)
    #expect(refused.status == 1)
    #expect(refused.error.split(separator: "\n").count == 3)
    #expect(refused.error.contains("file: already exists; use --force to replace it"))
    #expect(contents(workspace, "outside/canary") == Array("old".utf8))
    #expect(try paths(workspace, "outside") == ["canary"])

    let replaced = try workspace.jffs2("extract", "--force", "-C", "out", image)
    #expect(replaced.error == "")
    #expect(replaced.status == 0)
    #expect(contents(workspace, "out/file") == Array("new".utf8))
    #expect(contents(workspace, "out/link") == Array("new".utf8))
    #expect(contents(workspace, "out/folder/inner") == Array("new".utf8))
    #expect(contents(workspace, "outside/canary") == Array("old".utf8))
    #expect(try paths(workspace, "outside") == ["canary"])
  }

  @Test(arguments: [
    ([], "home.extracted"), (["-d", "out"], "out"), (["-C", "out/below"], "out/below"),
    (["--directory", "."], "."),
  ])
  func `the target is named after the firmware, or given`(options: [String], target: String) throws
  {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [UInt8](repeating: 1, count: 14 << 10))
    builder.addFile("b", ino: 3, [1])
    builder.addFile("c", ino: 4, [1])
    _ = try workspace.write(builder, "home")
    let result = try workspace.jffs2(["extract"] + options + ["home", "a", "b"])
    #expect(result.output == "2 files, 14 KiB, in \(target)\n")
    #expect(result.error == "" && result.status == 0)
    #expect(contents(workspace, target + "/b") == [1])
    let exact = try workspace.jffs2(["extract", "--bytes", "-f"] + options + ["./home", "a", "b"])
    #expect(exact.output == "2 files, 14337 B, in \(target)\n")
    for quiet in ["-q", "--json"] {
      let other = try workspace.jffs2(["extract", quiet, "-f"] + options + ["home"])
      #expect(!other.output.contains(" in \(target)") && other.status == 0)
    }
  }

  @Test(arguments: [
    (9, 9, nil), (10, 10, nil), (11, 11, "1 more exists"), (50, 11, "40 more exist"),
  ])
  func `of many existing files ten are named, the others counted`(
    count: Int, lines: Int, rest: String?
  ) throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    for number in 0..<count { builder.addFile("f\(number)", ino: UInt32(number + 2), [1]) }
    let image = try workspace.write(builder)
    #expect(try workspace.jffs2("extract", "-C", "out", image).status == 0)
    for option in ["-v", "-q"] {
      let result = try workspace.jffs2("extract", option, "-C", "out", image)
      let errors = result.error.split(separator: "\n")
      #expect(errors.count == lines && result.status == 1)
      if let rest {
        #expect(errors.last == "jffs2: \(image): \(rest) already; use --force to replace files")
      }
    }
    let json = try workspace.jffs2("extract", "--json", "-C", "out", image)
    try Schema.expect(json.output, fits: "extract")
    #expect(json.output.components(separatedBy: "already exists").count == count + 1)
  }

  @Test func `a target that was made is removed if nothing was extracted`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    _ = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "image", "none")
    #expect(result.output == "0 files, 0 B, in image.extracted; 1 failure\n")
    #expect(result.status == 1)
    #expect(try paths(workspace, ".") == ["image"])
  }

  @Test func `a target that is a symbolic link is followed, as the user wants it`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("file", ino: 2, [1])
    let image = try workspace.write(builder)
    try FileManager.default.createDirectory(
      at: workspace.folder.appending(path: "real"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: workspace.folder.appending(path: "name").path, withDestinationPath: "real")
    #expect(try workspace.jffs2("extract", "-C", "name", image).status == 0)
    #expect(try paths(workspace, "real") == ["file"])
    let file = try workspace.jffs2("extract", "-C", "image", image)
    #expect(file.status == 2)
    #expect(file.error.hasPrefix("jffs2: image: not a directory"))
  }

  @Test func `fifos and sockets are made, devices are left out and counted`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirent(version: 2, ino: 2, name: "fifo", type: 1)
    builder.addInode(2, version: 1, mode: 0o010_626)
    builder.addDirent(version: 3, ino: 3, name: "socket", type: 12)
    builder.addInode(3, version: 1, mode: 0o140_755)
    builder.addDirent(version: 4, ino: 4, name: "null", type: 2)
    builder.addInode(4, version: 1, mode: 0o020_666, fileSize: 0, payload: builder.number16(0x0103))
    builder.addDirent(version: 5, ino: 4, name: "zero", type: 2)
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "-C", "out", image)
    #expect(result.status == 0)
    #expect(
      result.error == "jffs2: \(image): 2 device nodes skipped; as root, use --devices\n")
    #expect(status(workspace, "out/fifo")?.st_mode == 0o010_626)
    #expect(status(workspace, "out/socket")?.st_mode == 0o140_755)
    #expect(status(workspace, "out/null") == nil)
    #expect(try workspace.jffs2("extract", "-q", "-C", "quiet", image).error == "")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can make device nodes"))
  func `root makes devices, and their further names`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirent(version: 4, ino: 4, name: "null", type: 2)
    builder.addInode(4, version: 1, mode: 0o020_666, fileSize: 0, payload: builder.number16(0x0103))
    builder.addDirent(version: 5, ino: 4, name: "other", type: 2)
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "--devices", "-C", "out", image)
    #expect(result.error == "")
    let device = try #require(status(workspace, "out/null"))
    #expect(device.st_mode == 0o020_666)
    #expect(device.st_rdev == 0x103)
    #expect(status(workspace, "out/other")?.st_ino == device.st_ino)
  }

  /// Files that cannot be opened to set attributes: links, fifos, sockets, devices.
  @Test(.enabled(if: geteuid() == 0, "only root can make devices and set owners"))
  func `root's links and special files keep all attributes`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    let types: [(name: String, mode: UInt32, type: UInt8)] = [
      ("fifo", 0o010_666, 1), ("device", 0o020_622, 2), ("link", 0o120_777, 10),
      ("socket", 0o140_777, 12),
    ]
    builder.addXattr(xid: 1, version: 1, prefix: 5, name: "mine", value: [1, 2])
    for (index, (name, mode, type)) in types.enumerated() {
      let ino = UInt32(index + 2)
      builder.addDirent(version: ino, ino: ino, name: name, type: type)
      builder.addInode(
        ino, version: 1, mode: mode, uid: 7, gid: 8, times: (11, 12, 13),
        payload: type == 10 ? Array("/x".utf8) : type == 2 ? builder.number16(0x0103) : [])
      builder.addXref(ino: ino, xid: 1, sequence: 2 * ino)
    }
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "--devices", "-C", "out", image)
    #expect(result.error == "")
    for (name, mode, _) in types {
      let made = try #require(status(workspace, "out/" + name))
      #expect(made.st_mode == mode, "\(name)")
      #expect(made.st_uid == 7 && made.st_gid == 8, "\(name)")
      #expect(made.st_atim.tv_sec == 11 && made.st_mtim.tv_sec == 12, "\(name)")
      let path = workspace.folder.appending(path: "out/" + name).path
      #expect(
        try ChildProcess(["getfattr", "-h", "-m-", path]).wait().output.contains("trusted.mine"))
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can set owners"))
  func `set-user-ID and file capabilities stay only with the owner`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("su", ino: 2, [1], mode: 0o4755, uid: 7, gid: 8)
    // Version 2, effective; CAP_NET_RAW.
    let capabilities: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
    builder.addXattr(xid: 1, version: 1, prefix: 2, name: "capability", value: capabilities)
    builder.addXattr(xid: 2, version: 1, prefix: 5, name: "t", value: [1])
    builder.addXattr(xid: 3, version: 1, prefix: 1, name: "u", value: [1])
    for xid in 1...3 as ClosedRange<UInt32> { builder.addXref(ino: 2, xid: xid, sequence: 2 * xid) }
    let image = try workspace.write(builder)
    #expect(try workspace.jffs2("extract", "-C", "kept", image).error == "")
    let kept = try #require(status(workspace, "kept/su"))
    #expect(kept.st_uid == 7)
    #expect(kept.st_gid == 8)
    #expect(kept.st_mode == 0o104_755)
    #expect(attributeNames(workspace, "kept/su") == ["security.capability", "trusted.t", "user.u"])
    #expect(try workspace.jffs2("extract", "--no-same-owner", "-C", "own", image).error == "")
    let own = try #require(status(workspace, "own/su"))
    #expect(own.st_uid == 0)
    #expect(own.st_gid == 0)
    #expect(own.st_mode == 0o100_755)
    #expect(attributeNames(workspace, "own/su") == ["user.u"])
  }

  @Test func `a summary is printed in JSON`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirectory("d", ino: 2)
    builder.addFile("f", ino: 3, [1, 2, 3], parent: 2)
    builder.addFile("bad", ino: 4, [UInt8](repeating: 1, count: 5000), damaged: [0])
    builder.addDirent(version: 8, ino: 3, name: "g")
    builder.addDirent(version: 9, ino: 7, name: [0xFF, 0x0A])
    builder.addInode(7, version: 1, fileSize: 1)
    builder.addInode(7, version: 2, payload: [1], flaws: [.dataCRC])
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "--json", "-C", "out", image)
    #expect(result.status == 1)
    try Schema.expect(result.output, fits: "extract")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(report["files"] as? Int == 3)
    #expect(report["directories"] as? Int == 1)
    #expect(report["hard_links"] as? Int == 1)
    #expect((report["failures"] as? [Any])?.count == 2)
    // A name from the image cannot start a separate line.
    #expect(result.error.contains(": \\377\\012: 1 of 1 bytes lost"))
  }
}
