import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// Dumps that consist of as many file systems, or pieces of one, as they have space for.
@Suite struct `A dump of very many file systems` {
  private static let block = 4096

  /// A block with nodes and two of foreign data, repeated; `target` gives the inode that the name in a block leads to, and `version`
  /// the name's version.
  private func dump(
    _ count: Int, version: (_ number: UInt32) -> UInt32 = { $0 + 1 },
    target: (_ number: UInt32) -> UInt32
  ) -> [UInt8] {
    let foreign = (0..<2 * Self.block).map { UInt8(truncatingIfNeeded: $0 &* 7 | 1) }
    var bytes: [UInt8] = []
    for number in 0..<UInt32(count) {
      var builder = ImageBuilder()
      builder.addCleanmarker()
      builder.addDirent(version: version(number), ino: target(number), name: "n\(number)")
      builder.addInode(number + 2, version: 1, payload: [1])
      builder.padWithErased(toMultipleOf: Self.block)
      bytes += builder.bytes + foreign
    }
    return bytes
  }

  @Test(arguments: [(256, false), (257, true)])
  func `the largest 256 are read, and what is left out is reported`(count: Int, isTold: Bool) throws
  {
    let image = try FlashImage(bytes: dump(count, version: { _ in 1 }) { $0 + 2 })
    let partitions = try FirmwareProbe(image).partitions()
    #expect(partitions.count == 256)
    #expect(Set(partitions.map(\.range.start)).count == 256)
    let told = "more than 256 file systems; the largest ones are read"
    #expect(partitions[0].warnings.contains(told) == isTold)
    #expect(partitions[0].flaws.contains(told) == isTold)
  }

  /// Each name leads into the next piece, so that all of them become one file system piece by piece.
  @Test(.timeLimit(.minutes(1)))
  func `5,000 pieces of one are put together without comparing each with each`() throws {
    let image = try FlashImage(bytes: dump(5000) { $0 + 3 })
    #expect(try PartitionSearch(image).partitions().count == 1)
  }

  /// Nodes of one file system conflict with those of the one before, without anything between them.
  @Test(.timeLimit(.minutes(1)))
  func `20,000 that follow each other are parted without comparing each with each`() throws {
    var bytes: [UInt8] = []
    for number in 0..<20_000 {
      var builder = ImageBuilder()
      builder.addCleanmarker()
      builder.addDirent(version: 1, ino: 2, name: "n\(number)")
      builder.addInode(2, version: 1, payload: [UInt8(truncatingIfNeeded: number), 1])
      builder.padWithErased(toMultipleOf: Self.block)
      bytes += builder.bytes
    }
    #expect(try PartitionSearch(FlashImage(bytes: bytes)).partitions().count == 20_000)
  }
}
