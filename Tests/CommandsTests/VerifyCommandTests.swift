import JFFS2
import TestSupport
import Testing

@Suite struct `Command verify` {
  private static var damaged: ImageBuilder {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [UInt8](repeating: 1, count: 10_000), damaged: [1])
    builder.addFile("b", ino: 4, [1])
    return builder
  }

  @Test func `the exit status is 0 for a sound image and 1 for a damaged one`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [1])
    let sound = try workspace.jffs2("verify", workspace.write(builder))
    #expect(sound.status == 0)
    #expect(sound.output.contains(": no damage; 2 nodes, 0 obsolete; 1 file, 1 chunk decompressed"))
    let damaged = try workspace.jffs2("verify", workspace.write(Self.damaged))
    #expect(damaged.status == 1)
    #expect(
      damaged.output.hasPrefix("/a: bytes 4096 to 8192: lost: wrong data CRC, node at 0x1070\n"))
    #expect(damaged.output.contains(": DAMAGED, 1 place; "))
  }

  @Test func `a file without firmware gives exit status 3, and a wrong option 64`() throws {
    let workspace = try Workspace()
    let none = try workspace.jffs2("verify", workspace.write([1, 2, 3], "none"))
    #expect(none.status == 3 && none.output == "")
    let image = try workspace.write(Self.damaged)
    #expect(try workspace.jffs2("verify", "--damaged", "zero", image).status == 64)
  }

  @Test func `quiet prints nothing`() throws {
    let workspace = try Workspace()
    let result = try workspace.jffs2("verify", "-q", workspace.write(Self.damaged))
    #expect(result.status == 1 && result.output == "" && result.error == "")
  }

  @Test func `the JSON is what its schema allows`() throws {
    let workspace = try Workspace()
    var builder = Self.damaged
    builder.addDirent(version: 9, ino: 3, name: [0xFE, 0x0A])
    builder.addInode(9, version: 1, flaws: [.nodeCRC])
    let result = try workspace.jffs2("verify", "--json", workspace.write(builder))
    #expect(result.status == 1)
    try Schema.expect(result.output, fits: "verify")
  }

  @Test func `a file with many names is reported with a few of them and the number of others`()
    throws
  {
    let workspace = try Workspace()
    var builder = Self.damaged
    for number in 10..<100 as Range<UInt32> {
      builder.addDirent(version: number, ino: 3, name: "n\(number)")
    }
    let image = try workspace.write(builder)
    let text = try workspace.jffs2("verify", image)
    #expect(
      text.output.hasPrefix(
        "/a, /n10, /n11, /n12, /n13, /n14, /n15, /n16 and 83 more names: bytes 4096 to 8192: lost: "
      ))
    let json = try workspace.jffs2("verify", "--json", image)
    try Schema.expect(json.output, fits: "verify")
    #expect(json.output.contains(#""more_paths" : 83"#))
  }

  @Test func `thousands of findings with very long paths are reported in little memory`() throws {
    let workspace = try Workspace()
    var builder = ImageBuilder()
    let name = String(repeating: "n", count: 200)
    for ino in 2...UInt32(4000) {
      builder.addDirectory(name, ino: ino, parent: ino - 1)
      builder.addDirent(parent: ino, version: ino, ino: 1_000_000, name: "lost")
    }
    let result = try workspace.jffs2("verify", try workspace.write(builder))
    #expect(result.status == 1)
    #expect(result.output.contains("DAMAGED, 3999 places; "))
    #expect(result.output.contains("\n…/\(name)/\(name)/lost: dangling name: "))
    #expect(result.output.utf8.count < 4 << 20)
  }

  @Test func `a wrong data CRC of the U-Boot image is damage`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [1])
    // 64 bytes of header: magic, CRC of the header, time, size, load, entry, CRC of the data, and what it is.
    var header: [UInt8] = [0x27, 0x05, 0x19, 0x56] + Array(repeating: 0, count: 60)
    header[15] = UInt8(builder.bytes.count)
    header.replaceSubrange(28..<32, with: [5, 2, 7, 0])
    let crc = ~jffs2CRC(header.span, initial: .max)
    for index in 0..<4 { header[4 + index] = UInt8(truncatingIfNeeded: crc >> (24 - 8 * index)) }
    let workspace = try Workspace()
    let result = try workspace.jffs2("verify", workspace.write(header + builder.bytes))
    #expect(result.status == 1)
    #expect(result.output.hasPrefix("the U-Boot image has a wrong data CRC"))
    #expect(result.output.contains("DAMAGED, 1 place"))
  }
}
