import Commands
import TestSupport
import Testing

@Suite struct `Walk over a tree` {
  private func steps(_ builder: ImageBuilder) throws -> [String] {
    let workspace = try Workspace()
    let tree = try ImageTree.open(workspace.write(builder))
    var walk = TreeWalk(tree, from: tree.root)
    var steps: [String] = []
    while let step = walk.next() {
      switch step {
      case .entry: steps.append("/" + walk.path.text)
      case .alreadyVisited: steps.append("again /" + walk.path.text)
      case .tooLong: steps.append("too long")
      case .exitDirectory: steps.append("leave")
      case .unreadable: steps.append("unreadable")
      }
    }
    return steps
  }

  @Test func `shows parents first and names in the order of their bytes`() throws {
    var builder = ImageBuilder()
    builder.addDirectory("b", ino: 2)
    builder.addFile("z", ino: 3, [1], parent: 2)
    builder.addDirectory("empty", ino: 4, parent: 2)
    builder.addFile("a", ino: 5, [1])
    #expect(
      try steps(builder) == ["/", "/a", "/b", "/b/empty", "leave", "/b/z", "leave", "leave"])
  }

  @Test func `ends in an image whose directories form a loop`() throws {
    var builder = ImageBuilder()
    builder.addDirectory("a", ino: 2)
    builder.addDirectory("b", ino: 3, parent: 2)
    builder.addDirent(parent: 3, version: 9, ino: 2, name: "loop", type: 4)
    #expect(
      try steps(builder) == ["/", "/a", "/a/b", "again /a/b/loop", "leave", "leave", "leave"])
  }

  @Test func `goes down 20,000 levels if paths are not needed`() throws {
    var builder = ImageBuilder()
    for ino in 2...UInt32(20_001) { builder.addDirectory("d", ino: ino, parent: ino - 1) }
    let workspace = try Workspace()
    let tree = try ImageTree.open(workspace.write(builder))
    var walk = TreeWalk(tree, from: tree.root, maximumPathLength: nil)
    var deepest = 0
    while walk.next() != nil { deepest = max(deepest, walk.depth) }
    #expect(deepest == 20_000)
  }

  /// 2,047 directories make a path of 4,093 bytes, so that a name of one byte is the last one in it.
  @Test func `shows paths of 4,095 bytes and no longer ones, and continues after them`() throws {
    var builder = ImageBuilder()
    let last = UInt32(2048)
    for ino in 2...last { builder.addDirectory("d", ino: ino, parent: ino - 1) }
    builder.addDirectory("e", ino: last + 1, parent: last)
    builder.addFile("below", ino: last + 2, [1], parent: last + 1)
    builder.addFile("f", ino: last + 3, [1], parent: last)
    builder.addFile("fg", ino: last + 4, [1], parent: last)
    builder.addFile("z", ino: last + 5, [1])
    let steps = try steps(builder)
    #expect(steps.map(\.utf8.count).max() == 4096)
    #expect(steps.count { $0 == "too long" } == 2)
    #expect(steps.contains { $0.hasSuffix("d/e") } && steps.contains { $0.hasSuffix("d/f") })
    #expect(steps.contains("/z"))
  }
}
