import Foundation
import TestSupport
import Testing

@Suite struct `A pattern as a path` {
  private func sample() -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2)
    builder.addFile("a.conf", ino: 3, Array("A\n".utf8), parent: 2)
    builder.addFile("b.conf", ino: 4, Array("B\n".utf8), parent: 2)
    builder.addDirectory("sub", ino: 5, parent: 2)
    builder.addFile("c.conf", ino: 6, Array("C\n".utf8), parent: 5)
    builder.addFile("[x].txt", ino: 7, Array("X\n".utf8))
    builder.addLink("link", ino: 8, to: "etc")
    builder.addFile("gone.conf", ino: 9, Array("G\n".utf8))
    builder.addDirent(version: 90, ino: 0, name: "gone.conf")
    return builder
  }

  @Test(arguments: [
    ("etc/*.conf", "A\nB\n"), ("**/*.conf", "A\nB\nC\n"), ("/etc/[ab].conf", "A\nB\n"),
    ("etc/?.conf", "A\nB\n"), ("link/*.conf", "A\nB\n"), ("*/*/c.conf", "C\n"),
    ("[x].txt", "X\n"), ("etc/**/c.conf", "C\n"), ("./etc/../etc/a*", "A\n"),
  ])
  func `prints the matching files`(pattern: String, contents: String) throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("cat", workspace.write(sample()), pattern)
    #expect(result.output == contents)
    #expect(result.error == "")
    #expect(result.status == 0)
  }

  @Test(arguments: [
    (["etc/*.conf"], "etc/a.conf\netc/b.conf\n"), (["link/a*"], "link/a.conf\n"),
    (["-d", "*"], "[x].txt\netc\nlink\n"), (["-d", "*/"], "etc/\n"),
    (["etc/*"], "etc/a.conf\netc/b.conf\n\netc/sub:\nc.conf\n"),
    (["*.txt", "etc/a.conf"], "[x].txt\netc/a.conf\n"),
  ])
  func `lists the matching files`(arguments: [String], expected: String) throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2(["ls", workspace.write(sample())] + arguments)
    #expect(result.output == expected)
    #expect(result.status == 0)
  }

  @Test func `that matches nothing is not found`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    for command in [["ls", image, "*.ini"], ["cat", image, "etc/*.ini"]] {
      let result = try workspace.jffs2(command)
      #expect(result.status == 1)
      #expect(result.error == "jffs2: \(image): \(command[2]): no such file in the image\n")
    }
  }

  @Test func `selects inodes, also of deleted names`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    let result = try workspace.jffs2("nodes", "--json", "--path", "**/*.conf", image)
    #expect(result.status == 0, "\(result.error)")
    for inode in [3, 4, 6, 9] { #expect(result.output.contains("\"inode\":\(inode),")) }
    #expect(!result.output.contains("\"inode\":7,"))
  }

  @Test func `selects versions`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(sample())
    let result = try workspace.jffs2("cat", "--version", "1", image, "*.conf")
    #expect(result.output == "G\n", "\(result.error)")
    let events = try workspace.jffs2("history", image, "*.conf")
    #expect(events.output.contains("gone.conf") && !events.output.contains("a.conf"))
  }

  @Test func `selects objects of JSON`() throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("ls", "--json", "-d", workspace.write(sample()), "etc/*")
    try Schema.expect(result.output, fits: "ls")
    #expect(result.output.split(separator: "\n").count == 5)
  }
}
