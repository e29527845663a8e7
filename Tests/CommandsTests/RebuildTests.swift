import Foundation
import TestSupport
import Testing

/// `jffs2 info` names the command lines that make a firmware again.
struct `Making an image again` {
  private struct Report: Decodable {
    struct Rebuild: Decodable {
      let extract: String
      let pack: String?
      let notes: [String]
    }

    struct FileSystem: Decodable {
      let rebuild: Rebuild
    }

    let file_systems: [FileSystem]
  }

  private func rebuild(_ workspace: Workspace, _ file: String) throws -> Report.Rebuild {
    let output = try workspace.jffs2("info", "--json", file).output
    try Schema.expect(output, fits: "info")
    let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
    return try #require(report.file_systems.first).rebuild
  }

  private func builder() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addFile("file", ino: 2, Array("contents".utf8))
    return builder
  }

  @Test func `the lines work as they are`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(builder(), "it's")
    let lines = try rebuild(workspace, "it's")
    #expect(lines.notes.isEmpty)
    let program = try Workspace.program()
    for line in [lines.extract, try #require(lines.pack)] {
      let result = try ChildProcess(
        ["/bin/sh", "-ec", "'\(program)'\(line.dropFirst("jffs2".count))"],
        in: workspace.folder.path
      ).wait()
      #expect(result.status == 0, "\(line): \(result.error)")
    }
    #expect(try workspace.jffs2("cat", "new", "file").output == "contents")
  }

  @Test func `the lines choose one of several file systems`() throws {
    let workspace = try Workspace()
    var first = builder()
    first.padWithErased(toMultipleOf: 0x10000)
    let foreign = (0..<0x20000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) | 1 }
    _ = try workspace.write(first.bytes + foreign + first.bytes, "dump")
    let lines = try rebuild(workspace, "dump")
    #expect(lines.extract.contains(" --partition "))
    #expect(lines.pack?.contains(" --partition ") == true)
  }
}
