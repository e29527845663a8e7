import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// Dumps with spare areas of sizes that are in no list.
@Suite struct `Spare areas of other sizes` {
  private static let sizes = [
    (512, 8), (1024, 14), (2048, 27), (2048, 112), (4096, 218), (4096, 220),
    (8192, 436), (8192, 1024), (16384, 1216), (16384, 1280),
  ]

  private func found(_ bytes: [UInt8]) throws -> (containers: [Container], names: [String]) {
    let partition = try FirmwareProbe(FlashImage(bytes: bytes)).partition()
    let volume = try Volume(scanning: partition.range)
    #expect(volume.statistics.damagedCount == 0)
    return (partition.containers, try volume.names())
  }

  private func layout(_ size: (Int, Int)) throws -> NANDPageLayout {
    try #require(NANDPageLayout(pageSize: size.0, oobSize: size.1))
  }

  @Test(arguments: sizes, Dialect.all)
  func `are inferred from where nodes break`(size: (Int, Int), dialect: Dialect) throws {
    var generator = SeededGenerator(seed: 21)
    let layout = try layout(size)
    let data = nandImage(dialect, pageSize: layout.pageSize, &generator)
    let (containers, names) = try found(dump(data, layout, &generator))
    #expect(containers == [.spareAreas(layout, isFound: true)])
    #expect(names.count == 40)
  }

  @Test(arguments: sizes, [1, 1000, 70_001])
  func `are inferred after something else, and in a truncated dump`(
    size: (Int, Int), length: Int
  ) throws {
    var generator = SeededGenerator(seed: 22)
    let layout = try layout(size)
    var data = nandImage(files: 120, pageSize: layout.pageSize, &generator)
    data += [UInt8](repeating: 0xFF, count: 64 << 10)
    let bytes = generator.bytes(length) + dump(data, layout, &generator).dropLast(333)
    let (containers, names) = try found(bytes)
    #expect(containers == [.spareAreas(layout, isFound: true)])
    #expect(names.count == 120)
  }

  @Test(arguments: AnsweredImage.fixtures, [(4096, 218), (2048, 112), (512, 8), (512, 27)])
  func `are inferred in what the driver wrote`(answered: AnsweredImage, size: (Int, Int)) throws {
    var generator = SeededGenerator(seed: 23)
    let data = try answered.bytes()
    let plain = try Volume(scanning: FirmwareProbe(FlashImage(bytes: data)).partition().range)
    let partition = try FirmwareProbe(
      FlashImage(bytes: dump(data, layout(size), &generator))
    ).partition()
    let volume = try Volume(scanning: partition.range)
    #expect(try volume.names() == plain.names())
    #expect(volume.statistics.nodeCount == plain.statistics.nodeCount)
    // Where no node crosses a page, only what was on a NAND flash fills the pages.
    #expect(volume.indexDamage == plain.indexDamage || !answered.description.hasPrefix("nand-"))
  }

  @Test func `that are in the middle of pages, with the checksums, lead to a hint`() throws {
    var generator = SeededGenerator(seed: 24)
    let data = nandImage(pageSize: 2048, &generator)
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: data.count, by: 512) {
      bytes += data[start..<start + 512] + generator.bytes(13)
      if start % 2048 == 1536 { bytes += [UInt8](repeating: 0xFF, count: 12) }
    }
    let partition = try FirmwareProbe(FlashImage(bytes: bytes)).partition()
    let hint =
      "nodes are damaged at regular distances; if it is a NAND dump with its spare areas: oob=PAGE+SPARE"
    #expect(partition.containers.isEmpty)
    #expect(partition.flaws.contains(hint))
    #expect(try ErrorPage().explains(hint.replacing("oob", with: "-o oob")))
  }

  @Test(arguments: 0..<8)
  func `are not seen in plain images with damage`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let data = nandImage(files: 120, pageSize: 2048, &generator)
    var flipped = data
    for _ in 0..<30 { flipped[Int.random(in: data.indices, using: &generator)] ^= 0x10 }
    var shifted = data
    for _ in 0..<2 {
      let place = Int.random(in: data.indices, using: &generator)
      shifted.insert(contentsOf: generator.bytes(64), at: place)
    }
    var torn = data
    for block in stride(from: 0, to: data.count, by: 64 << 10) {
      torn.replaceSubrange(block + 9000..<block + 9800, with: repeatElement(0xFF, count: 800))
    }
    for bytes in [data, flipped, shifted, torn, generator.bytes(5000) + flipped] {
      let partition = try FirmwareProbe(FlashImage(bytes: bytes)).partition()
      #expect(partition.containers.isEmpty)
      #expect(!partition.warnings.contains { $0.contains("spare areas") })
    }
  }
}
