import Foundation
import TestSupport
import Testing

/// Unified diffs, as patch(1) and diff(1) judge them.
@Suite struct `jffs2 diff --text` {
  /// Texts in pairs: edits, no newline at the end, nothing, other line ends, long lines, many changes.
  private static func pairs() -> [(name: String, old: String?, new: String?)] {
    var generator = SystemRandomNumberGenerator()
    func lines(_ count: Int) -> [String] {
      (0..<count).map { _ in "line \(Int.random(in: 0..<20, using: &generator))\n" }
    }
    func edited(_ lines: [String], _ count: Int) -> [String] {
      var lines = lines
      for _ in 0..<count {
        let index = Int.random(in: 0...lines.count, using: &generator)
        if Bool.random(using: &generator), index < lines.count {
          lines.remove(at: index)
        } else {
          lines.insert("new \(index)\n", at: index)
        }
      }
      return lines
    }
    var pairs: [(String, String?, String?)] = [
      ("added", nil, "one\ntwo\n"), ("removed", "one\ntwo\n", nil), ("filled", "", "text"),
      ("emptied", "text\n", ""), ("no newline", "a\nb", "a\nb\n"), ("ends", "a\nb\n", "a\nc"),
      ("carriage", "a\r\nb\r\n", "a\nb\n"), ("a space at the end ", "x\n", "y\n"),
      ("with \"quotes\" and \\", "x\n", "y\n"),
      // patch 2.8 writes no file whose name has a newline.
      ("tab\tand \u{1}", "x\n", "y\n"), ("größe", "x\n", "z\n"),
      ("long", String(repeating: "x", count: 9000) + "\n", String(repeating: "y", count: 9000)),
      ("all", lines(3000).joined(), edited(lines(3000), 10).joined()),
    ]
    for number in 0..<40 {
      let old = lines(number * 7)
      pairs.append(
        ("file\(number)", old.joined(), edited(old, number % 9 + 1).joined()))
    }
    return pairs.map { (name: $0.0, old: $0.1, new: $0.2) }
  }

  private func image(_ files: [(name: String, text: String?)]) -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2)
    for (number, file) in files.enumerated() {
      guard let text = file.text else { continue }
      builder.addFile(file.name, ino: UInt32(number + 3), Array(text.utf8), parent: 2)
    }
    return builder
  }

  @Test func `patch(1) makes the new tree of the old one`() throws {
    let workspace = try Workspace()
    let pairs = Self.pairs()
    _ = try workspace.write(image(pairs.map { ($0.name, $0.old) }), "old")
    _ = try workspace.write(image(pairs.map { ($0.name, $0.new) }), "new")
    let diff = try workspace.jffs2("diff", "--text", "old", "new")
    #expect(diff.status == 1)
    _ = try workspace.write(Array(diff.output.utf8), "patch")
    for name in ["old", "new"] {
      #expect(try workspace.jffs2("extract", "-C", name + ".tree", name).status == 0)
    }
    let patched = try ChildProcess(
      ["patch", "-p1", "--binary", "-d", "old.tree", "-i", "../patch"], in: workspace.folder.path
    ).wait()
    #expect(patched.status == 0, "\(patched.output)\(patched.error)")
    let rest = try ChildProcess(["diff", "-r", "old.tree", "new.tree"], in: workspace.folder.path)
      .wait()
    #expect(rest.status == 0 && rest.output == "", "\(rest.output)")
  }

  @Test func `has as few lines as diff(1)`() throws {
    let workspace = try Workspace()
    for pair in Self.pairs() where pair.name.hasPrefix("file") {
      _ = try workspace.write(image([("f", pair.old)]), "old")
      _ = try workspace.write(image([("f", pair.new)]), "new")
      _ = try workspace.write(Array((pair.old ?? "").utf8), "old.text")
      _ = try workspace.write(Array((pair.new ?? "").utf8), "new.text")
      let ours = try workspace.jffs2("diff", "--text", "old", "new").output
      let theirs = try ChildProcess(
        ["diff", "--minimal", "-u", "old.text", "new.text"], in: workspace.folder.path
      ).wait().output
      func changed(_ text: String) -> Int {
        text.split(separator: "\n").count {
          ($0.hasPrefix("+") || $0.hasPrefix("-")) && !$0.hasPrefix("+++") && !$0.hasPrefix("---")
        }
      }
      #expect(changed(ours) == changed(theirs), "\(ours)\n\(theirs)")
    }
  }

  @Test func `a name with a newline is quoted`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(image([("f\ng", "a\n")]), "old")
    _ = try workspace.write(image([("f\ng", "b\n")]), "new")
    let result = try workspace.jffs2("diff", "--text", "old", "new")
    #expect(result.output.contains("\n--- \"a/etc/f\\012g\"\t"))
    #expect(result.output.contains("\n+++ \"b/etc/f\\012g\"\t"))
  }

  @Test func `binary files are only named`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(image([("f", "a\0b")]), "old")
    _ = try workspace.write(image([("f", "a\0c")]), "new")
    let result = try workspace.jffs2("diff", "--text", "old", "new")
    #expect(
      result.output
        == "~ etc/f: contents (3 B)\nBinary files a/etc/f and b/etc/f differ\n")
  }
}
