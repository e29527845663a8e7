import Foundation
import TestSupport
import Testing

@Suite struct `jffs2 history` {
  /// A password that was changed, and a key that was deleted.
  private func sample() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addDirent(version: 1, ino: 2, name: "etc", type: 4, changeTime: 1_421_800_000)
    builder.addInode(
      2, version: 1, mode: 0o040755, times: (1_421_800_000, 1_421_800_000, 1_421_800_000))
    builder.addDirent(parent: 2, version: 1, ino: 3, name: "wifi.conf", changeTime: 1_421_800_060)
    save(&builder, 3, version: 1, "psk=first\n", time: 1_421_800_060)
    save(&builder, 3, version: 2, "", time: 1_421_800_120)
    save(&builder, 3, version: 3, "psk=second\n", time: 1_421_800_120)
    builder.addDirent(parent: 2, version: 2, ino: 4, name: "key", changeTime: 1_421_800_180)
    save(&builder, 4, version: 3, "secret", time: 1_421_800_180)
    builder.addDirent(parent: 2, version: 3, ino: 0, name: "key", changeTime: 1_421_800_240)
    return builder
  }

  private func save(
    _ builder: inout ImageBuilder, _ ino: UInt32, version: UInt32, _ text: String, time: UInt32
  ) {
    builder.addInode(
      ino, version: version, mode: 0o100600, times: (time, time, time), payload: Array(text.utf8))
  }

  private func run(_ arguments: String...) throws -> ChildProcess.Result {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    return try workspace.jffs2(arguments.map { $0 == "IMAGE" ? image : $0 })
  }

  @Test func `reports each event, oldest first`() throws {
    let result = try run("history", "IMAGE")
    #expect(
      result.output == """
        2015-01-21 00:26:40  created              -  -         etc
        2015-01-21 00:27:40  created             10  complete  etc/wifi.conf  version 1
        2015-01-21 00:28:40  written             11  complete  etc/wifi.conf  version 2
        2015-01-21 00:29:40  created              -  -         etc/key
        2015-01-21 00:29:40  written              6  complete  etc/key  version 1
        2015-01-21 00:30:40  deleted              6  complete  etc/key  version 1

        """)
    #expect(result.status == 0)
  }

  @Test func `reports the requested inode, or that it does not exist`() throws {
    #expect(try run("history", "IMAGE", "etc/wifi.conf").output.split(separator: "\n").count == 2)
    #expect(try run("history", "IMAGE", "/etc/k*").output.split(separator: "\n").count == 3)
    #expect(try run("history", "--deleted", "IMAGE").output.split(separator: "\n").count == 3)
    let result = try run("history", "IMAGE", "none")
    #expect(result.output.isEmpty && result.status == 1)
    #expect(result.error.hasSuffix(": none: no such file in the image or in its history\n"))
  }

  @Test func `gives JSON that fits its schema`() throws {
    let result = try run("history", "--json", "IMAGE")
    try Schema.expect(result.output, fits: "history")
    #expect(result.output.contains(#""clock":"steady""#))
    #expect(
      result.output.contains(
        #"{"event":"written","inode":3,"path":"etc/wifi.conf","size":11,"state":"complete","time":1421800120,"type":"file","version":2}"#
      ))
  }

  @Test func `says once that the clock fell back`() throws {
    let workspace = try Workspace()
    var builder = sample()
    save(&builder, 3, version: 4, "psk=third\n", time: 100)
    let image = try workspace.write(builder)
    #expect(
      try workspace.jffs2("history", image).output.hasPrefix("# The device clock was set back"))
    let json = try workspace.jffs2("history", "--json", image)
    #expect(json.output.contains(#""clock":"falls_back""#))
    try Schema.expect(json.output, fits: "history")
  }

  @Test func `writes a body file`() throws {
    let result = try run("history", "--bodyfile", "IMAGE")
    #expect(
      result.output == """
        0|/etc/key (deleted)|4|r/rrw-------|0|0|6|1421800180|1421800180|1421800180|0
        0|/etc/wifi.conf (version 1)|3|r/rrw-------|0|0|10|1421800060|1421800060|1421800060|1421800060
        0|/etc/wifi.conf (version 2)|3|r/rrw-------|0|0|11|1421800120|1421800120|1421800120|0

        """)
  }

  private static let hasMactime = FileManager.default.isExecutableFile(atPath: "/usr/bin/mactime")

  @Test(.enabled(if: hasMactime, "needs the package sleuthkit"))
  func `has a body file that mactime reads`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    let body = try workspace.jffs2("history", "--bodyfile", image).output
    let file = try workspace.write(Array(body.utf8), "body")
    let result = try ChildProcess(["mactime", "-d", "-y", "-z", "UTC", "-b", file]).wait()
    #expect(
      result.output.contains(
        "2015-01-21T00:29:40Z,6,mac.,r/rrw-------,0,0,4,\"/etc/key (deleted)\"\n"))
    #expect(
      result.output.contains(
        "2015-01-21T00:27:40Z,10,macb,r/rrw-------,0,0,3,\"/etc/wifi.conf (version 1)\"\n"))
  }

  @Test func `has the numbers by which cat writes an older version`() throws {
    #expect(try run("cat", "--version", "1", "IMAGE", "/etc/wifi.conf").output == "psk=first\n")
    #expect(try run("cat", "--version", "2", "IMAGE", "etc/wifi.conf").output == "psk=second\n")
    #expect(try run("cat", "--version", "1", "IMAGE", "etc/key").output == "secret")
    let result = try run("cat", "--version", "3", "IMAGE", "etc/wifi.conf")
    #expect(result.error.hasSuffix(": etc/wifi.conf: has the versions 1 to 2\n"))
    #expect(result.status == 1)
  }

  @Test func `ls --deleted lists what is gone`() throws {
    #expect(try run("ls", "-R", "--deleted", "IMAGE").output == "/:\netc\n\n/etc:\nkey\n")
    let long = try run("ls", "-l", "--deleted", "IMAGE", "etc").output
    #expect(long == "-rw-------   1     0     0          6 2015-01-21 00:29 key\n")
  }

  @Test func `extract --history writes each version`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    let result = try workspace.jffs2("extract", "--history", "-C", "out", image)
    #expect(result.status == 0, "\(result.error)")
    for (path, text) in [("wifi.conf/001", "psk=first\n"), ("wifi.conf/002", "psk=second\n")] {
      let file = workspace.folder.appending(path: "out/etc/\(path)")
      #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
    // Its beginning is missing; the bytes are there.
    let key = workspace.folder.appending(path: "out/etc/key/001")
    #expect(try String(contentsOf: key, encoding: .utf8) == "secret")
  }

  @Test(arguments: [
    ("plain", "no older versions; without --history the current one is extracted"),
    ("pl*", "matches no older version"),
    ("missing", "no such file in the image or in its history"),
  ])
  func `extract --history says why a path has no versions`(path: String, reason: String) throws {
    let workspace = try Workspace()
    var builder = sample()
    builder.addFile("plain", ino: 40, [1])
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "--history", "-C", "out", image, path)
    #expect(result.error == "jffs2: \(image): \(path): \(reason)\n")
    #expect(result.status == 1)
  }

  @Test func `cat --version of a pattern leaves out directories`() throws {
    let result = try run("cat", "--version", "1", "IMAGE", "*", "etc/*")
    #expect(result.output.contains("psk=first"), "\(result.error)")
    #expect(!result.error.contains("etc/wifi.conf"))
  }

  @Test func `nodes --path finds a deleted name`() throws {
    let result = try run("nodes", "--path", "etc/key", "IMAGE")
    #expect(result.output.split(separator: "\n").count == 3)
    #expect(result.status == 0)
  }

  @Test func `a partial version is extracted with zeros and noted`() throws {
    let workspace = try Workspace()
    var builder = sample()
    builder.addInode(
      3, version: 9, mode: 0o100600, times: (1_421_800_900, 1_421_800_900, 1_421_800_900),
      offset: 20, payload: Array("tail".utf8), flaws: [.obsolete])
    builder.addInode(
      3, version: 10, mode: 0o100600, times: (1_421_801_900, 1_421_801_900, 1_421_801_900))
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("extract", "--history", "-C", "out", image)
    #expect(result.status == 0)
    #expect(result.error.contains("1 version with missing ranges"))
    let file = workspace.folder.appending(path: "out/etc/wifi.conf/003.partial")
    #expect(try Data(contentsOf: file).count == 24)
  }
}
