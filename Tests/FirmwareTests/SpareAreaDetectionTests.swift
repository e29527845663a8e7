import Firmware
import JFFS2
import Storage
import Support
import TestSupport
import Testing

@Suite struct SpareAreaDetectionTests {
  private func detect(_ bytes: [UInt8]) throws -> NANDPageLayout? {
    let image = try FlashImage(bytes: bytes)
    return try SpareAreaDetection.detect(image, 0..<image.byteCount)
  }

  @Test(arguments: SpareAreaDetection.candidates, Dialect.all)
  func `every layout is found in either byte order`(
    layout: NANDPageLayout, dialect: Dialect
  ) throws {
    var generator = SeededGenerator(seed: 11)
    let data = nandImage(dialect, pageSize: layout.pageSize, &generator)
    #expect(try detect(dump(data, layout, &generator)) == layout)
  }

  @Test(arguments: SpareAreaDetection.candidates)
  func `a plain image of a dump's length is none`(layout: NANDPageLayout) throws {
    var generator = SeededGenerator(seed: 12)
    var data = nandImage(pageSize: layout.pageSize, &generator)
    #expect(try detect(data) == nil)
    while data.count % layout.stride != 0 { data.append(0xFF) }
    #expect(try detect(data) == nil)
  }

  @Test(arguments: SpareAreaDetection.candidates)
  func `a plain image of zeros, whose CRC is always good, is none`(
    layout: NANDPageLayout
  ) throws {
    var builder = ImageBuilder()
    for ino: UInt32 in 2..<60 {
      builder.addInode(ino, version: 1, payload: [UInt8](repeating: 0, count: 4096))
      builder.add(raw: [UInt8](repeating: 0, count: 8192))
    }
    while builder.bytes.count % layout.stride != 0 { builder.add(raw: [0]) }
    #expect(try detect(builder.bytes) == nil)
  }

  @Test(arguments: SpareAreaDetection.candidates)
  func `random bytes and erased flash are none`(layout: NANDPageLayout) throws {
    var generator = SeededGenerator(seed: 13)
    #expect(try detect([UInt8](repeating: 0xFF, count: layout.stride * 64)) == nil)
    let random = (0..<layout.stride * 64).map { _ in UInt8.random(in: 0...255, using: &generator) }
    #expect(try detect(random) == nil)
  }

  @Test func `nodes without data also identify a dump`() throws {
    var generator = SeededGenerator(seed: 18)
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    var builder = ImageBuilder()
    for ino: UInt32 in 2..<200 { builder.addInode(ino, version: 1) }
    builder.padWithErased(toMultipleOf: 128 << 10)
    #expect(try detect(dump(builder.bytes, layout, &generator)) == layout)
  }

  @Test func `a few damaged nodes do not hide a dump`() throws {
    var generator = SeededGenerator(seed: 14)
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    var bytes = dump(nandImage(files: 200, pageSize: 2048, &generator), layout, &generator)
    for _ in 0..<8 { bytes[Int.random(in: bytes.indices, using: &generator)] ^= 0x40 }
    #expect(try detect(bytes) == layout)
  }

  @Test func `a small file system far inside a large dump is found`() throws {
    var generator = SeededGenerator(seed: 15)
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    let erased = [UInt8](repeating: 0xFF, count: 9 << 20)
    let data = erased + nandImage(pageSize: 2048, &generator) + erased
    #expect(try detect(dump(data, layout, &generator)) == layout)
  }

  @Test(arguments: SpareAreaDetection.candidates)
  func `a dump that is truncated inside a page is served up to its end`(layout: NANDPageLayout)
    throws
  {
    var generator = SeededGenerator(seed: 20)
    let data = nandImage(files: 200, pageSize: layout.pageSize, &generator)
    let whole = dump(data, layout, &generator)
    let cut = Array(whole.prefix(whole.count / 2 / layout.stride * layout.stride + 700))
    let found = try partition(cut)
    #expect(found.containers == [.spareAreas(layout, isFound: true)])
    #expect(try 60..<140 ~= Volume(scanning: found.range).names().count)
    // One that is not a dump stays what it is, cut or damaged.
    var plain = Array(data.prefix(data.count / 2 + 700))
    for index in stride(from: 5000, to: plain.count, by: 20_000) { plain[index] ^= 1 }
    #expect(try partition(plain).containers.isEmpty)
  }

  @Test func `U-Boot images at a dump's start are examined without the spare areas`() throws {
    var generator = SeededGenerator(seed: 19)
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    let data = nandImage(files: 200, pageSize: 2048, &generator)
    var kernel = uImage(Array(repeating: 0x41, count: 100_000), type: 2)
    kernel += [UInt8](repeating: 0xFF, count: (128 << 10) - kernel.count)
    var home = uImage(data)
    home += [UInt8](repeating: 0xFF, count: 2048 - home.count % 2048)
    for bytes in [kernel + data, home, kernel + home] {
      let found = try partition(dump(bytes, layout, &generator))
      #expect(found.containers == [.spareAreas(layout, isFound: true)])
      let volume = try Volume(scanning: found.range)
      #expect(try volume.names().count == 200)
    }
  }

  @Test func `the probe serves the data and says so`() throws {
    var generator = SeededGenerator(seed: 16)
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    let data = nandImage(pageSize: 2048, &generator)
    let image = try FlashImage(bytes: dump(data, layout, &generator))
    let partition = try FirmwareProbe(image).partition()
    #expect(partition.containers == [.spareAreas(layout, isFound: true)])
    #expect(try partition.range.bytes(at: 0, count: data.count) == data)
    let volume = try Volume(scanning: partition.range)
    #expect(volume.statistics.damagedCount == 0)
    #expect(try volume.names().count == 40)
  }

  @Test func `offset and length count in the file as given`() throws {
    var generator = SeededGenerator(seed: 17)
    let layout = try #require(NANDPageLayout(pageSize: 512, oobSize: 16))
    let data = nandImage(pageSize: 512, &generator)
    let bytes = dump(data, layout, &generator)
    let image = try FlashImage(bytes: [1, 2, 3] + bytes + bytes)
    for spareArea in [nil, layout] {
      let probe = FirmwareProbe(
        image, .init(offset: 3, length: UInt64(bytes.count), spareArea: spareArea))
      let range = try probe.partition().range
      #expect(range.start == 0)
      #expect(try range.bytes(at: 0, count: Int(range.length)) == data)
    }
  }
}
