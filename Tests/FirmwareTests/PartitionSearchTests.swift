import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct `Partition search` {
  private static let block = 64 << 10

  private func find(_ bytes: [UInt8], table: String? = nil) throws -> [PartitionCandidate] {
    try PartitionSearch(FlashImage(bytes: bytes), table: table.map { try MTDParts($0) })
      .partitions()
  }

  /// A file system of two erase blocks with one file.
  private func fileSystem(_ name: String, _ dialect: Dialect = Dialect(.little)) -> [UInt8] {
    var builder = ImageBuilder(dialect)
    builder.addCleanmarker()
    builder.addDirent(version: 1, ino: 2, name: name)
    builder.addInode(2, version: 1, payload: Array(name.utf8))
    builder.padWithErased(toMultipleOf: Self.block)
    builder.addCleanmarker()
    builder.padWithErased(toMultipleOf: Self.block)
    return builder.bytes
  }

  private func foreign(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
  }

  @Test(arguments: Endianness.allCases)
  func `a bare file system is the whole image`(endianness: Endianness) throws {
    let bytes = fileSystem("a", Dialect(endianness))
    #expect(
      try find(bytes) == [
        PartitionCandidate(name: nil, range: 0..<UInt64(bytes.count), source: .wholeImage)
      ])
  }

  @Test(arguments: [0, 1, 2, 3, 64, 65536])
  func `a file system after foreign data is found at any byte`(shift: Int) throws {
    let front = foreign(Self.block * 3 + shift)
    let found = try find(front + fileSystem("a") + foreign(Self.block * 3))
    #expect(found.map(\.range.lowerBound) == [UInt64(front.count)])
    #expect(found.first.map { $0.range.upperBound >= UInt64(front.count + 2 * Self.block) } == true)
    #expect(found.first?.displayName == "jffs2@0x" + String(front.count, radix: 16))
  }

  @Test func `two file systems in a row part where their nodes disagree`() throws {
    let found = try find(fileSystem("a") + fileSystem("b"))
    let size = UInt64(2 * Self.block)
    #expect(found.map(\.range) == [0..<size, size..<2 * size])
  }

  /// Erased blocks with their cleanmarkers, as most of a camera's flash is.
  private func erasedBlocks(_ count: Int) -> [UInt8] {
    var builder = ImageBuilder(Dialect(.little))
    for _ in 0..<count {
      builder.addCleanmarker()
      builder.padWithErased(toMultipleOf: Self.block)
    }
    return builder.bytes
  }

  /// A block with this number of overwritten bytes.
  private func damagedBlock(_ count: Int) -> [UInt8] {
    foreign(count) + [UInt8](repeating: 0xFF, count: Self.block - count)
  }

  @Test(arguments: [12, 100, 4096])
  func `a damaged block among erased ones is damage in one file system`(written: Int) throws {
    for bytes in [
      fileSystem("a") + erasedBlocks(3) + damagedBlock(written) + erasedBlocks(3),
      erasedBlocks(3) + damagedBlock(written) + erasedBlocks(3) + fileSystem("a"),
      erasedBlocks(3) + damagedBlock(written) + fileSystem("a") + damagedBlock(written)
        + erasedBlocks(2),
    ] {
      #expect(
        try find(bytes) == [
          PartitionCandidate(name: nil, range: 0..<UInt64(bytes.count), source: .wholeImage)
        ])
    }
  }

  @Test func `a first block whose cleanmarker is damaged belongs to the file system`() throws {
    let bytes = damagedBlock(12) + erasedBlocks(2) + fileSystem("a")
    #expect(try find(bytes).map(\.range) == [0..<UInt64(bytes.count)])
  }

  @Test func `blocks of foreign data end a file system, a single one among erased ones is damage`()
    throws
  {
    let found = try find(fileSystem("a") + foreign(2 * Self.block) + erasedBlocks(2))
    #expect(found.map(\.range.lowerBound) == [0, UInt64(4 * Self.block)])
    for bytes in [
      fileSystem("a") + foreign(Self.block) + erasedBlocks(2),
      erasedBlocks(2) + foreign(Self.block) + fileSystem("a"),
    ] {
      #expect(try find(bytes).map(\.range) == [0..<UInt64(bytes.count)])
    }
  }

  @Test func `foreign data part two file systems`() throws {
    let size = UInt64(2 * Self.block)
    let found = try find(fileSystem("a") + foreign(2 * Self.block) + fileSystem("a"))
    #expect(found.map(\.range) == [0..<size, 2 * size..<3 * size])
  }

  @Test func `copies of a node are one file system`() throws {
    let bytes = fileSystem("a") + fileSystem("a") + erasedBlocks(1)
    #expect(try find(bytes).map(\.source) == [.wholeImage])
  }

  @Test func `a second half that repeats the first is not served, and named`() throws {
    let bytes = foreign(Self.block) + fileSystem("a") + fileSystem("b")
    let found = try find(bytes + bytes)
    #expect(found.map(\.range) == (try find(bytes).map(\.range)))
    #expect(
      found.first?.flaws == [
        "the second half, 0x50000 to end, repeats the first: "
          + "the dump was probably read with 3-byte addresses, and half of the flash is missing"
      ])
    // Formatted blocks are all the same.
    #expect(try find(erasedBlocks(4)).first?.flaws == [])
    #expect(try find(erasedBlocks(4)).first?.warnings == [])
  }

  @Test func `a table in the image names the partitions`() throws {
    var front = Array(
      "bootargs=mtdparts=f:64k(boot),${x}\0mtdparts=f:192k(boot),128k(home),-(x) ro\0".utf8)
    front += foreign(3 * Self.block - front.count)
    let found = try find(front + fileSystem("a") + [UInt8](repeating: 0xFF, count: Self.block))
    #expect(found.map(\.name) == ["home"])
    #expect(found.map(\.source) == [.tableInImage(offset: 35)])
    #expect(found.map(\.range) == [0x30000..<0x50000])
  }

  @Test func `the user's table comes first`() throws {
    let found = try find(foreign(Self.block) + fileSystem("a"), table: "f:64k(a),64k(b),-(c)")
    #expect(found.map(\.name) == ["b", "c"])
    #expect(found.map(\.source) == [.givenTable(), .givenTable()])
  }

  @Test(arguments: [
    ("f:64k(a),192k(b)", nil), ("f:64k(a),-(b)", nil), ("f:64k(a),1M(b)", "b"),
    ("f:64k(a),64k(b),1M(c),64k(d),-(e)", "c, d, e"), ("f:64M(a),-(b)", "a, b"),
  ])
  func `parts of the user's table that do not fit are reported`(table: String, names: String?)
    throws
  {
    let found = try find(
      foreign(Self.block) + fileSystem("a") + foreign(Self.block), table: table)
    let flaw = names.map {
      "not entirely in the 262144 bytes of the file, by mtdparts: \($0); the rest is missing"
    }
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.flaw == flaw })
  }

  @Test func `a table in the image that needs a larger flash serves a dump that is truncated`()
    throws
  {
    let text = "mtdparts=f:64k(boot),128k(home),1M(data)\0"
    let front = Array(text.utf8) + foreign(Self.block - text.utf8.count)
    let found = try find(front + fileSystem("a") + fileSystem("b"))
    #expect(found.map(\.name) == ["home", "data"])
    #expect(
      found.first?.flaw
        == "the dump is truncated: the partitions of the mtdparts= in it take 1245184 "
        + "bytes, 327680 are there")
    // One that fits is believed before it.
    let better = "mtdparts=g:64k(boot),128k(first),-(second)\0"
    let both = Array((text + better).utf8)
    let again = try find(
      both + foreign(Self.block - both.count) + fileSystem("a") + fileSystem("b"))
    #expect(again.map(\.name) == ["first", "second"])
    #expect(again.first?.flaw == nil)
  }

  @Test(arguments: [
    // The second device's partitions begin where the file systems do.
    ("a:64k(x),64k(y),-(z);b:128k(boot),128k(home),-(rest)", "b", ["home", "rest"]),
    // The first would need a larger flash.
    ("a:128k(boot),1M(home);b:64k(x),-(y)", "b", ["y"]),
    // Both fit alike: the first.
    ("a:128k(boot),-(one);b:128k(boot),-(two)", "a", ["one"]),
    // Neither fits: the first, truncated as the kernel does it.
    ("a:128k(boot),1M(one);b:256k(boot),2M(two)", "a", ["one"]),
  ])
  func `of several devices that one is taken whose partitions fit`(
    table: String, device: String, names: [String]
  ) throws {
    let found = try find(
      foreign(2 * Self.block) + fileSystem("a") + fileSystem("b"), table: table)
    #expect(found.map(\.name) == names)
    #expect(found.allSatisfy { $0.source == .givenTable(device: device) })
    #expect(found.first?.source.description.hasSuffix(" for \(device)") == true)
  }

  @Test func `of several devices in a table in the image, too`() throws {
    let tables = "mtdparts=a:1M(x),-(y);b:128k(boot),128k(home),-(rest)\0"
    let front = Array(tables.utf8) + foreign(2 * Self.block - tables.utf8.count)
    let found = try find(front + fileSystem("a") + fileSystem("b"))
    #expect(found.map(\.name) == ["home", "rest"])
  }

  @Test func `blank flash, noise and lone headers are not file systems`() throws {
    #expect(try find([UInt8](repeating: 0xFF, count: 1 << 20)) == [])
    #expect(try find(foreign(1 << 20)) == [])
    var builder = ImageBuilder()
    builder.add(raw: foreign(4096))
    builder.addInode(5, version: 1, flaws: [.nodeCRC])
    builder.add(raw: [0x85, 0x19, 0x01, 0xE0])
    #expect(try find(builder.bytes) == [])
  }

  @Test func `a formatted, empty file system counts`() throws {
    var builder = ImageBuilder()
    builder.add(raw: foreign(Self.block))
    for _ in 0..<3 {
      builder.addCleanmarker()
      builder.padWithErased(toMultipleOf: Self.block)
    }
    #expect(try find(builder.bytes).map(\.range) == [0x10000..<0x40000])
  }
}
