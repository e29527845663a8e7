import TestSupport
import Testing

@Suite struct `jffs2 cat` {
  @Test func `writes files one after the other and follows links inside the image`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirectory("a", ino: 2)
    builder.addFile("one", ino: 3, Array("1\n".utf8), parent: 2)
    builder.addFile("two", ino: 4, Array("2\n".utf8))
    builder.addLink("up", ino: 5, to: "../../../two", parent: 2)
    builder.addLink("absolute", ino: 6, to: "/a/one")
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("cat", image, "/a/one", "two", "a/up", "absolute")
    #expect(result.output == "1\n2\n2\n1\n")
    #expect(result.error == "")
    #expect(result.status == 0)
  }

  @Test func `continues after files that cannot be written`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirectory("folder", ino: 2)
    builder.addFile("file", ino: 3, Array("data".utf8))
    builder.addLink("out", ino: 4, to: "/etc/passwd")
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("cat", image, "folder", "none", "out", "file")
    #expect(result.output == "data")
    #expect(
      result.error == """
        jffs2: \(image): folder: is a directory
        jffs2: \(image): none: no such file in the image
        jffs2: \(image): out: a symbolic link leads to "/etc/passwd", which is not in the image

        """)
    #expect(result.status == 1)
  }

  @Test func `of several links that is named whose target is not there`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addDirectory("folder", ino: 2)
    builder.addLink("good", ino: 3, to: "folder")
    builder.addLink("bad", ino: 4, to: "good/none")
    builder.addLink("far", ino: 5, to: "bad/x/y")
    builder.addLink("near", ino: 6, to: "good/../lost")
    let image = try workspace.write(builder)
    let targets = [
      ("bad", "good/none"), ("far", "good/none"), ("near", "lost"), ("bad/x", "good/none"),
    ]
    for (path, target) in targets {
      let result = try workspace.jffs2("cat", image, path)
      #expect(result.error.contains("leads to \"") && result.error.contains("\(target)\", which"))
      #expect(result.status == 1)
    }
    // A link that leads somewhere has no part in what is missing after it.
    let behind = try workspace.jffs2("cat", image, "good/none")
    #expect(behind.error == "jffs2: \(image): good/none: no such file in the image\n")
  }

  @Test func `writes the data before damage`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    let pages = [UInt8](repeating: 0x61, count: 3 * 4096)
    builder.addFile("file", ino: 2, pages, damaged: [1])
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("cat", image, "file")
    #expect(result.output == String(repeating: "a", count: 4096))
    #expect(result.error.contains("bytes 4096 to 8192"))
    #expect(result.status == 1)
    let zeros = try workspace.jffs2("cat", "--damaged", "zero", image, "file")
    #expect(zeros.output.utf8.count == 3 * 4096)
    #expect(zeros.status == 0)
  }

  @Test func `damage elsewhere changes nothing`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("bad", ino: 2, [1, 2, 3], damaged: [0])
    builder.addFile("good", ino: 3, Array("data".utf8))
    let image = try workspace.write(builder)
    let result = try workspace.jffs2("cat", image, "good")
    #expect(result.output == "data")
    #expect(result.error == "")
    #expect(result.status == 0)
  }
}
