import Foundation
import TestSupport
import Testing

@testable import Commands

@Suite struct `jffs2 info` {
  private func image() -> ImageBuilder {
    var builder = ImageBuilder()
    for _ in 0..<2 {
      builder.padWithErased(toMultipleOf: 0x10000)
      builder.addCleanmarker()
    }
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.addFile("file", ino: 2, Array(repeating: 1, count: 5000))
    builder.addDirent(version: 50, ino: 2, name: "same")
    builder.addDirectory("folder", ino: 3)
    builder.addLink("link", ino: 4, to: "file")
    builder.addXattr(xid: 1, version: 1, name: "comment", value: [1])
    builder.addXref(ino: 2, xid: 1, sequence: 2)
    builder.addInode(9, version: 1, payload: [1])
    builder.padWithErased(toMultipleOf: 0x10000)
    return builder
  }

  @Test func `shows offset, format, erase block size with its source, and counts`() throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("info", "-v", workspace.write(image(), "home"))
    #expect(result.status == 0)
    #expect(result.error.isEmpty)
    for line in [
      "place         offset 0x0, 128 KiB\n",
      "format        JFFS2, little-endian, magic 0x1985",
      "erase size    64 KiB, from 2 cleanmarkers",
      "1 file, 2 directories, 1 symbolic link, 1 more hard link, 1 extended attribute",
      "2 cleanmarkers, 0 summaries, 1 orphaned inode",
      "damage        no damage found",
      "rebuild       jffs2 extract -C tree ", "jffs2 pack tree -o new --like ",
    ] {
      #expect(result.output.contains(line), "\(result.output)")
    }
  }

  @Test func `one screen has five lines for a file system`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(image(), "home")
    let result = try workspace.jffs2("info", file)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 10 && lines[9].hasPrefix("  notes  "), "\(result.output)")
    #expect(
      lines[1..<9] == [
        "  size          128 KiB", "jffs2@0x0", "  place         offset 0x0, 128 KiB, whole file",
        "  format        JFFS2, little-endian, erase size 64 KiB",
        "  bytes         4.3% live, 0.1% reclaimable, 95.6% free",
        "  tree          1 file, 2 directories, 1 symbolic link, 1 more hard link, 1 extended attribute",
        "                4.9 KiB, newest 1970-01-01 00:00:00 UTC",
        "  damage        no damage found (run jffs2 verify for a full check)",
      ])
    let exact = try workspace.jffs2("info", "--bytes", file)
    #expect(exact.output.contains("offset 0x0, 131072 B,") && !exact.output.contains("KiB"))
  }

  @Test func `several file systems have a line each on one screen`() throws {
    let workspace = try Workspace()
    let table = "mtdparts=flash:"
    var dump = [UInt8](repeating: 0xA5, count: 0x20000)
    var parts = ["128k(boot)"]
    for number in 1...12 {
      dump += image().bytes
      parts.append("128k(data\(number))")
    }
    let text = Array((table + parts.joined(separator: ",")).utf8) + [0]
    dump.replaceSubrange(0x100..<0x100 + text.count, with: text)
    let file = try workspace.write(dump, "dump")
    let lines = try workspace.jffs2("info", file).output.split(separator: "\n").map(String.init)
    // Findings are the only long lines.
    #expect(lines.count <= 40 && lines.prefix(30).allSatisfy { $0.count <= 80 })
    #expect(
      lines[16...17] == [
        "file systems  live  reclaimable   free  files     size  newest",
        "  data1       4.3%         0.1%  95.6%      1  4.9 KiB  1970-01-01 00:00",
      ])
    #expect(lines[26] == "  and 3 more: jffs2 info -v")
    #expect(
      lines[27...29] == [
        "  format        JFFS2, little-endian, erase size 64 KiB",
        "  boundaries    from the mtdparts= found at 0x100",
        "  damage        no damage found (run jffs2 verify for a full check)",
      ])
    #expect(lines[30].hasPrefix("  notes         data1: "))
    #expect(lines.last?.contains("and 6 more: jffs2 verify") == true)
    let verbose = try workspace.jffs2("info", "-v", file).output
    #expect((1...12).allSatisfy { verbose.contains("\ndata\($0)\n  place ") })
  }

  @Test(
    arguments: [
      ([1, 1, 1], ["33.4%", "33.3%", "33.3%"]), ([0, 5], ["0.0%", "100.0%"]), ([], []),
      ([0], ["0.0%"]),
      ([756, 3828, 2_092_568], ["0.1%", "0.2%", "99.7%"]), ([1, 1_000_000], ["0.1%", "99.9%"]),
      ([1, 1, 1, 1_000_000], ["0.1%", "0.1%", "0.1%", "99.7%"]),
    ] as [([UInt64], [String])])
  func `percentages add up to 100`(parts: [UInt64], expected: [String]) {
    #expect(NumberFormat.percentages(parts).sorted() == expected.sorted())
  }

  @Test func `damage is red on a terminal`() throws {
    var builder = image()
    builder.addFile("bad", ino: 20, [1, 2, 3, 4], damaged: [0])
    let workspace = try Workspace()
    let file = try workspace.write(builder)
    for command in ["info", "verify"] {
      let colored = try workspace.jffs2(command, "--color", "always", file)
      #expect(colored.output.contains("\u{1B}[1;31m"), "\(colored.output)")
      #expect(try !workspace.jffs2(command, file).output.contains("\u{1B}"))
    }
    let nodes = try workspace.jffs2("nodes", "--color", "always", "--state", "damaged", file)
    #expect(nodes.output.contains("\u{1B}[1;31m"))
  }

  @Test func `damage is counted and does not change the exit status`() throws {
    var builder = image()
    builder.addFile("bad", ino: 20, [1, 2, 3, 4], damaged: [0])
    let workspace = try Workspace()
    let result = try workspace.jffs2("info", workspace.write(builder))
    #expect(result.status == 0)
    #expect(result.output.contains("1 node damaged"))
    #expect(result.output.contains("jffs2 verify"))
  }

  @Test func `the document fits its schema, in either byte order`() throws {
    for endianness in ["little", "big"] {
      var builder = ImageBuilder(.init(endianness == "little" ? .little : .big))
      builder.addInode(1, version: 1, mode: 0o040755)
      builder.addFile("file", ino: 2, [1])
      let workspace = try Workspace()
      let result = try workspace.jffs2("info", "--json", workspace.write(builder))
      try Schema.expect(result.output, fits: "info")
      #expect(result.output.contains("\"byte_order\" : \"\(endianness)\""))
    }
  }

  @Test(arguments: [["--offset", "4096"], ["--offset", "4096", "--length", "64k"]])
  func `boundaries that the user specified are reported as such`(options: [String]) throws {
    let workspace = try Workspace()
    let file = try workspace.write([UInt8](repeating: 0, count: 4096) + image().bytes, "home")
    let text = try workspace.jffs2(["info", file] + options)
    #expect(text.output.contains("boundaries as specified"), "\(text.output)")
    let document = try workspace.jffs2(["info", "--json", file] + options)
    try Schema.expect(document.output, fits: "info")
    #expect(document.output.contains("\"boundaries\" : \"given\""), "\(document.output)")
  }

  @Test func `the partition table of a dump is listed`() throws {
    let workspace = try Workspace()
    let dump = try workspace.write(FlashDump.bytes(table: FlashDump.table), "dump")
    let text = try workspace.jffs2("info", dump)
    for line in ["partitions\n        0x0  256 KiB  boot ", "0x60000  128 KiB  kernel "] {
      #expect(text.output.contains(line), "\(text.output)")
    }
    let document = try workspace.jffs2("info", "--json", dump)
    try Schema.expect(document.output, fits: "info")
    #expect(document.output.contains("\"partitions\""))
    let bare = try workspace.jffs2("info", "--json", workspace.write(image()))
    #expect(!bare.output.contains("\"partitions\""))
  }

  @Test func `names from the image cannot steer a terminal or a shell`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(image(), "it's \u{1B}[31m; rm -r home")
    let result = try workspace.jffs2("info", "-v", file)
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.output.contains("'\\''"))
  }
}
