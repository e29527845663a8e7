import Foundation
import Glibc
import TestSupport
import Testing

/// Either of the two processes of a command that creates files may end early.
@Suite(.timeLimit(.minutes(4))) struct `The two processes of jffs2` {
  /// Gigabytes of zeros in an archive that is not compressed takes a while.
  private func startExport(
    in workspace: Workspace
  ) throws -> (child: ChildProcess, reader: pid_t) {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: "large")
    builder.addInode(
      2, version: 1, fileSize: 4_000_000_000, size: 3_999_999_999, compression: .zero)
    builder.addInode(2, version: 2, fileSize: 4_000_000_000, offset: 3_999_999_999, payload: [1])
    _ = try workspace.write(builder)
    let child = try ChildProcess(
      [Workspace.program(), "export", "-q", "--max-unpacked", "8G", "-o", "a.zip", "image"],
      in: workspace.folder.path)
    for _ in 0..<2000 {
      usleep(5000)
      let text =
        try? String(contentsOfFile: "/proc/\(child.id)/task/\(child.id)/children", encoding: .utf8)
      if let reader = text?.split(separator: " ").first.flatMap({ pid_t($0) }) {
        return (child, reader)
      }
    }
    throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: child.error])
  }

  private func names(_ workspace: Workspace) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path).sorted()
  }

  @Test func `the end of the reading process is reported and leaves nothing behind`() throws {
    let workspace = try Workspace()
    let (child, reader) = try startExport(in: workspace)
    kill(reader, SIGKILL)
    #expect(child.waitStatus(seconds: 20) == 2)
    #expect(child.error == "jffs2: image: the reading process was killed by signal 9\n")
    #expect(try names(workspace) == ["image"])
  }

  @Test func `the one that reads ends with the other`() throws {
    let workspace = try Workspace()
    let (child, reader) = try startExport(in: workspace)
    child.signal(SIGKILL)
    #expect(child.waitStatus(seconds: 20) == -SIGKILL)
    var isGone = false
    for _ in 0..<1000 where !isGone {
      usleep(5000)
      isGone = kill(reader, 0) != 0
    }
    #expect(isGone)
    #expect(try names(workspace) == ["image"])
  }

  /// As a terminal does it: both get the signal.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a signal to both ends both`(signal: Int32) throws {
    let workspace = try Workspace()
    let (child, _) = try startExport(in: workspace)
    kill(-child.id, signal)
    #expect(child.waitStatus(seconds: 20) == -signal)
    #expect(try names(workspace) == ["image"])
  }

  /// A map shows any file that can be read.
  @Test(arguments: [
    (["export", "-o", "a.tar", "image"], 3), (["unwrap", "-o", "a", "image"], 3),
    (["map", "--svg", "a.svg", "missing"], 2),
  ])
  func `a firmware that cannot be read leaves the old file`(
    command: [String], status: Int
  ) throws {
    let workspace = try Workspace()
    _ = try workspace.write([UInt8](repeating: 7, count: 5000))
    let contents = Array("<svg/>".utf8)
    let old = try workspace.write(contents, command[2])
    #expect(try workspace.jffs2(command).status == Int32(status))
    #expect(try Data(contentsOf: URL(filePath: old)) == Data(contents))
    #expect(try names(workspace) == [command[2], "image"].sorted())
  }

  @Test func `a firmware that cannot be read leaves no new directory, and an old one`() throws {
    let workspace = try Workspace()
    _ = try workspace.write([UInt8](repeating: 7, count: 5000))
    #expect(try workspace.jffs2("extract", "-C", "a/b/c", "image").status == 3)
    #expect(try names(workspace) == ["image"])
    let old = workspace.folder.appending(path: "a")
    try FileManager.default.createDirectory(at: old, withIntermediateDirectories: true)
    #expect(try workspace.jffs2("extract", "-C", "a/b", "image").status == 3)
    #expect(try workspace.jffs2("extract", "-C", "a", "image").status == 3)
    #expect(try names(workspace) == ["a", "image"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: old.path) == [])
  }
}
