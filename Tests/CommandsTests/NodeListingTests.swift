import FirmwareAccess
import Foundation
import Commands
import JFFS2
import SystemPackage
import TestSupport
import Testing

/// A line of `jffs2 nodes --json`, with the fields that the tests check.
struct NodeLine: Decodable, Equatable {
  let offsetInFileSystem: UInt32
  let length: UInt32
  let kind: String
  let state: String?
  let inode: UInt32?
  let name: String?
  let headerCrc: String?
  let nodeCrc: String?
  let nameCrc: String?
  let dataCrc: String?
  let lengths: String?
}

extension Workspace {
  /// The output of `jffs2 nodes` for an image.
  func nodes(_ builder: ImageBuilder, _ arguments: String...) throws -> [NodeLine] {
    try nodes(ofFile: try write(builder), arguments)
  }

  func nodes(ofFile path: String, _ arguments: [String] = []) throws -> [NodeLine] {
    let result = try ChildProcess(
      [try Self.program(), "nodes", "--json", path] + arguments, in: folder.path
    ).wait(seconds: 120)
    #expect(result.status == 0, "\(result.error)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try result.output.split(separator: "\n").map {
      try decoder.decode(NodeLine.self, from: Data($0.utf8))
    }
  }
}

@Suite struct `List of nodes` {
  @Test func `an inode that no node is about gives status 1`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    let image = try workspace.write(builder)
    #expect(try workspace.jffs2("nodes", image, "--ino", "2").status == 0)
    let none = try workspace.jffs2("nodes", image, "--ino", "2", "--ino", "99999")
    #expect(none.status == 1)
    #expect(none.error == "jffs2: \(image): inode 99999: no nodes found\n")
    #expect(none.output.split(separator: "\n").count == 3)
  }

  @Test func `lines begin as the usual scripts print them`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addFile("a", ino: 2, [1, 2, 3])
    builder.padWithErased(toMultipleOf: 0x10000)
    builder.addCleanmarker()
    let workspace = try Workspace()
    let lines = try workspace.jffs2("nodes", workspace.write(builder)).output
      .split(separator: "\n").dropFirst()
    #expect(
      lines.map { $0.split(separator: " ").prefix(4).joined(separator: " ") } == [
        "00000000 1985 2003 12", "0000000c 1985 e001 41", "00000038 1985 e002 71",
        "00000080 ffff ffff 65408", "00010000 1985 2003 12",
      ])
    #expect(lines.allSatisfy { $0.count <= 100 })
  }

  @Test(arguments: Endianness.allCases)
  func `each wrong CRC is reported, and only that one`(order: Endianness) throws {
    var builder = ImageBuilder(Dialect(order))
    builder.addFile("good", ino: 2, [1])
    builder.addInode(3, version: 1, payload: [1, 2, 3, 4], flaws: [.nodeCRC])
    builder.addInode(4, version: 1, payload: [1, 2, 3, 4], flaws: [.dataCRC])
    builder.addDirent(version: 9, ino: 3, name: "x", flaws: [.nameCRC])
    builder.addDirent(version: 9, ino: 3, name: "x", flaws: [.nodeCRC])
    builder.addXattr(xid: 1, version: 1, name: "n", value: [1], flaws: [.dataCRC])
    builder.addXref(ino: 2, xid: 1, sequence: 2, flaws: [.nodeCRC])
    let nodes = try Workspace().nodes(builder).dropFirst(2)
    #expect(nodes.map(\.nodeCrc) == ["invalid", "valid", "valid", "invalid", "valid", "invalid"])
    #expect(nodes.map(\.dataCrc) == ["valid", "invalid", nil, nil, "invalid", nil])
    #expect(nodes.map(\.nameCrc) == [nil, nil, "invalid", "valid", nil, nil])
    #expect(nodes.map(\.state) == Array(repeating: "damaged", count: 6))
  }

  @Test(arguments: Endianness.allCases)
  func `the CRCs of obsolete nodes are those they had while live`(order: Endianness) throws {
    var builder = ImageBuilder(Dialect(order))
    builder.addInode(2, version: 1, payload: [1, 2, 3], flaws: [.obsolete])
    builder.addDirent(version: 1, ino: 2, name: "a", flaws: [.obsolete])
    builder.addXattr(xid: 1, version: 1, name: "n", value: [1], separator: 7, flaws: [.obsolete])
    builder.addXref(ino: 2, xid: 1, sequence: 2, flaws: [.obsolete])
    builder.addFile("b", ino: 3, [1])
    for node in try Workspace().nodes(builder).prefix(4) {
      #expect(node.state == "obsolete" && node.nodeCrc == "valid")
      #expect(node.dataCrc != "invalid" && node.nameCrc != "invalid" && node.lengths == "valid")
    }
  }

  @Test func `a payload that is longer than what a walk has in memory is checked`() throws {
    let payload = [UInt8](repeating: 7, count: 3_000_000)
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    builder.addInode(3, version: 1, payload: payload)
    builder.addInode(4, version: 1, payload: payload, flaws: [.dataCRC])
    #expect(try Workspace().nodes(builder).suffix(2).map(\.dataCrc) == ["valid", "invalid"])
  }

  @Test func `data between nodes has separate lines`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1, 2, 3, 4])
    let first = builder.bytes.count
    builder.add(raw: [UInt8](repeating: 0xFF, count: 8))
    builder.add(raw: [UInt8](repeating: 0x5A, count: 100))
    builder.add(raw: [UInt8](repeating: 0xFF, count: 200))
    builder.addNode(type: NodeType.padding.rawValue, body: [0, 0, 0, 0], flaws: [.headerCRC])
    builder.addNode(type: NodeType.padding.rawValue, totalLength: 1 << 20)
    builder.addInode(2, version: 2)
    let nodes = try Workspace().nodes(builder).dropFirst(2).dropLast()
    #expect(nodes.map(\.kind) == ["erased", "foreign", "erased", "dirt", "dirt"])
    #expect(nodes.map(\.length) == [8, 100, 200, 16, 12])
    #expect(nodes.map(\.headerCrc) == [nil, nil, nil, "invalid", "valid"])
    #expect(nodes.map(\.lengths) == [nil, nil, nil, "valid", "invalid"])
    #expect(Int(nodes.first?.offsetInFileSystem ?? 0) == first)
  }

  @Test func `filters choose by inode, path, type and state`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addDirectory("etc", ino: 2)
    builder.addFile("passwd", ino: 3, [1], parent: 2)
    builder.addFile("other", ino: 4, [1], parent: 2)
    builder.addDirent(version: 9, ino: 3, name: "link")
    builder.addInode(3, version: 7, flaws: [.obsolete])
    let workspace = try Workspace()
    let image = try workspace.write(builder)
    func kinds(_ arguments: String...) throws -> [String] {
      try workspace.nodes(ofFile: image, arguments).map(\.kind)
    }
    #expect(try kinds("--ino", "4") == ["dirent", "inode"])
    #expect(try kinds("--ino", "4", "--ino", "2") == ["dirent", "inode", "dirent", "inode"])
    #expect(try kinds("--path", "/etc/passwd") == ["dirent", "inode", "dirent", "inode"])
    #expect(try kinds("--path", "link", "--type", "dirent") == ["dirent", "dirent"])
    #expect(try kinds("--type", "cleanmarker") == ["cleanmarker"])
    #expect(try kinds("--state", "obsolete") == ["inode"])
  }

  @Test func `a path need not be UTF-8`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: [0x6C, 0xE9])
    builder.addInode(2, version: 1, payload: [1])
    let workspace = try Workspace()
    let image = try workspace.write(builder)
    let command = #""$0" nodes "$1" --path $'l\xe9'; "$0" nodes "$1" --path $'m\xe9'"#
    let result = try ChildProcess(
      ["bash", "-c", command, try Workspace.program(), image], in: workspace.folder.path
    ).wait()
    #expect(result.output.split(separator: "\n").count == 1 + 2, "\(result.output)")
    #expect(result.error.contains(#": m\351: no such file in the image"#), "\(result.error)")
    #expect(result.status == 1)
  }

  @Test func `a path that is not there gives one line and exit status 1`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    let workspace = try Workspace()
    let result = try workspace.jffs2("nodes", workspace.write(builder), "--path", "/b")
    #expect(result.status == 1 && result.output == "")
    #expect(result.error.contains("/b: no such file in the image"))
  }

  @Test func `a name with any bytes stays on its line`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: Array("a\n\u{1B}[2J".utf8) + [0xFF])
    builder.addInode(2, version: 1)
    let workspace = try Workspace()
    let text = try workspace.jffs2("nodes", workspace.write(builder)).output
    #expect(text.contains(#""a\012\033[2J\377" in 1"#))
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test func `the JSON is what its schema allows`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addFile("a", ino: 2, [1])
    builder.addDirent(version: 3, ino: 2, name: [0xFE, 0x01])
    builder.addXattr(xid: 1, version: 1, name: "n", value: [1])
    builder.addXref(ino: 2, xid: 1, sequence: 2)
    builder.addNode(type: NodeType.padding.rawValue, flaws: [.headerCRC])
    builder.add(raw: [UInt8](repeating: 0x5A, count: 100))
    builder.add(raw: [UInt8](repeating: 0xFF, count: 100))
    let workspace = try Workspace()
    let json = try workspace.jffs2("nodes", "--json", workspace.write(builder)).output
    #expect(json.split(separator: "\n").count == 8)
    try Schema.expect(json, fits: "nodes", isLines: true)
  }

  @Test(arguments: AnsweredImage.fixtures + AnsweredImage.sound + AnsweredImage.damaged)
  func `the lines of a real image cover all of it`(image: AnsweredImage) throws {
    let workspace = try Workspace()
    let path = try workspace.write(image.bytes())
    let firmware = try FirmwareImage(InputOptions(path: FilePath(path)))
    for (index, fileSystem) in firmware.fileSystems.enumerated() {
      var end: UInt32 = 0
      for node in try workspace.nodes(ofFile: path, ["--partition", "\(index)"]) {
        #expect(node.offsetInFileSystem == end || node.offsetInFileSystem == (end + 3) & ~3)
        end = node.offsetInFileSystem + node.length
      }
      #expect((end + 3) & ~3 >= fileSystem.volume.range.length)
    }
  }
}
