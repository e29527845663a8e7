import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `Messages of jffs2` {
  private static let escape = "\u{1B}[31m"

  @Test func `a file's name cannot drive a terminal`() throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("ls", "none\(Self.escape)\u{202E}\n")
    #expect(result.status == 2)
    #expect(result.error.contains("none\\u{1b}[31m\\u{202e}\\n: "), "\(result.error)")
    #expect(result.error.split(separator: "\n").count == 1)
  }

  @Test func `JSON with the name of a file cannot drive a terminal`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    let name = "é\u{7F}\u{9B}31m\u{202E}\u{E0001}\u{1B}"
    builder.addFile(name, ino: 2, [1])
    let text = try workspace.jffs2("ls", "--json", "-1", workspace.write(builder)).output
    #expect(text.contains(#""./é\u007f\u009b31m\u202e\udb40\udc01\u001b""#), "\(text)")
    let entries = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
    #expect(entries?.compactMap { $0["path"] as? String }.contains("./" + name) == true)
  }

  @Test func `the name of an archive's member cannot drive a terminal`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    _ = try workspace.write(builder, "home\(Self.escape)")
    let archive = workspace.folder.appending(path: "a.tar").path
    let made = try ChildProcess(
      ["tar", "cf", archive, "home\(Self.escape)"], in: workspace.folder.path
    ).wait()
    #expect(made.status == 0)
    let result = try workspace.jffs2("ls", "--member", "other", archive)
    #expect(result.status == 64)
    #expect(result.error.contains("home\\u{1b}[31m"), "\(result.error)")
    #expect(!result.error.contains("\u{1B}"))
  }

  @Test func `the version is printed for -V and --version`() throws {
    let workspace = try Workspace()
    let long = try workspace.jffs2("--version")
    let short = try workspace.jffs2("-V")
    #expect(short.output == long.output && short.output.hasPrefix("jffs2 "))
    #expect(short.status == 0 && short.error == "")
  }

  @Test(.enabled(if: getuid() == 0, "needs root"))
  func `a lack of space to unpack names the firmware`() throws {
    let workspace = try Workspace()
    let firmware = workspace.folder.appending(path: "firmware.gz").path
    let script = """
      head -c 4000000 /dev/urandom | gzip -1 >"$0" && mkdir small && mount -t tmpfs -o size=1M none small &&
      TMPDIR=$PWD/small "$1" ls "$0"; status=$?; umount small; exit $status
      """
    let result = try ChildProcess(
      ["sh", "-c", script, firmware, try Workspace.program()], in: workspace.folder.path
    ).wait()
    #expect(result.status == 2)
    #expect(
      result.error.hasPrefix("jffs2: \(firmware): no space to unpack: "), "\(result.error)")
  }

  @Test(arguments: [
    (["ls", "--offset", "x"], "not a size such as 0x40000 or 256k"),
    (["ls", "--length", "1.5M"], "not a size such as 0x40000 or 256k"),
    (["ls", "--erase-size", "x"], "not a size such as 0x40000 or 256k"),
    (["ls", "--max-unpacked", "x"], "not a size such as 0x40000 or 256k"),
    (["ls", "--oob", "5"], "not page and spare size such as 2048+64"),
    (["unwrap", "-o", "new", "--pad", "x"], "not a size such as 0x40000 or 256k"),
  ])
  func `an invalid value is reported with an example`(
    arguments: [String], reason: String
  ) throws {
    let result = try Workspace().jffs2(arguments + ["firmware"])
    #expect(result.status == 64)
    #expect(result.error.contains(": \(reason)\n"), "\(result.error)")
  }

  @Test(arguments: [("unwrap", "image"), ("export", "archive")])
  func `binary output is not written to a terminal`(
    command: String, output: String
  ) throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    _ = try workspace.write(builder, "home")
    let result = try ChildProcess(
      ["script", "-qec", "'\(Workspace.program())' \(command) -o - home", "/dev/null"],
      in: workspace.folder.path
    ).wait()
    #expect(result.status == 64)
    #expect(result.output.contains("no \(output) is written to a terminal; use -o FILE or a pipe"))
  }

  @Test func `a closed standard stream takes no file's place`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [UInt8](repeating: 1, count: 8192), damaged: [0])
    let image = try workspace.write(builder)
    let line =
      "\"$0\" export -o open.tar \"$1\" 2>/dev/null; exec \"$0\" export -o closed.tar \"$1\" <&- >&- 2>&-"
    let result = try ChildProcess(
      ["sh", "-c", line, Workspace.program(), image], in: workspace.folder.path
    ).wait()
    #expect(result.status == 1)
    let files = try ["open.tar", "closed.tar"].map {
      try Data(contentsOf: workspace.folder.appending(path: $0))
    }
    #expect(files[0] == files[1])
    let listing = try ChildProcess(
      ["sh", "-c", "exec \"$0\" ls \"$1\" >&-", Workspace.program(), image]
    ).wait()
    #expect(listing.error == "jffs2: standard output: Bad file descriptor\n")
    #expect(listing.status == 2)
  }
}
