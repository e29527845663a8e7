import Foundation
import TestSupport
import Testing

@testable import Commands

/// The output of every command with `--json`, validated with docs/json.
@Suite struct `JSON of jffs2` {
  /// A file system with each kind of file, a name that is not UTF-8, an old version, and damage.
  private func firmware() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1, 2, 3])
    builder.addFile("damaged", ino: 3, [UInt8](repeating: 1, count: 8192), damaged: [0])
    builder.addDirent(version: 5, ino: 2, name: "b")
    builder.addDirent(version: 6, ino: 0, name: "a")
    builder.addDirent(version: 7, ino: 9, name: "dangling")
    return builder
  }

  private static let commands: [(command: [String], schema: String, isLines: Bool)] = [
    (["info"], "info", false), (["verify"], "verify", false), (["ls", "-R"], "ls", false),
    (["nodes"], "nodes", true), (["history"], "history", false), (["map"], "map", false),
    (["extract", "-C", "out"], "extract", false),
  ]

  @Test(arguments: Self.commands)
  func `fits its schema, and has the version at the top of each object`(
    command: [String], schema: String, isLines: Bool
  ) throws {
    let workspace = try Workspace()
    _ = try workspace.write(firmware())
    let result = try workspace.jffs2(command + ["--json", "image"])
    try Schema.expect(result.output, fits: schema, isLines: isLines)
    guard schema != "ls" else { return }
    let documents =
      isLines ? result.output.split(separator: "\n").map(String.init) : [result.output]
    #expect(!documents.isEmpty)
    for document in documents {
      let object = try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: Any]
      #expect(object?["format_version"] as? Int == 1)
    }
  }

  @Test(arguments: Self.commands)
  func `is an error where nothing can be read`(
    command: [String], schema: String, isLines: Bool
  ) throws {
    let workspace = try Workspace()
    _ = try workspace.write([UInt8](repeating: 7, count: 5000))
    if schema != "info" {
      try expectError(workspace.jffs2(command + ["--json", "image"]), 3)
    }
    try expectError(workspace.jffs2(command + ["--json", "missing"]), 2)
    try expectError(workspace.jffs2(command + ["--json", "--offset", "1M", "image"]), 64)
    try expectError(workspace.jffs2(command + ["--json", "--frob", "image"]), 64)
  }

  @Test func `has the parts of a firmware without JFFS2 in info`() throws {
    let workspace = try Workspace()
    _ = try workspace.write([UInt8](repeating: 7, count: 5000))
    let result = try workspace.jffs2("info", "--json", "image")
    #expect(result.status == 3)
    try Schema.expect(result.output, fits: "info")
  }

  @Test(arguments: [
    ["ls", "image", "none"], ["nodes", "--path", "none", "image"], ["history", "image", "none"],
  ])
  func `is an error where no path leads to anything`(command: [String]) throws {
    let workspace = try Workspace()
    _ = try workspace.write(firmware())
    try expectError(workspace.jffs2(command + ["--json"]), 1)
  }

  @Test func `has what was found where other paths lead nowhere`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(firmware())
    let listing = try workspace.jffs2("ls", "--json", "image", "b", "none")
    #expect(listing.status == 1)
    try Schema.expect(listing.output, fits: "ls")
    let history = try workspace.jffs2("history", "--json", "image", "b", "none")
    #expect(history.status == 1)
    try Schema.expect(history.output, fits: "history")
  }

  @Test func `calls the root a dot`() {
    #expect([UInt8]().jsonPath == Array(".".utf8))
    #expect(Array("etc/x".utf8).jsonPath == Array("etc/x".utf8))
  }

  private func expectError(
    _ result: ChildProcess.Result, _ status: Int32,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(result.status == status, "\(result.error)", sourceLocation: sourceLocation)
    try Schema.expect(result.output, fits: "error", sourceLocation: sourceLocation)
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(object?["exit_code"] as? Int32 == status, sourceLocation: sourceLocation)
    let message = object?["error"] as? String ?? ""
    #expect(!message.isEmpty, sourceLocation: sourceLocation)
    #expect(result.error.contains("jffs2: \(message)\n"), sourceLocation: sourceLocation)
  }
}
