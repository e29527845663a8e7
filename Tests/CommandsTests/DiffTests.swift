import Foundation
import Glibc
import JFFS2
import TestSupport
import Testing

@Suite struct `jffs2 diff` {
  /// A tree with one file of each kind.
  private func image(_ change: (inout ImageBuilder) -> Void = { _ in }) -> ImageBuilder {
    var builder = ImageBuilder()
    builder.addDirectory("etc", ino: 2)
    change(&builder)
    return builder
  }

  private func compare(
    _ old: ImageBuilder, _ new: ImageBuilder, _ options: String...
  ) throws -> ChildProcess.Result {
    let workspace = try Workspace()
    _ = try workspace.write(old, "old")
    _ = try workspace.write(new, "new")
    return try workspace.jffs2(["diff", "old", "new"] + options)
  }

  @Test func `writes a line for each path, in order, with what differs`() throws {
    let text = Array("0123456789".utf8)
    let old = image {
      $0.addFile("longer", ino: 3, text, parent: 2)
      $0.addFile("other", ino: 4, text, parent: 2)
      $0.addFile("gone", ino: 5, Array("only here".utf8), parent: 2)
      $0.addFile("before", ino: 6, [UInt8](repeating: 7, count: 5000))
      $0.addFile("same", ino: 7, text)
      $0.addFile("mode", ino: 8, text, mode: 0o755, uid: 1)
      $0.addFile("type", ino: 9, text)
      $0.addLink("link", ino: 10, to: "here")
    }
    let new = image {
      $0.addFile("longer", ino: 3, text + text, parent: 2)
      $0.addFile("other", ino: 4, text.reversed(), parent: 2)
      $0.addFile("after", ino: 6, [UInt8](repeating: 7, count: 5000), mode: 0o600)
      $0.addFile("same", ino: 27, text)
      $0.addFile("mode", ino: 8, text, mode: 0o4755, uid: 1, gid: 2)
      $0.addDirectory("type", ino: 9)
      $0.addFile("below", ino: 11, text, parent: 9)
      $0.addLink("link", ino: 10, to: "there")
      $0.addFile("fresh", ino: 12, Array("new".utf8), parent: 2)
    }
    let result = try compare(old, new)
    #expect(result.status == 1)
    #expect(
      result.output == """
        > before -> after: mode 644 -> 600
        + etc/fresh
        - etc/gone
        ~ etc/longer: contents (10 B -> 20 B)
        ~ etc/other: contents (10 B)
        ~ link: target here -> there
        ~ mode: mode 755 -> 4755, owner 1:0 -> 1:2
        ~ type: type file -> directory
        + type/below

        """)
    let summary = try compare(old, new, "--stat")
    #expect(summary.status == 1)
    #expect(
      summary.output == """
        2 added, 1 removed, 5 changed, 1 renamed
        changes: type 1, contents 2, mode 2, owner 1, target 1
        7 files, 4.9 KiB -> 7 files, 4.9 KiB

        """)
    let json = try compare(old, new, "--json")
    #expect(json.status == 1)
    try Schema.expect(json.output, fits: "diff")
    #expect(json.output.contains("\"format_version\" : 1"))
    let below = try compare(old, new, "/etc")
    #expect(below.output.split(separator: "\n").count == 4)
  }

  @Test func `compares devices, extended attributes, and times on request`() throws {
    func device(_ minor: UInt8, _ value: String, _ time: UInt32) -> ImageBuilder {
      image {
        $0.addDirent(version: 3, ino: 3, name: "tty", type: 2)
        $0.addInode(3, version: 1, mode: 0o020600, payload: [minor, 4])
        $0.addDirent(version: 4, ino: 4, name: "file")
        $0.addInode(4, version: 1, times: (0, time, 0))
        $0.addXattr(xid: 1, version: 1, name: "note", value: Array(value.utf8))
        $0.addXref(ino: 4, xid: 1, sequence: 2)
      }
    }
    let (old, new) = (device(1, "a", 1), device(2, "b", 2))
    #expect(
      try compare(old, new).output
        == "~ file: xattrs ~user.note\n~ tty: device 4:1 -> 4:2\n")
    let times = try compare(old, new, "--times")
    #expect(times.output.contains("time 1970-01-01 00:00:01 UTC -> 1970-01-01 00:00:02 UTC"))
    #expect(try compare(device(1, "a", 1), device(1, "a", 2)).status == 0)
  }

  @Test func `equal trees have no difference, regardless of their storage`() throws {
    let data = [UInt8](repeating: 0, count: 8192)
    let plain = image { $0.addFile("zeros", ino: 3, data) }
    let sparse = image {
      $0.addDirent(version: 3, ino: 3, name: "zeros")
      $0.addInode(
        3, version: 1, offset: 0, size: 8192, compressedSize: 0, compression: .zero)
    }
    let result = try compare(plain, sparse)
    #expect(result.status == 0 && result.output == "" && result.error == "", "\(result.output)")
    #expect(try compare(plain, plain).status == 0)
  }

  @Test func `damage on either side, or the same on both, is a difference that says so`() throws {
    let data = [UInt8](repeating: 5, count: 9000)
    let intact = image { $0.addFile("file", ino: 3, data) }
    let damaged = image { $0.addFile("file", ino: 3, data, damaged: [1]) }
    let grown = image { $0.addFile("file", ino: 3, data + data, damaged: [1]) }
    for (old, new, sides) in [
      (damaged, intact, ["OLD"]), (intact, damaged, ["NEW"]), (damaged, damaged, ["OLD", "NEW"]),
      (intact, grown, ["NEW"]),
    ] {
      let result = try compare(old, new)
      #expect(result.status == 1)
      #expect(result.output.hasPrefix("~ file: "))
      for side in ["OLD", "NEW"] {
        #expect(
          result.output.contains("damaged in \(side): inode 3, bytes 4096 to 8192")
            == sides.contains(side), "\(result.output)")
      }
    }
    let removed = try compare(damaged, image())
    #expect(removed.output.hasPrefix("- file: damaged in OLD: "))
  }

  @Test func `exits with 2 in case of trouble`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(image(), "old")
    _ = try workspace.write([UInt8](repeating: 0x55, count: 5000), "none")
    #expect(try workspace.jffs2("diff", "old", "missing").status == 2)
    #expect(try workspace.jffs2("diff", "old", "none").status == 2)
    let path = try workspace.jffs2("diff", "old", "old", "nowhere")
    #expect(path.status == 2)
    #expect(path.error == "jffs2: nowhere: not in OLD or NEW\n")
    #expect(try workspace.jffs2("diff", "old").status == 64)
    #expect(try workspace.jffs2("diff", "--json", "--stat", "old", "old").status == 64)
    let same = try workspace.jffs2("diff", "--json", "old", "old")
    #expect(same.status == 0)
    try Schema.expect(same.output, fits: "diff")
  }

  @Test func `matches file systems by the names of their partitions`() throws {
    let workspace = try Workspace()
    func dump(_ first: ImageBuilder, _ second: ImageBuilder) -> [UInt8] {
      var bytes: [UInt8] = []
      for image in [first, second] {
        bytes += image.bytes
        bytes += [UInt8](repeating: 0xFF, count: 0x10000 - image.bytes.count)
      }
      return bytes
    }
    let (one, two) = (
      image { $0.addFile("a", ino: 3, Array("one".utf8)) },
      image { $0.addFile("a", ino: 3, Array("three".utf8)) }
    )
    _ = try workspace.write(dump(one, one), "old")
    _ = try workspace.write(dump(one, two), "new")
    _ = try workspace.write(two, "alone")
    let table = ["--mtdparts", "flash:64k(config),64k(data)"]
    let result = try workspace.jffs2(["diff", "old", "new"] + table)
    #expect(result.output == "~ data/a: contents (3 B -> 5 B)\n", "\(result.error)")
    let chosen = try workspace.jffs2(["diff", "old", "new", "--partition", "config"] + table)
    #expect(chosen.status == 0)
    let alone = try workspace.jffs2("diff", "new", "alone", "--partition", "jffs2@0x10000")
    #expect(alone.status == 0 && alone.output == "" && alone.error == "")
    let mixed = try workspace.jffs2("diff", "alone", "new")
    #expect(mixed.status == 1)
    #expect(
      mixed.error
        == "jffs2: new: contains 2 file systems, and the other file one; to compare one of them "
        + "(jffs2@0x0, jffs2@0x10000): --partition NAME\n")
  }

  @Test func `compares a directory with an image and with another one`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(
      image {
        $0.addFile("run", ino: 3, Array("#!/bin/sh\n".utf8), parent: 2, mode: 0o755)
        $0.addLink("link", ino: 4, to: "etc/run")
        $0.addFile("data", ino: 5, [UInt8](repeating: 3, count: 700_000))
      }, "image")
    #expect(try workspace.jffs2("extract", "-C", "tree", file).status == 0)
    let same = try workspace.jffs2("diff", file, "tree")
    #expect(same.status == 0 && same.output == "", "\(same.output)")
    try Data("#!/bin/ash\n".utf8).write(to: workspace.folder.appending(path: "tree/etc/run"))
    try FileManager.default.createSymbolicLink(
      atPath: workspace.folder.path + "/tree/new", withDestinationPath: "/nowhere")
    let edited = try workspace.jffs2("diff", file, "tree")
    #expect(edited.output == "~ etc/run: contents (10 B -> 11 B)\n+ new\n", "\(edited.error)")
    #expect(edited.status == 1)
    let reversed = try workspace.jffs2("diff", "tree", file)
    #expect(reversed.output == "~ etc/run: contents (11 B -> 10 B)\n- new\n")
    #expect(try workspace.jffs2("diff", "tree", "tree").status == 0)
    #expect(try workspace.jffs2("diff", file, "tree", "../tree").status == 64)
  }

  @Test func `an ordinary user's extraction has no device nodes to compare`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(
      image {
        $0.addDirent(version: 3, ino: 3, name: "null", type: 2)
        $0.addInode(3, version: 1, mode: 0o020666, fileSize: 0, payload: [3, 1])
        $0.addFile("file", ino: 4, [1])
      }, "image")
    try workspace.setMode(0o777, ".")
    #expect(try workspace.jffs2AsOrdinaryUser(["extract", "-q", "-C", "tree", file]).status == 0)
    for operands in [[file, "tree"], ["tree", file]] {
      let same = try workspace.jffs2AsOrdinaryUser(["diff"] + operands)
      #expect(same.status == 0 && same.output == "", "\(same.output)")
      #expect(same.error.contains("missing device nodes are not compared"))
    }
    #expect(try workspace.jffs2("extract", "-q", "-C", "other", file).status == 0)
    if geteuid() == 0 {
      #expect(try workspace.jffs2("diff", file, "other").output == "- null\n")
    }
  }

  @Test func `extended attributes that cannot be read are not compared`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(
      image {
        $0.addDirent(version: 3, ino: 3, name: "fifo", type: 1)
        $0.addInode(3, version: 1, mode: 0o010644)
        $0.addFile("closed", ino: 4, [1])
        for (xid, ino) in [(1, 3), (2, 4)] as [(UInt32, UInt32)] {
          $0.addXattr(xid: xid, version: 1, name: "key", value: [1])
          $0.addXref(ino: ino, xid: xid, sequence: 2 * xid)
        }
      }, "image")
    #expect(try workspace.jffs2("extract", "-q", "-C", "tree", file).status == 0)
    let same = try workspace.jffs2("diff", file, "tree")
    #expect(same.status == 0 && same.output == "", "\(same.output)")
    try workspace.setMode(0o755, ".")
    try workspace.setMode(0o755, "tree")
    try workspace.setMode(0, "tree/closed")
    let result = try workspace.jffs2AsOrdinaryUser(["diff", file, "tree"])
    #expect(
      result.output
        == "~ closed: mode 644 -> 0, cannot be read in NEW: Permission denied\n")
    #expect(result.status == 2)
  }

  @Test func `a directory whose names lead to nothing hides what is below them`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(
      image { $0.addFile("run", ino: 3, [1], parent: 2) }, "image")
    #expect(try workspace.jffs2("extract", "-q", "-C", "tree", file).status == 0)
    try workspace.setMode(0o755, ".")
    for (mode, directory, shown) in [(0o755, "tree/etc", "etc/run"), (0o444, "tree", ".")] {
      try workspace.setMode(mode, "tree")
      try workspace.setMode(0o444, directory)
      defer { try? workspace.setMode(0o755, directory) }
      let result = try workspace.jffs2AsOrdinaryUser(["diff", file, "tree"])
      #expect(result.output.hasSuffix("~ \(shown): cannot be read in NEW: Permission denied\n"))
      #expect(!result.output.contains("- "), "\(result.output)")
      #expect(result.status == 2)
    }
  }

  @Test func `a directory that cannot be listed hides what is below it, and ends with 2`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(
      image {
        $0.addFile("run", ino: 3, [1], parent: 2)
        $0.addFile("secret", ino: 4, [2])
      }, "image")
    #expect(try workspace.jffs2("extract", "-C", "tree", file).status == 0)
    try workspace.setMode(0o755, ".")
    try workspace.setMode(0o755, "tree")
    try workspace.setMode(0, "tree/etc")
    try workspace.setMode(0, "tree/secret")
    defer { try? workspace.setMode(0o755, "tree/etc") }
    for (names, side) in [([file, "tree"], "NEW"), (["tree", file], "OLD")] {
      let result = try workspace.jffs2AsOrdinaryUser(["diff"] + names)
      #expect(result.status == 2, "\(result.error)")
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 2 && !result.output.contains("run"), "\(result.output)")
      #expect(lines[0].hasPrefix("~ etc: "))
      #expect(lines[1].hasPrefix("~ secret: "))
      #expect(lines.allSatisfy { $0.hasSuffix("cannot be read in \(side): Permission denied") })
    }
  }

  @Test(
    .enabled(if: AnsweredImage.sound.count > 1, "\(AnsweredImage.noCorpus)"),
    arguments: zip(AnsweredImage.sound, AnsweredImage.sound.dropFirst()).map { ($0, $1) })
  func `lists exactly the differences of what the driver serves`(
    old: AnsweredImage, new: AnsweredImage
  ) throws {
    let workspace = try Workspace()
    _ = try workspace.write(old.bytes(), "old")
    _ = try workspace.write(new.bytes(), "new")
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "compare-diff.py").path
    let result = try ChildProcess(
      [
        "sh", "-c", "\"$0\" diff --json old new | /usr/bin/python3 \"$1\" \"$2\" \"$3\" --owners",
        Workspace.program(), script, old.manifestFile.path, new.manifestFile.path,
      ], in: workspace.folder.path
    ).wait(seconds: 120)
    #expect(result.status == 0, "\(result.output)\(result.error)")
  }
}
