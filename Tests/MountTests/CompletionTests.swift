import Foundation
import TestSupport
import Testing

/// A shell that completes arguments, used as by a person.
enum Shell: String, CaseIterable, CustomTestStringConvertible {
  case bash, zsh, fish

  var testDescription: String { rawValue }

  /// The line after the tab key, and the list of the shell.
  func complete(_ line: String) throws -> [String] {
    guard try ChildProcess(["which", rawValue]).wait().status == 0 else {
      try Test.cancel("\(rawValue) is not installed; run Scripts/setup --tests")
    }
    let program = String(line.prefix { $0 != " " })
    let place = try MountPlace([])
    let script = "\(place.folder)/\(self == .zsh ? "_" : "")\(program)"
    let writing = [
      try ChildProcess.builtProgram(program), "--generate-completion-script", rawValue,
    ]
    try ChildProcess(writing).wait().output.write(
      toFile: script, atomically: true, encoding: .utf8)
    let typing = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "complete-in-shell.py").path
    let result = try ChildProcess(["python3", typing, rawValue, script, line]).wait(seconds: 60)
    try #require(result.status == 0, "\(result.error)")
    return result.output.split(separator: "\n").map(String.init)
  }
}

/// The behavior of the shells with the completion scripts of the programs.
@Suite struct `Completion` {
  /// The words of the program's help text that match.
  private func help(_ pattern: Regex<(Substring, Substring)>) throws -> Set<String> {
    let program = try ChildProcess.builtProgram("jffs2fuse")
    let help = try ChildProcess([program, "--help"]).wait().output
    return Set(help.matches(of: pattern).map { String($0.1) })
  }

  private func words(_ lines: [String]) -> Set<String> {
    Set(lines.joined(separator: " ").matches(of: /[-a-zA-Z_]+/).map { String($0.0) })
  }

  @Test(arguments: Shell.allCases)
  func `offers every option after -o`(shell: Shell) throws {
    let names = try help(/-o ([a-z_]+)/)
    #expect(names.count > 30)
    let offered = try words(shell.complete("jffs2fuse -o "))
    #expect(names.subtracting(offered).isEmpty)
  }

  @Test(arguments: Shell.allCases)
  func `offers every flag`(shell: Shell) throws {
    let flags = try help(/(?m:^) +(--?[a-zA-Z-]+)/).union(try help(/, (--?[a-zA-Z-]+)/))
    #expect(flags.isSuperset(of: ["-f", "-V", "--version", "--doctor"]))
    // fish offers long ones only after two dashes, zsh all at once.
    let offered = try words(shell.complete("jffs2fuse -") + shell.complete("jffs2fuse --"))
    #expect(flags.subtracting(offered).isEmpty)
  }

  @Test(arguments: Shell.allCases)
  func `offers every command of jffs2`(shell: Shell) throws {
    let offered = try words(shell.complete("jffs2 "))
    let commands = [
      "info", "ls", "cat", "extract", "export", "history", "nodes", "verify", "unwrap", "map",
      "diff",
    ]
    #expect(offered.isSuperset(of: commands))
  }

  @Test(
    arguments: Shell.allCases,
    [
      ("jffs2fuse --doc", "jffs2fuse --doctor"),
      ("jffs2fuse home m -o ro,nonem", "jffs2fuse home m -o ro,nonempty"),
      ("jffs2fuse -o allow_other,damaged=z", "jffs2fuse -o allow_other,damaged=zero"),
      ("jffs2fuse --generate-completion-script z", "jffs2fuse --generate-completion-script zsh"),
      ("jffs2 exp", "jffs2 export"), ("jffs2 ls --js", "jffs2 ls --json"),
    ])
  func `finishes what is begun`(shell: Shell, lines: (begun: String, finished: String)) throws {
    let finished = try #require(try shell.complete(lines.begun).first)
    // A shell may continue with what separates it from the next.
    #expect([lines.finished, lines.finished + " ", lines.finished + ","].contains(finished))
  }

  @Test func `is written for no other shell`() throws {
    let program = try ChildProcess.builtProgram("jffs2fuse")
    let result = try ChildProcess([program, "--generate-completion-script", "csh"]).wait()
    #expect(result.status == 1)
    #expect(result.error.contains("bash, zsh or fish"))
  }
}
