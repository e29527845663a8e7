import Foundation
import TestSupport
import Testing

@Suite struct `Several firmware files` {
  /// A sound image, a damaged one, and a file without JFFS2.
  private func files() throws -> Workspace {
    let workspace = try Workspace()
    var sound = ImageBuilder()
    sound.addFile("a", ino: 2, [1, 2, 3])
    _ = try workspace.write(sound, "sound")
    sound.addFile("bad", ino: 3, [UInt8](repeating: 1, count: 8192), damaged: [0])
    _ = try workspace.write(sound, "damaged")
    _ = try workspace.write(Array("text\n".utf8) + [UInt8](repeating: 7, count: 5000), "text")
    return workspace
  }

  @Test(arguments: [
    (["sound", "sound"], 0, 0), (["sound", "text"], 3, 3), (["text", "damaged", "sound"], 3, 1),
    (["damaged", "text"], 3, 1), (["missing", "damaged", "text"], 2, 2),
    (["sound", "damaged"], 0, 1),
  ])
  func `give the most serious status`(names: [String], info: Int32, verify: Int32) throws {
    let workspace = try files()
    #expect(try workspace.jffs2(["info"] + names).status == info)
    #expect(try workspace.jffs2(["verify"] + names).status == verify)
    #expect(try workspace.jffs2(["info", "-s"] + names).status == info)
  }

  @Test func `have a report each`() throws {
    let workspace = try files()
    let info = try workspace.jffs2("info", "sound", "missing", "damaged")
    #expect(info.output.hasPrefix("sound\n") && info.output.contains("\n\ndamaged\n"))
    #expect(info.error.contains("jffs2: missing: cannot open"))
    let verify = try workspace.jffs2("verify", "sound", "damaged")
    #expect(verify.output.contains("sound: no damage; "))
    #expect(verify.output.contains("damaged: DAMAGED, 1 place; "))
  }

  @Test func `have a line each in a summary`() throws {
    let workspace = try files()
    let result = try workspace.jffs2("info", "-s", "sound", "damaged", "text")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first?.hasPrefix("sound:   ") == true)
    #expect(lines.first?.hasSuffix(", JFFS2 little-endian, 1 file of 3 B") == true)
    #expect(lines.dropFirst().first?.hasSuffix(", DAMAGED") == true)
    #expect(lines.last?.contains("no JFFS2") == true)
    let one = try workspace.jffs2("info", "-s", "--bytes", "sound")
    #expect(one.output.hasPrefix("sound: ") && one.output.hasSuffix(" 1 file of 3 B\n"))
  }

  @Test func `of which one is not read have the reason beside their lines`() throws {
    let workspace = try files()
    let zip = ["/usr/bin/python3", "-m", "zipfile", "-c", "two.zip", "sound", "damaged"]
    try #require(try ChildProcess(zip, in: workspace.folder.path).wait().status == 0)
    let result = try workspace.jffs2("info", "-s", "two.zip", "text")
    let lines = result.output.split(separator: "\n")
    #expect(lines.first?.contains("JFFS2 not read: ZIP archive") == true, "\(result.output)")
    #expect(lines.last?.contains("no JFFS2") == true)
    #expect(result.error.hasPrefix("jffs2: two.zip: several members contain JFFS2: "))
    #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
    #expect(result.status == 64)
  }

  @Test(arguments: ["info", "verify"])
  func `have an object each in JSON, on one line`(command: String) throws {
    let workspace = try files()
    let result = try workspace.jffs2(command, "--json", "sound", "missing", "damaged")
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 3)
    try Schema.expect(lines[0], fits: command)
    try Schema.expect(lines[1], fits: "error")
    try Schema.expect(lines[2], fits: command)
    #expect(lines[2].contains(#""firmware":"damaged""#))
    #expect(result.status == 2)
  }

  @Test func `cannot be combined in one kind of report`() throws {
    let workspace = try files()
    #expect(try workspace.jffs2("info", "-s", "-v", "sound").status == 64)
    #expect(try workspace.jffs2("info", "-s", "--json", "sound").status == 64)
  }
}

@Suite struct `Standard input as firmware` {
  private func image() throws -> Workspace {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [UInt8](repeating: 1, count: 3000))
    _ = try workspace.write(builder)
    return workspace
  }

  private func run(_ workspace: Workspace, _ line: String) throws -> ChildProcess.Result {
    try ChildProcess(
      ["bash", "-c", line.replacing("jffs2 ", with: "\"$0\" "), Workspace.program()],
      in: workspace.folder.path
    ).wait(seconds: 60)
  }

  @Test(arguments: [
    "cat image | jffs2 ls -", "jffs2 ls - < image", "cat image | jffs2 ls /dev/stdin",
    "jffs2 ls <(cat image)", "jffs2 ls /dev/stdin < image", "gzip -c image | jffs2 ls -",
    "(sleep 0.2; head -c 10 image; sleep 0.2; tail -c +11 image) | jffs2 ls -",
    "mkfifo pipe; cat image > pipe & jffs2 ls pipe", "cat image | jffs2 ls --offset 0 -- -",
  ])
  func `is read from a file or a pipe`(line: String) throws {
    let result = try run(image(), line)
    #expect(result.output == "a\n", "\(result.error)")
    #expect(result.error == "")
    #expect(result.status == 0)
  }

  @Test(arguments: [
    "cat image | jffs2 cat - a | wc -c", "cat image | jffs2 export -o - - | tar xO a | wc -c",
    "cat image | jffs2 extract -q -; wc -c < firmware.extracted/a",
    "cat image | jffs2 extract -q -C out -; wc -c < out/a",
    "cat image | jffs2 unwrap -o bare -; jffs2 cat bare a | wc -c",
  ])
  func `works for every command`(line: String) throws {
    let result = try run(image(), line)
    #expect(result.output == "3000\n", "\(result.error)")
  }

  @Test(arguments: [
    ("jffs2 ls - < /dev/null", "-: the file is empty", 3),
    ("jffs2 ls - < .", "-: is a directory; give the firmware file", 2),
    ("jffs2 ls - <&-", "-: cannot ", 2),
    (
      "head -c 2M /dev/zero | jffs2 ls --max-unpacked 1M -",
      "-: more than the 1048576 bytes allowed", 2
    ),
    ("head -c 1M /dev/zero | jffs2 ls --max-unpacked 1M -", "-: all bytes are 0", 3),
    ("head -c 1M /dev/zero | jffs2 ls --offset 64k -", "-: from 0x10000 on: all bytes are 0", 3),
    (
      "head -c 1M /dev/zero | tr '\\0' '\\377' | jffs2 ls --length 4k -",
      "-: from 0x0 to 0x1000: blank flash, all bytes are 0xff", 3
    ),
    ("script -qec \"'$0' ls -\" /dev/null", "-: standard input is a terminal; ", 64),
  ])
  func `is refused where it supplies no firmware`(line: String, message: String, status: Int32)
    throws
  {
    let result = try run(image(), line)
    #expect((result.error + result.output).contains("jffs2: \(message)"), "\(result)")
    #expect(result.status == status)
  }

  @Test func `is not left anywhere`() throws {
    let workspace = try image()
    let result = try run(workspace, "export TMPDIR=$PWD; cat image | jffs2 ls - && ls -A")
    #expect(result.output == "a\nimage\n")
  }
}
