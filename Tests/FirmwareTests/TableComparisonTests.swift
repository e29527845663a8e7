import Firmware
import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

/// A table, an offset or a length that does not fit what the nodes show is named.
@Suite struct `Tables and ranges against the data` {
  private static let block = 64 << 10

  /// A file system of several erase blocks: a directory with one file in each block.
  private func fileSystem(
    _ name: String, blocks: Int, _ endianness: Endianness = .little
  ) -> [UInt8] {
    var builder = ImageBuilder(Dialect(endianness))
    for number in 0..<UInt32(blocks) {
      builder.addCleanmarker()
      if number == 0 {
        builder.addDirent(version: 1, ino: 2, name: name, type: 4)
        builder.addInode(2, version: 1, mode: 0o040755, payload: [])
      }
      builder.addDirent(parent: 2, version: number + 1, ino: number + 3, name: "\(name)\(number)")
      builder.addInode(number + 3, version: 1, payload: Array("\(name) \(number)".utf8))
      builder.padWithErased(toMultipleOf: Self.block)
    }
    return builder.bytes
  }

  private let foreign = (0..<block).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private func find(
    _ bytes: [UInt8], _ options: FirmwareProbe.Options = FirmwareProbe.Options()
  ) throws -> [Partition] {
    try FirmwareProbe(FlashImage(bytes: bytes), options).partitions()
  }

  private func table(_ text: String) throws -> FirmwareProbe.Options {
    FirmwareProbe.Options(table: try MTDParts(text))
  }

  /// A block with a table in it, before other bytes.
  private func flash(_ table: String, _ rest: [UInt8]) -> [UInt8] {
    let text = Array("mtdparts=\(table)\0".utf8)
    return text + foreign.dropFirst(text.count) + rest
  }

  @Test func `a table that fits is followed without a word`() throws {
    let rest = fileSystem("a", blocks: 3) + fileSystem("b", blocks: 2)
    for text in ["f:64k(boot),192k(a),128k(b)", "f:64k(boot),192k(a),128k(b),384k@0(all)"] {
      let found = try find(flash(text, rest))
      #expect(found.prefix(2).map(\.name).contains("a"))
      let given = try find(flash("none", rest), table(text))
      #expect((found + given).allSatisfy { $0.warnings.isEmpty || $0.isAlias })
    }
  }

  @Test func `a table in the dump that cuts a file system is not followed`() throws {
    let rest = fileSystem("a", blocks: 3) + fileSystem("b", blocks: 3)
    let found = try find(flash("f:64k(boot),128k(a),64k(rest)", rest))
    #expect(found.map(\.name) == ["jffs2@0x10000", "jffs2@0x40000"])
    #expect(
      found[0].flaws == [
        "the mtdparts= in the dump does not fit the data: the file system in a continues after the "
          + "partition's end at 0x30000, to 0x40000; file systems by the data: 0x10000-0x40000, "
          + "0x40000-0x70000"
      ])
    #expect(found[1].flaws.isEmpty)
    #expect(try Volume(scanning: found[0].range).names() == ["a"])
  }

  @Test(arguments: [true, false])
  func `a given table that cuts off extended attributes only is named`(isLonger: Bool) throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    builder.padWithErased(toMultipleOf: Self.block)
    // Free blocks of the next partition.
    if !isLonger { builder.addCleanmarker() }
    if isLonger {
      builder.addXattr(xid: 1, version: 1, name: "x", value: [1])
      builder.addXref(ino: 2, xid: 1, sequence: 2)
    }
    builder.padWithErased(toMultipleOf: Self.block)
    let found = try find(foreign + builder.bytes, table("f:64k(boot),64k(a),-(b)"))
    #expect(found.map(\.name) == (isLonger ? ["a"] : ["a", "b"]))
    #expect(found.flatMap(\.flaws).count == (isLonger ? 1 : 0))
  }

  @Test func `a file system that ends where the next one begins is not cut`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    let length = Self.block - builder.bytes.count
    builder.addInode(
      9, version: 1, payload: [UInt8](repeating: 1, count: length - RawInode.size))
    #expect(builder.bytes.count == Self.block)
    let next = fileSystem("b", blocks: 1)
    for text in ["f:64k(boot),64k(a),64k(b)", "f:64k(boot),64k(a),-(b)"] {
      let found = try find(foreign + builder.bytes + next, table(text))
      #expect(found.map(\.name) == ["a", "b"])
      #expect(found.flatMap(\.flaws) == [])
    }
  }

  @Test func `partitions of that table that fit are followed`() throws {
    let rest = fileSystem("a", blocks: 3) + fileSystem("b", blocks: 2) + fileSystem("c", blocks: 2)
    let found = try find(flash("f:64k(boot),128k(a),64k(x),128k(b),-(c)", rest))
    #expect(found.map(\.name) == ["jffs2@0x10000", "b", "c"])
    #expect(found.map(\.flaws.count) == [1, 0, 0])
  }

  @Test func `a given table that cuts a file system is followed and named`() throws {
    let rest = fileSystem("a", blocks: 3) + fileSystem("b", blocks: 3)
    let found = try find(foreign + rest, table("f:64k(boot),128k(a),64k(x),-(b)"))
    #expect(found.map(\.name) == ["a", "x", "b"])
    #expect(found.map(\.flaws.count) == [1, 1, 0])
    #expect(
      found[0].flaws[0].hasPrefix(
        "mtdparts: the file system in a continues after the partition's end at 0x30000, to 0x40000"
      ))
  }

  @Test func `a partition that starts too late is named`() throws {
    let found = try find(foreign + fileSystem("a", blocks: 3), table("f:64k(boot),-@0x20000(a)"))
    #expect(found[0].flaws.count == 1)
    #expect(
      found[0].flaws[0].contains("begins before the partition's start at 0x20000, at 0x10000"))
  }

  @Test func `a partition with two file systems is named`() throws {
    let rest = fileSystem("a", blocks: 3) + fileSystem("b", blocks: 3)
    let given = try find(foreign + rest, table("f:64k(boot),-(all)"))
    #expect(given.map(\.flaws.count) == [1])
    #expect(given[0].flaws[0].hasPrefix("mtdparts: all contains 2 file systems"))
    let stale = try find(flash("f:64k(boot),-(all)", rest))
    #expect(stale.map(\.name) == ["jffs2@0x10000", "jffs2@0x40000"])
    #expect(stale.map(\.flaws.count) == [1, 1])
  }

  @Test func `a file system in no partition of a given table is named`() throws {
    let rest = fileSystem("a", blocks: 2) + fileSystem("b", blocks: 2)
    let found = try find(foreign + rest, table("f:64k(boot),128k(a)"))
    #expect(found.map(\.warnings) == [["in no partition of mtdparts: JFFS2 at 0x30000-0x50000"]])
    #expect(found[0].flaws.isEmpty)
  }

  @Test func `a lone cleanmarker in foreign data is not a partition`() throws {
    var marked = foreign
    marked.replaceSubrange(4096..<4108, with: fileSystem("x", blocks: 1).prefix(12))
    let found = try find(
      marked + fileSystem("a", blocks: 2), table("f:64k(boot),128k(a)"))
    #expect(found.map(\.name) == ["a"])
  }

  @Test func `JFFS2 outside offset and length is reported`() throws {
    let bytes = fileSystem("a", blocks: 2) + fileSystem("b", blocks: 2)
    let half = UInt64(2 * Self.block)
    let first = try find(bytes, FirmwareProbe.Options(length: half))
    #expect(
      first[0].warnings == [
        "outside length=0x20000: JFFS2 at 0x20000-0x40000; to show it: offset=0x20000"
      ])
    let second = try find(bytes, FirmwareProbe.Options(offset: half))
    #expect(
      second[0].warnings == ["outside offset=0x20000: JFFS2 at 0x0-0x20000; to show it: offset=0"]
    )
    #expect(first[0].flaws.isEmpty && second[0].flaws.isEmpty)
  }

  @Test func `a file system that offset or length cuts is named with what fits`() throws {
    let bytes = foreign + fileSystem("a", blocks: 3)
    let (block, all) = (UInt64(Self.block), UInt64(3 * Self.block))
    #expect(
      try find(bytes, FirmwareProbe.Options(offset: block, length: 2 * block))[0].flaws == [
        "offset=0x10000 length=0x20000 cuts a file system: it continues beyond the range, to 0x40000; "
          + "what fits: offset=0x10000 length=0x30000"
      ])
    #expect(
      try find(bytes, FirmwareProbe.Options(offset: 2 * block))[0].flaws.first?
        .contains("begins before the range, at 0x10000") == true)
    let whole = try find(bytes, FirmwareProbe.Options(offset: block, length: all))
    #expect(whole[0].warnings.isEmpty)
  }

  @Test func `JFFS2 of the other byte order is reported`() throws {
    let bytes = fileSystem("a", blocks: 2) + fileSystem("b", blocks: 2, .big)
    for (order, place) in [(Endianness.little, "0x20000-0x40000"), (.big, "0x0-0x20000")] {
      let found = try find(bytes, FirmwareProbe.Options(endianness: order))
      #expect(found.count == 1)
      #expect(
        found[0].warnings == [
          "endian=\(order == .big ? "big" : "little") hides JFFS2 of the other byte order at "
            + "\(place); to show all, drop it"
        ])
      let only = fileSystem("a", blocks: 2, order)
      #expect(try find(only, FirmwareProbe.Options(endianness: order))[0].warnings.isEmpty)
    }
  }

  @Test func `spare areas that are none, or of another size, are named`() throws {
    var generator = SeededGenerator(seed: 5)
    let data = nandImage(pageSize: 2048, &generator)
    let right = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    let wrong = try #require(NANDPageLayout(pageSize: 2048, oobSize: 128))
    let dumped = dump(data, right, &generator)
    for (bytes, fit) in [(data, "without it"), (dumped, "with oob=2048+64")] {
      let found = try find(bytes, FirmwareProbe.Options(spareArea: wrong))
      let flaw = try #require(found[0].flaws.first)
      #expect(flaw.hasPrefix("oob=2048+128 does not fit the dump: "))
      #expect(flaw.hasSuffix(fit))
    }
    #expect(try find(dumped, FirmwareProbe.Options(spareArea: right))[0].flaws.isEmpty)
  }

  @Test func `spare areas with which nothing is left are an error that says so`() throws {
    let none = try #require(NANDPageLayout(pageSize: 8, oobSize: 8))
    let bytes = foreign + fileSystem("a", blocks: 1)
    let error = try failure(bytes, FirmwareProbe.Options(spareArea: none))
    #expect(error == .noSpareAreas(requested: none))
    #expect(try failure(foreign, FirmwareProbe.Options(spareArea: none)) != error)
  }
}
