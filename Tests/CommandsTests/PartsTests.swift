import Foundation
import Glibc
import TestSupport
import Testing

/// All parts of a flash memory: in `info`, and as files of `unwrap --all`. Long arrays are compared outside the
/// expectations, which would print them.
@Suite struct `Parts of a firmware` {
  private static func erased(_ count: Int) -> [UInt8] { [UInt8](repeating: 0xFF, count: count) }

  /// JFFS2 in erase blocks of 64 KiB.
  private static func fileSystem(blocks: Int) -> [UInt8] {
    var builder = ImageBuilder()
    builder.addFile("file", ino: 2, Array("data".utf8))
    for _ in 1..<blocks {
      builder.padWithErased(toMultipleOf: 0x10000)
      builder.addCleanmarker()
    }
    builder.padWithErased(toMultipleOf: 0x10000)
    return builder.bytes
  }

  /// An environment of U-Boot of 64 KiB.
  private static func environment(_ table: String) -> [UInt8] {
    var data = Array("bootargs=console=ttyS0 \(table)\0bootdelay=1\0\0".utf8)
    data += [UInt8](repeating: 0, count: 0x10000 - 4 - data.count)
    let checksum = crc32(data)
    return (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * UInt32($0))) } + data
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { register, byte in
      (0..<8).reduce(register ^ UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
  }

  private static func program() -> [UInt8] {
    var bytes = [UInt8](repeating: 0xA5, count: 0x20000)
    bytes.replaceSubrange(
      0x5000..<0x5018, with: Array("U-Boot 2013.07 (Jan 01)\0".utf8))
    return bytes
  }

  /// Boot loader, environment with or without a table, a squashfs by its superblock, JFFS2, erased flash.
  private static func dump(_ table: String = "") -> [UInt8] {
    var squashFS = [UInt8](repeating: 0x5A, count: 0x30000)
    func put(_ value: UInt64, _ size: Int, _ offset: Int) {
      for index in 0..<size {
        squashFS[offset + index] = UInt8(value >> (8 * UInt64(index)) & 0xFF)
      }
    }
    squashFS.replaceSubrange(0..<4, with: Array("hsqs".utf8))
    for (value, size, offset) in [
      (5, 4, 4), (131072, 4, 12), (4, 2, 20), (17, 2, 22), (4, 2, 28), (0, 2, 30), (0x30000, 8, 40),
    ] as [(UInt64, Int, Int)] {
      put(value, size, offset)
    }
    return program() + environment(table) + squashFS + fileSystem(blocks: 4) + erased(0x40000)
  }

  private static let table = "mtdparts=flash:128k(boot),64k(env),192k(root),256k(data/x),-(root)"

  /// The files that were written, by their names.
  private func files(_ workspace: Workspace, _ folder: String) throws -> [String: [UInt8]] {
    let place = workspace.folder.appending(path: folder)
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: place.path) {
      files[name] = [UInt8](try Data(contentsOf: place.appending(path: name)))
    }
    return files
  }

  @Test func `have the names of the table, and together are the dump`() throws {
    let workspace = try Workspace()
    let dump = Self.dump(Self.table)
    let file = try workspace.write(dump)
    let result = try workspace.jffs2("unwrap", "--all", "-C", "parts", file)
    #expect(result.status == 0)
    #expect(result.output == "5 files, 896 KiB, in parts\n" && result.error == "")
    let files = try files(workspace, "parts")
    let names = ["boot.bin", "env.env", "root.squashfs", "data_x.jffs2", "root.bin"]
    #expect(Set(files.keys) == Set(names))
    let isWhole = names.flatMap { files[$0] ?? [] } == dump
    #expect(isWhole)
    let again = try workspace.jffs2("unwrap", "--all", "-C", "parts", file)
    #expect(again.status == 2)
    #expect(again.error == "jffs2: boot.bin: already exists; choose another directory: -C DIR\n")
    let isKept = try self.files(workspace, "parts") == files
    #expect(isKept)
  }

  @Test(arguments: ["", "--offset=0"])
  func `are found without a table, and what is in none is named by its offset`(
    option: String
  ) throws {
    let workspace = try Workspace()
    let dump = Self.dump()
    let file = try workspace.write(dump)
    let result = try workspace.jffs2(
      ["unwrap", "--all", "-q", "-C", "parts", file] + (option.isEmpty ? [] : [option]))
    #expect(result.status == 0 && result.error == "")
    let files = try files(workspace, "parts")
    // The erased blocks after the file system may be its own.
    let names = ["0x0.bin", "0x20000.env", "0x30000.squashfs", "jffs2@0x60000.jffs2"]
    #expect(Set(files.keys) == Set(names), "\(files.keys)")
    let isWhole = names.flatMap { files[$0] ?? [] } == dump
    #expect(isWhole)
  }

  @Test func `are listed by info with their types`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(Self.dump(Self.table))
    let result = try workspace.jffs2("info", file)
    #expect(result.status == 0)
    let rows = result.output.split(separator: "\n").filter { $0.contains("0x") }.prefix(5).map {
      $0.split(separator: " ").joined(separator: " ")
    }
    #expect(
      rows == [
        "0x0 128 KiB boot U-Boot 2013.07 (Jan 01)",
        "0x20000 64 KiB env U-Boot environment: 2 variables, CRC valid",
        "0x30000 192 KiB root squashfs: version 4.0, xz, 192 KiB used",
        "0x60000 256 KiB data/x JFFS2: 1 file", "0xa0000 256 KiB root erased",
      ])
    let json = try workspace.jffs2("info", "--json", file)
    try Schema.expect(json.output, fits: "info")
    let map = try workspace.jffs2("map", "--json", file)
    try Schema.expect(map.output, fits: "map")
  }

  @Test(arguments: ["", table, table + ",896k@0(all)"])
  func `have in the JSON documents the names of the files that unwrap writes`(
    table: String
  ) throws {
    struct Document: Decodable {
      struct Part: Decodable { let file: String? }
      let partitions: [Part]
    }
    let workspace = try Workspace()
    let dump = Self.dump(table)
    let file = try workspace.write(dump)
    #expect(try workspace.jffs2("unwrap", "--all", "-C", "parts", file).status == 0)
    let files = try files(workspace, "parts")
    for command in ["info", "map"] {
      let output = try workspace.jffs2(command, "--json", file).output
      let document = try JSONDecoder().decode(Document.self, from: Data(output.utf8))
      let names = document.partitions.compactMap(\.file)
      #expect(Set(names) == Set(files.keys))
      let isWhole = names.flatMap { files[$0] ?? [] } == dump
      #expect(isWhole)
    }
  }

  @Test func `that are a truncated archive are written, and the damage is reported`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(Self.dump())
    let image = workspace.folder.appending(path: "image").path
    #expect(try ChildProcess(["/usr/bin/gzip", image]).wait().status == 0)
    let whole = [UInt8](try Data(contentsOf: workspace.folder.appending(path: "image.gz")))
    let start = Array(whole.prefix(whole.count / 4))
    let file = try workspace.write(start, "image.gz")
    let result = try workspace.jffs2("unwrap", "--all", "-C", "parts", file)
    #expect(result.status == 2)
    #expect(result.error.contains("the gzip data is damaged or truncated"))
    let isWhole = try files(workspace, "parts")["0x0.gz"] == start
    #expect(isWhole)
  }

  @Test func `a table in which no partition has JFFS2 is named as the reason`() throws {
    let workspace = try Workspace()
    let image = try workspace.write(Self.dump(Self.table))
    #expect(try ChildProcess(["/usr/bin/gzip", "-k", image]).wait().status == 0)
    for file in ["image", "image.gz"] {
      let result = try workspace.jffs2("ls", "--mtdparts", "x:128k(a),64k(b)", file)
      #expect(result.status == 3)
      #expect(
        result.error
          == "jffs2: \(file): in no partition of mtdparts: JFFS2 at 0x60000-0xa0000\n")
      let written = try workspace.jffs2(
        "unwrap", "--all", "-C", "of-\(file)", "--mtdparts", "x:128k(a),64k(b)", file)
      #expect(written.status == 0 && written.error == result.error, "\(written.error)")
    }
  }

  @Test(arguments: [(true, "JFFS2"), (false, "squashfs")])
  func `of a given table that overlap are listed as they are, and written once`(
    hasJFFS2: Bool, type: String
  ) throws {
    let workspace = try Workspace()
    let dump = Array(Self.dump().prefix(hasJFFS2 ? .max : 0x60000))
    let file = try workspace.write(dump)
    let table = "x:128k(a),320k@64k(b),64k@448k(c),-(rest)"
    let info = try workspace.jffs2("info", "--mtdparts", table, file)
    for row in ["0x10000  320 KiB  b (alias)", "0x70000   64 KiB  c"] where hasJFFS2 {
      #expect(info.output.contains(row), "\(info.output)")
    }
    #expect(info.output.contains("b (alias)") && info.output.contains(type), "\(info.output)")
    let written = try workspace.jffs2("unwrap", "--all", "-C", "parts", "--mtdparts", table, file)
    #expect(written.status == 0, "\(written.error)")
    let json = try workspace.jffs2("info", "--json", "--mtdparts", table, file).output
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let files = try files(workspace, "parts")
    let names = try #require(report["partitions"] as? [[String: Any]]).compactMap {
      $0["file"] as? String
    }
    let isWhole = names.flatMap { files[$0] ?? [] } == dump
    #expect(isWhole && names.count == files.count, "\(names)")
  }

  @Test func `are listed, written and drawn without JFFS2 too`() throws {
    let workspace = try Workspace()
    let dump = Array(Self.dump(Self.table.replacing("data/x", with: "data")).prefix(0x60000))
    let file = try workspace.write(dump + Self.erased(0x80000))
    let info = try workspace.jffs2("info", file)
    #expect(info.status == 3)
    #expect(info.output.contains("squashfs: version 4.0") && info.output.contains("  boot  "))
    #expect(info.error.contains("no JFFS2"))
    #expect(try workspace.jffs2("info", "--json", file).output.contains("\"type\" : \"squashfs\""))
    #expect(try workspace.jffs2("unwrap", "--all", "-C", "parts", file).status == 0)
    #expect(try files(workspace, "parts")["root.squashfs"]?.count == 0x30000)
    #expect(try workspace.jffs2("unwrap", "-o", "env", "--partition", "env", file).status == 0)
    let written = [UInt8](try Data(contentsOf: workspace.folder.appending(path: "env")))
    let isEnvironment = written == Array(dump[0x20000..<0x30000])
    #expect(isEnvironment)
    let refused = try workspace.jffs2("unwrap", "-o", "none", "--partition", "none", file)
    #expect(refused.status == 64)
    #expect(refused.error.contains("no partition none; there are: boot at 0x0, env at 0x20000"))
    let map = try workspace.jffs2("map", file)
    #expect(map.status == 0)
    #expect(map.output.contains("A     0x0  128 KiB  boot"))
  }

  /// A dump without JFFS2, compressed, in an archive, with spare areas.
  @Test(
    arguments: [
      (["gzip", "dump"], "dump.gz", []), (["xz", "dump"], "dump.xz", []),
      (["/usr/bin/python3", "-m", "zipfile", "-c", "dump.zip", "dump"], "dump.zip", []),
      (["sh", "-c", "tar c dump | gzip > dump.tgz"], "dump.tgz", []),
      (
        [
          "/usr/bin/python3", "-c",
          "d = open('dump', 'rb').read(); open('nand', 'wb').write("
            + "b''.join(d[i:i + 2048] + b'\\xff' * 64 for i in range(0, len(d), 2048)))",
        ], "nand", ["--oob", "2048+64"]
      ),
    ] as [([String], String, [String])])
  func `in a container without JFFS2 are listed and written`(
    command: [String], name: String, options: [String]
  ) throws {
    let workspace = try Workspace()
    let dump = Array(Self.dump().prefix(0x60000))
    _ = try workspace.write(dump, "dump")
    let folder = workspace.folder.path
    try #require(try ChildProcess(command, in: folder).wait().status == 0)
    let info = try workspace.jffs2(["info", "--json"] + options + [name])
    #expect(info.status == 3)
    #expect(info.output.contains("\"type\" : \"squashfs\""), "\(info.output)")
    #expect(info.output.contains("\"kind\" : \""))
    try Schema.expect(info.output, fits: "info")
    let all = try workspace.jffs2(["unwrap", "--all", "-C", "parts"] + options + [name])
    #expect(all.status == 0, "\(all.error)")
    let files = try files(workspace, "parts")
    let names = ["0x0.bin", "0x20000.env", "0x30000.squashfs"]
    let isWhole = names.flatMap { files[$0] ?? [] } == dump
    #expect(isWhole, "\(files.keys)")
  }

  @Test func `of erased flash that follow each other are one`() throws {
    let workspace = try Workspace()
    // A squashfs that ends in a block, and erased blocks after it.
    let dump = Array(Self.dump().prefix(0x60000)) + Self.erased(0x21000)
    var shifted = dump
    shifted.insert(contentsOf: Self.erased(0x1000), at: 0x60000)
    let info = try workspace.jffs2("info", try workspace.write(shifted))
    #expect(info.output.components(separatedBy: "erased").count == 2, "\(info.output)")
  }

  @Test func `of a truncated dump without JFFS2 are listed with what the table says`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(Array(Self.dump(Self.table).prefix(0x48000)))
    let info = try workspace.jffs2("info", file)
    #expect(
      info.error.hasPrefix(
        "jffs2: \(file): the dump is truncated: the partitions of the mtdparts= in it take 655360 bytes, "
          + "294912 are there\n"), "\(info.error)")
    #expect(info.output.contains("  env ") && info.status == 3)
  }

  @Test func `are named with the numbers of file systems where one is not found`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(Self.dump(Self.table))
    let result = try workspace.jffs2("unwrap", "--partition", "7", "-o", "x", file)
    #expect(
      result.error.contains("root at 0x30000, 0 data/x at 0x60000, root at"), "\(result.error)")
    #expect(result.status == 64)
  }

  @Test func `of an archive with several members are not`() throws {
    let workspace = try Workspace()
    _ = try workspace.write(Array(Self.dump().prefix(0x60000)), "dump")
    let command = ["/usr/bin/python3", "-m", "zipfile", "-c", "two.zip", "dump", "/etc/hostname"]
    try #require(try ChildProcess(command, in: workspace.folder.path).wait().status == 0)
    let info = try workspace.jffs2("info", "two.zip")
    #expect(info.output.contains("ZIP archive"), "\(info.output)")
    let member = try workspace.jffs2("info", "--member", "dump", "two.zip")
    #expect(member.output.contains("squashfs"), "\(member.output)")
  }

  @Test func `of a table that does not fit are those of the data`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    for ino in 2...60 as ClosedRange<UInt32> {
      if ino > 2, ino % 15 == 0 {
        builder.padWithErased(toMultipleOf: 0x10000)
        builder.addCleanmarker()
      }
      builder.addFile("file\(ino)", ino: ino, [UInt8](repeating: UInt8(ino), count: 4000))
    }
    builder.padWithErased(toMultipleOf: 0x10000)
    let table = "mtdparts=flash:64k(boot),64k(env),128k(root),-(rest)"
    let dump =
      [UInt8](repeating: 0xA5, count: 0x10000) + Self.environment(table) + builder.bytes
    let file = try workspace.write(dump)
    let result = try workspace.jffs2("info", file)
    #expect(result.status == 0)
    let rows = result.output.split(separator: "\n").filter { $0.contains("JFFS2: ") }
    #expect(rows.count == 1 && rows[0].contains("0x20000  "), "\(result.output)")
    #expect(!result.output.contains("  rest  "))
    #expect(try workspace.jffs2("unwrap", "--all", "-q", "-C", "parts", file).status == 0)
    let files = try files(workspace, "parts")
    let isWhole =
      ["boot.bin", "env.env", "jffs2@0x20000.jffs2"].flatMap { files[$0] ?? [] } == dump
    #expect(isWhole, "\(files.keys)")
  }

  @Test func `of a NAND dump are written without spare areas, or with them`() throws {
    let workspace = try Workspace()
    let data = Self.dump(Self.table)
    var dump: [UInt8] = []
    for page in stride(from: 0, to: data.count, by: 2048) {
      dump +=
        data[page..<page + 2048] + (0..<64).map { UInt8(truncatingIfNeeded: page >> 11 &+ $0) }
    }
    let file = try workspace.write(dump)
    let names = ["boot.bin", "env.env", "root.squashfs", "data_x.jffs2", "root.bin"]
    for (option, expected) in [([], data), (["--raw"], dump)] as [([String], [UInt8])] {
      let folder = "parts\(option.count)"
      let result = try workspace.jffs2(
        ["unwrap", "--all", "-C", folder, "--oob", "2048+64", file] + option)
      #expect(result.status == 0, "\(result.error)")
      let files = try files(workspace, folder)
      let isWhole = names.flatMap { files[$0] ?? [] } == expected
      #expect(isWhole)
    }
  }

  @Test func `are written with holes for zeros`() throws {
    let workspace = try Workspace()
    let zeros = [UInt8](repeating: 0, count: 8 << 20)
    let file = try workspace.write(Self.dump() + zeros)
    #expect(try workspace.jffs2("unwrap", "--all", "-C", "parts", file).status == 0)
    let usage = try ChildProcess(["du", "-k", "parts"], in: workspace.folder.path).wait().output
    let kilobytes = usage.split(separator: "\t").first.flatMap { Int($0) }
    #expect(kilobytes ?? .max < 2048, "\(usage)")
    let all = try files(workspace, "parts").values.reduce(0) { $0 + $1.count }
    #expect(all == Self.dump().count + zeros.count)
  }

  @Test(
    .enabled(if: !AnsweredImage.dumps.isEmpty, "\(AnsweredImage.noCorpus)"),
    arguments: AnsweredImage.dumps)
  func `of a camera's flash together are the dump`(image: AnsweredImage) throws {
    let workspace = try Workspace()
    let dump = try image.bytes()
    let file = try workspace.write(dump)
    #expect(try workspace.jffs2("unwrap", "--all", "-C", "parts", file).status == 0)
    let info = try workspace.jffs2("info", "--json", file)
    try Schema.expect(info.output, fits: "info")
    struct Info: Decodable {
      struct Part: Decodable {
        let name: String?
        let offset: Int
        let length: Int
        let type: String
      }
      let partitions: [Part]
    }
    let parts = try JSONDecoder().decode(Info.self, from: Data(info.output.utf8)).partitions
    let files = try files(workspace, "parts")
    for part in parts {
      let name = try #require(part.name)
      let written = files.first { $0.key.hasPrefix(name + ".") }
      let isPart = written?.value == Array(dump[part.offset..<part.offset + part.length])
      #expect(isPart)
      if ["root", "driver"].contains(name) { #expect(part.type == "squashfs") }
      if name == "boot" { #expect(part.type == "U-Boot") }
      if name == "kernel" { #expect(part.type == "uImage") }
    }
    #expect(parts.reduce(0) { $0 + $1.length } == dump.count)
  }

  @Test func `leave no incomplete file where writing is interrupted`() throws {
    let workspace = try Workspace()
    let file = try workspace.write(Self.dump(Self.table))
    // Many zeros, which take a while to write.
    try #require(truncate(file, 128 << 20) == 0)
    let child = try ChildProcess(
      [Workspace.program(), "unwrap", "--all", "-q", "-C", "parts", file],
      in: workspace.folder.path)
    let last = workspace.folder.appending(path: "parts/data_x.jffs2").path
    while !FileManager.default.fileExists(atPath: last), child.waitStatus(seconds: 0) == nil {
      usleep(500)
    }
    child.signal(SIGINT)
    #expect(child.waitStatus(seconds: 60) == -SIGINT)
    let names = ["boot.bin", "env.env", "root.squashfs", "data_x.jffs2"]
    #expect(Set(try files(workspace, "parts").keys) == Set(names))
  }

  /// The output of tools, dumps assembled from it, and ordinary files: a few of those that the script checks.
  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/mksquashfs"),
      "needs squashfs-tools"))
  func `have the types of what they were made of`() throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Scripts/check-types").standardized.path
    let options = ["--seed", "5", "--dumps", "2", "--files", "6", "--jobs", "1"]
    let result = try ChildProcess(
      ["/usr/bin/python3", script, "--program", Workspace.program()] + options
    ).wait(seconds: 300)
    #expect(result.status == 0, "\(result.output)\(result.error)")
  }
}
