import Foundation
import TestSupport
import Testing

/// A shell that completes arguments, used as by a person.
enum Shell: String, CaseIterable, CustomTestStringConvertible {
  case bash, zsh, fish

  var testDescription: String { rawValue }

  /// The line after the tab key, and the list of the shell.
  ///
  /// - Parameter directory: The working directory of the shell.
  func complete(_ line: String, in directory: String = "/") throws -> [String] {
    guard try ChildProcess(["which", rawValue]).wait().status == 0 else {
      try skipTest("\(rawValue) is not installed; run Scripts/setup --tests")
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
    let built = URL(filePath: try ChildProcess.builtProgram(program)).deletingLastPathComponent()
    let result = try ChildProcess(
      ["/usr/bin/python3", typing, rawValue, script, line], in: directory,
      environment: ["PATH": "\(built.path):/usr/bin:/bin"]
    ).wait(seconds: 60)
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
      ("jffs2 help hist", "jffs2 help history"),
      ("jffs2 ls --endian l", "jffs2 ls --endian little"),
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

/// Completions with what is in a firmware file.
@Suite struct `Completion in a firmware` {
  /// Places with a dump of two partitions, an archive, and an image with names that a shell could take for commands.
  private func place() throws -> MountPlace {
    let place = try MountPlace(FlashDump.bytes(table: FlashDump.table), name: "dump.bin")
    var image = ImageBuilder()
    image.addDirectory("etc", ino: 2)
    image.addFile("passwd", ino: 3, [], parent: 2)
    image.addFile("host name", ino: 4, [], parent: 2)
    image.addFile("$(touch pwned)", ino: 5, [])
    image.addFile("it's; touch pwned", ino: 6, [])
    image.addFile("line\nbreak", ino: 7, [])
    image.addFile("a:b=c@d", ino: 8, [])
    image.addFile(".hidden", ino: 9, [])
    for name in ["fw.bin", "my 'fw'.bin"] {
      try Data(image.bytes).write(to: URL(filePath: "\(place.folder)/\(name)"))
    }
    try FileManager.default.createDirectory(
      atPath: "\(place.folder)/update", withIntermediateDirectories: true)
    let made = try place.shell("cp dump.bin update/ && tar cf fw.tar update fw.bin")
    try #require(made.status == 0)
    return place
  }

  @Test(
    arguments: Shell.allCases,
    [
      ("jffs2 cat fw.bin et", "etc/"), ("jffs2 cat fw.bin etc/pa", "etc/passwd"),
      ("jffs2 ls fw.bin /etc/pa", "/etc/passwd"), ("jffs2 cat fw.bin .h", ".hidden"),
      ("jffs2 cat my\\ \\'fw\\'.bin etc/pa", "etc/passwd"),
      ("jffs2 extract dump.bin ap", "app/"), ("jffs2 history dump.bin app/app", "app/app.txt"),
      ("jffs2 nodes fw.bin --path etc/p", "etc/passwd"), ("jffs2 diff fw.bin fw.bin et", "etc/"),
      ("jffs2 pack update --like fw.bin --drop etc/p", "etc/passwd"),
      ("jffs2 ls dump.bin --partition con", "config"),
      ("jffs2 unwrap dump.bin --partition bo", "boot"),
      ("jffs2 ls fw.tar --member fw", "fw.bin"),
      ("jffs2 cat fw.tar --member fw.bin etc/pa", "etc/passwd"),
      ("jffs2fuse dump.bin m -o partition=con", "partition=config"),
      ("jffs2fuse dump.bin m -o ro,partition=da", "ro,partition=data"),
      ("jffs2fuse fw.tar m -o member=up", "member=update/dump.bin"),
    ])
  func `finishes names in it`(shell: Shell, lines: (begun: String, word: String)) throws {
    let place = try place()
    let finished = try #require(try shell.complete(lines.begun, in: place.folder).first)
    let words = finished.split(separator: " ", omittingEmptySubsequences: false)
    // A space follows a complete word only.
    let ends = shell != .fish && !lines.word.hasSuffix("/")
    #expect(words.dropLast(ends ? 1 : 0).last.map(String.init) == lines.word, "\(finished)")
  }

  @Test(arguments: Shell.allCases)
  func `offers all names of a directory, except hidden ones and those of several lines`(
    shell: Shell
  ) throws {
    let place = try place()
    let offered = try shell.complete("jffs2 cat fw.bin ", in: place.folder).joined(separator: "\n")
    for name in ["etc/", "a:b=c@d"] { #expect(offered.contains(name), "\(offered)") }
    #expect(!offered.contains("hidden") && !offered.contains("break"))
    let inner = try shell.complete("jffs2 cat fw.bin etc/", in: place.folder)
    #expect(inner.joined().contains("passwd") && inner.joined().contains("host"))
  }

  @Test(arguments: Shell.allCases, ["", "it", "\\$"])
  func `runs nothing that a name contains, and quotes it`(shell: Shell, start: String) throws {
    let place = try place()
    let offered = try shell.complete("jffs2 cat fw.bin \(start)", in: place.folder)
    if start == "it", shell != .fish {
      #expect(offered.first?.hasPrefix(#"jffs2 cat fw.bin it\'s\;\ touch\ pwned"#) == true)
    }
    #expect(!FileManager.default.fileExists(atPath: "\(place.folder)/pwned"))
  }

  @Test(arguments: [
    "jffs2 cat nothing.bin ", "jffs2 cat pipe ", "jffs2 cat - ", "jffs2 cat update ",
    "jffs2fuse pipe m -o partition=",
  ])
  func `waits for nothing and is silent where there is no firmware`(line: String) throws {
    let place = try place()
    #expect(try place.shell("mkfifo $D/pipe").status == 0)
    let offered = try Shell.bash.complete(line, in: place.folder)
    #expect(offered.first == line)
    #expect(!offered.joined().contains("jffs2:"))
  }
}
