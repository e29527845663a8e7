import JFFS2
import TestSupport
import Testing

@Suite struct `Use of the erase blocks` {
  private func usage(_ builder: ImageBuilder, eraseSize: UInt32? = 4096) throws -> FlashUsage {
    try FlashUsage(Volume(builder, Volume.Options(eraseSize: eraseSize)))
  }

  @Test func `every byte of a block counts once, by its use`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.addDirent(version: 1, ino: 2, name: "file")
    let replaced = builder.addInode(2, version: 1, payload: [1, 2, 3, 4])
    let live = builder.addInode(2, version: 2, payload: [5, 6, 7, 8])
    let bad = builder.addInode(2, version: 3, payload: [9, 9, 9, 9], flaws: [.dataCRC])
    let end = builder.add(raw: Array(repeating: 0x41, count: 40))
    builder.padWithErased(toMultipleOf: 4096)
    let usage = try usage(builder)
    let bytes = try #require(usage.blocks.first).bytes
    #expect(usage.blocks.count == 1)
    #expect(bytes[.live] == UInt64(replaced + bad - live))
    #expect(bytes[.reclaimable] == UInt64(live - replaced))
    #expect(bytes[.damaged] == UInt64(end - bad))
    #expect(bytes[.foreign] == 40)
    #expect(bytes[.free] == UInt64(4096 - end - 40))
    #expect(usage.bytes == bytes)
  }

  @Test(arguments: [3, 8])
  func `a node that lost its header's CRC is damaged, not foreign`(_ damagedByte: Int) throws {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o040755)
    let lost = builder.addInode(2, version: 1, payload: Array(repeating: 0x41, count: 100))
    let next = builder.addInode(3, version: 1)
    // In the type, where the length still leads to the next node, and in the CRC itself.
    builder.replaceByte(at: lost + damagedByte, with: 0xA5)
    builder.padWithErased(toMultipleOf: 4096)
    let bytes = try usage(builder).bytes
    #expect(bytes[.damaged] == UInt64(next - lost))
    #expect(bytes[.foreign] == 0)
  }

  @Test func `a stray magic number in foreign data is not damage`() throws {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.add(raw: [0x85, 0x19, 0x41, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    builder.padWithErased(toMultipleOf: 4096)
    let bytes = try usage(builder).bytes
    #expect(bytes[.damaged] == 0)
    #expect(bytes[.foreign] == 16)
  }

  @Test func `gaps longer than a window and an end of odd length add up`() throws {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.add(raw: Array(repeating: 0x41, count: 200_000))
    builder.add(raw: [0xFF, 0xFF, 0xFF])
    let usage = try usage(builder)
    #expect(usage.blocks.count == (builder.bytes.count + 4095) / 4096)
    #expect(usage.bytes.total == UInt64(builder.bytes.count))
    #expect(usage.bytes[.foreign] == 200_000)
    #expect(usage.bytes[.free] == 3)
  }

  @Test func `a block names the inodes with most live bytes in it`() throws {
    var builder = ImageBuilder()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.addFile("small", ino: 2, Array(repeating: 1, count: 10))
    builder.addFile("large", ino: 3, Array(repeating: 1, count: 3000))
    builder.padWithErased(toMultipleOf: 4096)
    builder.addFile("other", ino: 4, Array(repeating: 1, count: 10))
    let blocks = try usage(builder).blocks
    #expect(blocks[0].largestInodes.first?.ino == 3)
    #expect(blocks[1].largestInodes.map(\.ino).contains(4))
  }

  @Test func `nodes, compressors and orphans are counted`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addInode(1, version: 1, mode: 0o040755)
    builder.addFile("file", ino: 2, Array(repeating: 1, count: 5000))
    builder.addInode(9, version: 1, payload: [1])
    let nodes = try usage(builder, eraseSize: nil).nodes
    #expect(nodes.count(.inode) == 4)
    #expect(nodes.count(.inode, .live) == 3)
    #expect(nodes.count(.orphaned) == 1)
    #expect(nodes.orphanedInodeCount == 1)
    #expect(nodes.compressions[.none]?.nodeCount == 2)
    #expect(nodes.compressions[.none]?.expandedBytes == 5000)
    #expect(nodes.largestChunk == 4096)
    #expect(nodes.cleanmarkerLength == 12)
  }
}
