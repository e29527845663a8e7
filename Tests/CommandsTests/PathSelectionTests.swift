import Commands
import TestSupport
import Testing

@Suite struct `Selection of paths` {
  /// The selected paths of a small tree, and the patterns without a match.
  private func select(_ paths: String...) throws -> (found: [String], unmatched: [String]) {
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2)
    builder.addFile("passwd", ino: 3, [1], parent: 2)
    builder.addDirectory("init.d", ino: 4, parent: 2)
    builder.addFile("rc1", ino: 5, [1], parent: 4)
    builder.addFile("rc2", ino: 6, [1], parent: 4)
    builder.addDirectory("bin", ino: 7)
    builder.addFile("[x]", ino: 8, [1], parent: 7)
    builder.addFile("größe", ino: 9, [1], parent: 7)
    builder.addFile(".hidden", ino: 10, [1], parent: 7)
    let workspace = try Workspace()
    let tree = try ImageTree.open(workspace.write(builder))
    var walk = FilteredTreeWalk(tree, PathSelection(paths.map { Array($0.utf8) }))
    var found: [String] = []
    while let step = walk.next() {
      if case .entry(_, _, isSelected: true) = step { found.append(walk.name.text) }
    }
    return (found, walk.selection.unmatched.map(\.text))
  }

  @Test(arguments: [
    ("etc/passwd", ["passwd"]),
    ("/etc/passwd", ["passwd"]),
    ("./etc//init.d/", ["init.d", "rc1", "rc2"]),
    ("etc/init.d/rc*", ["rc1", "rc2"]),
    ("*/init.d/rc?", ["rc1", "rc2"]),
    ("**/rc[2-9]", ["rc2"]),
    ("**/rc[!2]", ["rc1"]),
    ("etc/**/passwd", ["passwd"]),
    ("bin/gr??e", ["größe"]),
    ("bin/*", [".hidden", "[x]", "größe"]),
    ("bin/[x]", ["[x]"]),
    ("bin/\\[x\\]", ["[x]"]),
    ("bin/[[]*", ["[x]"]),
    ("etc/*d", ["init.d", "rc1", "rc2", "passwd"]),
  ])
  func `a path or pattern brings what fits and what is below it`(
    path: String, names: [String]
  ) throws {
    let selected = try select(path)
    #expect(selected.found == names)
    #expect(selected.unmatched == [])
  }

  @Test func `no path, the root and two stars bring everything`() throws {
    let all = try select().found
    #expect(all.count == 9)
    #expect(try select("/").found == all)
    #expect(try select("**").found == all)
  }

  @Test func `patterns without a match are reported`() throws {
    let selected = try select("etc/passwd", "none", "etc/passwd/below", "bin/[", "../etc")
    #expect(selected.found == ["passwd"])
    #expect(selected.unmatched == ["none", "etc/passwd/below", "bin/[", "../etc"])
  }

  @Test func `a pattern of many stars takes no long time`() throws {
    let stars = String(repeating: "*a", count: 100)
    #expect(try select("bin/\(stars)").unmatched.count == 1)
  }
}
