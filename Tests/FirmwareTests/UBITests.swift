import Firmware
import Foundation
import JFFS2
import Storage
import Support
import TestSupport
import Testing

@Suite struct `JFFS2 in UBI` {
  private let ubi = UBIBuilder()

  /// A file system of several blocks, none of whose nodes crosses one.
  private func files(
    _ prefix: String = "file", size: Int = 16384 - 1024, _ endianness: Endianness = .little
  ) -> [UInt8] {
    var image = ImageBuilder(Dialect(endianness))
    for number in 0..<40 {
      if number % 10 == 0 {
        image.padWithErased(toMultipleOf: size)
        image.addCleanmarker()
      }
      image.addDirent(
        version: UInt32(number + 1), ino: UInt32(number + 2), name: "\(prefix)\(number)")
      image.addInode(
        UInt32(number + 2), version: 1, payload: [UInt8](repeating: UInt8(number), count: 1000))
    }
    return image.bytes
  }

  private func expected(_ prefix: String = "file") -> [String] {
    (0..<40).map { "\(prefix)\($0)" }.sorted()
  }

  private func partitions(
    _ bytes: [UInt8], _ options: FirmwareProbe.Options = .init()
  ) throws -> [Partition] {
    try FirmwareProbe(FlashImage(bytes: bytes), options).partitions()
  }

  private func names(_ partition: Partition) throws -> [String] {
    let volume = try Volume(scanning: partition.range, reusing: partition.log)
    #expect(volume.indexDamage.isEmpty)
    return try volume.names().sorted()
  }

  private func partition(_ blocks: [[UInt8]]) throws -> Partition {
    let partitions = try partitions(blocks.flatMap(\.self))
    try #require(partitions.count == 1)
    return partitions[0]
  }

  @Test(arguments: Endianness.allCases, [0, 1, 2, 3])
  func `is read in the order of the logical blocks`(order: Endianness, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var blocks = ubi.device(files(order)) + [ubi.free, ubi.free]
    if seed > 0 { blocks.shuffle(using: &generator) }
    let found = try partition(blocks)
    #expect(found.name == "config" && found.source == .wholeVolume && found.flaws.isEmpty)
    #expect(found.warnings.isEmpty && found.range.eraseSize == UInt32(ubi.dataSize))
    #expect(try names(found) == expected())
  }

  private func files(_ order: Endianness) -> [UInt8] { files("file", order) }

  private func files(_ prefix: String, _ order: Endianness) -> [UInt8] {
    files(prefix, size: ubi.dataSize, order)
  }

  @Test(arguments: [
    (4096, 64, 128), (131072, 2048, 4096), (65536, 64, 128), (131072, 512, 2048),
    (262144, 4096, 8192),
  ])
  func `is found with any block size and header offsets`(
    blockSize: Int, volumeHeaderOffset: Int, dataOffset: Int
  ) throws {
    let ubi = UBIBuilder(
      blockSize: blockSize, volumeHeaderOffset: volumeHeaderOffset, dataOffset: dataOffset)
    var image = ImageBuilder()
    for number in 0..<4 {
      image.padWithErased(toMultipleOf: ubi.dataSize)
      image.addDirent(version: UInt32(number + 1), ino: UInt32(number + 2), name: "\(number)")
      image.addInode(UInt32(number + 2), version: 1, payload: [1, 2, 3])
    }
    let volumes = [UBIBuilder.Volume(name: "rootfs", blockCount: 5)]
    var blocks = ubi.blocks(0, image.bytes).reversed() + [ubi.layout(0, volumes)]
    blocks.append(ubi.layout(1, volumes))
    let found = try partition(blocks)
    #expect(found.name == "rootfs" && found.range.length == UInt32(5 * ubi.dataSize))
    #expect(try names(found) == ["0", "1", "2", "3"])
  }

  @Test func `leaves out the bytes that a volume's alignment does not use`() throws {
    let volumes = [UBIBuilder.Volume(name: "config")]
    let data = files("file", size: ubi.dataSize - 1024)
    let found = try partition(
      [ubi.layout(0, volumes), ubi.layout(1, volumes)] + ubi.blocks(0, data, padding: 1024))
    #expect(try names(found) == expected())
  }

  @Test func `reads the newest of several versions of a block`() throws {
    let blocks = ubi.device(files(), sequence: 100)
    var old = ubi.blocks(1, files("old"), sequence: 10)
    old.removeLast()
    #expect(try names(partition(blocks + old)) == expected())
    #expect(try names(partition(old + blocks)) == expected())
  }

  @Test func `reads the newest version by the counter of old devices`() throws {
    let volumes = [UBIBuilder.Volume(name: "config")]
    let table = [ubi.layout(0, volumes), ubi.layout(1, volumes)]
    let data = jffs2("new")
    let blocks = [
      ubi.block(0, 0, data, version: 2), ubi.block(0, 0, jffs2("old"), version: 0xFFFF_FFFF),
    ]
    #expect(try names(partition(table + blocks)) == ["new"])
    #expect(try names(partition(table + blocks.reversed())) == ["new"])
  }

  @Test func `reads a copy only if its data CRC is valid`() throws {
    let volumes = [UBIBuilder.Volume(name: "config")]
    let table = [ubi.layout(0, volumes), ubi.layout(1, volumes)]
    let old = ubi.block(0, 0, jffs2("old"), sequence: 5)
    let copy = ubi.block(0, 0, jffs2("copy"), sequence: 6, isCopy: true)
    let torn = ubi.block(0, 0, jffs2("torn"), sequence: 7, isCopy: true, dataCRC: bigEndian(1))
    #expect(try names(partition(table + [old, copy])) == ["copy"])
    #expect(try names(partition(table + [torn, old])) == ["old"])
    #expect(try names(partition(table + [old, torn, copy])) == ["copy"])
  }

  @Test func `reports blocks of one number and sequence with different data`() throws {
    let volumes = [UBIBuilder.Volume(name: "config")]
    let found = try partition(
      [ubi.layout(0, volumes), ubi.layout(1, volumes)]
        + [ubi.block(0, 0, jffs2("one")), ubi.block(0, 0, jffs2("other"))])
    #expect(
      found.flaws.count == 1 && found.flaws[0].contains("twice with the same sequence number"))
    #expect(try names(found) == ["one"])
  }

  @Test func `takes each record of the table from a valid copy`() throws {
    var first = [UBIBuilder.Volume(name: "kernel"), UBIBuilder.Volume(name: "config")]
    var second = first
    first[1].hasValidCRC = false
    second[0].hasValidCRC = false
    let blocks =
      [ubi.layout(0, first), ubi.layout(1, second)] + ubi.blocks(1, files())
    let found = try partition(blocks)
    #expect(found.name == "config" && found.flaws.isEmpty)
    let untitled = try partition(Array(blocks.dropFirst(2)))
    #expect(untitled.name == "volume1" && untitled.flaws[0].contains("no volume table"))
    #expect(try names(untitled) == expected())
  }

  @Test func `omits volumes that the table does not list`() throws {
    #expect(
      try failure(
        (ubi.device([1, 2, 3]) + ubi.blocks(5, files())).flatMap(\.self)) != nil)
  }

  @Test func `reports what is damaged or missing`() throws {
    let blocks = ubi.device(files())
    func flaws(_ change: (inout [[UInt8]]) -> Void) throws -> (flaws: [String], all: [String]) {
      var changed = blocks
      change(&changed)
      let found = try partition(changed)
      return (found.flaws, found.warnings)
    }
    let header = try flaws { $0[5][520] ^= 1 }
    #expect(header.flaws[0].contains("1 block with damaged headers, left out: 0x14000"))
    #expect(header.all.contains { $0.contains("block 1 is not mapped") })
    let counter = try flaws { $0[5][8] ^= 1 }
    #expect(counter.flaws.isEmpty && counter.all[0].contains("counter headers"))
    let missing = try flaws { $0.remove(at: 5) }
    #expect(missing.flaws.isEmpty)
    #expect(missing.all == ["UBI volume config: block 1 is not mapped, and read as erased flash"])
    let truncated = try flaws { $0[$0.count - 1].removeLast(8000) }
    #expect(truncated.flaws == ["UBI at 0x0: the dump is truncated in the block at 0x1c000"])
    let free = try flaws { $0.append(Array(ubi.free[..<3000])) }
    #expect(free.flaws.isEmpty && free.all.count == 1)
    let bad = try flaws {
      $0.insert([UInt8](repeating: 0, count: ubi.blockSize), at: 4)
      $0.insert([UInt8](repeating: 0xFF, count: ubi.blockSize), at: 6)
    }
    #expect(bad.all.isEmpty)
    let updated = [UBIBuilder.Volume(name: "config", isUpdateInterrupted: true)]
    let update = try partition([ubi.layout(0, updated)] + ubi.blocks(0, files()))
    #expect(update.flaws == ["an update of the UBI volume config was interrupted"])
  }

  /// Of three blocks, only two have an erase counter header; their distance is not the size of a block.
  @Test(arguments: [0, 1, 2]) func `a small device may lose an erase counter header`(
    damaged: Int
  ) throws {
    let volumes = [UBIBuilder.Volume(name: "config", blockCount: 1)]
    var blocks = [ubi.layout(0, volumes), ubi.block(0, 0, jffs2("only")), ubi.layout(1, volumes)]
    blocks[damaged][8] ^= 1
    let found = try partition(blocks)
    #expect(found.name == "config")
    #expect(try names(found) == ["only"])
    #expect(found.flaws.isEmpty)
  }

  @Test func `checks the blocks of static volumes`() throws {
    let volumes = [UBIBuilder.Volume(name: "config")]
    let table = [ubi.layout(0, volumes), ubi.layout(1, volumes)]
    let blocks = ubi.blocks(0, files(), isStatic: true)
    let found = try partition(table + blocks)
    #expect(found.flaws.isEmpty && found.range.length == UInt32(files().count))
    #expect(try names(found) == expected())
    var damaged = blocks
    damaged[1][3000] ^= 1
    #expect(
      try partition(table + damaged).flaws
        == ["UBI volume config: block 1 is damaged (wrong data CRC)"])
    damaged.remove(at: 1)
    #expect(try partition(table + damaged).flaws == ["UBI volume config: block 1 is missing"])
  }

  @Test(arguments: [0, 28, 64, 1000, 70001, 1 << 20])
  func `is found after other data and before JFFS2`(header: Int) throws {
    var generator = SeededGenerator(seed: 4)
    var bytes = (0..<header).map { _ in UInt8.random(in: 0...255, using: &generator) }
    bytes += ubi.device(files()).shuffled(using: &generator).flatMap(\.self)
    #expect(try partitions(bytes).map(\.name) == ["config"])
    #expect(try names(partitions(bytes)[0]) == expected())
    guard header % 4096 == 0 else { return }
    let start = bytes.count
    let found = try partitions(bytes + files("raw", size: 16384))
    #expect(found.map(\.name) == ["config", "jffs2@0x\(String(start, radix: 16))"])
    #expect(try names(found[0]) == expected() && names(found[1]) == expected("raw"))
  }

  @Test func `does not extend a file system before it`() throws {
    let front = jffs2("front") + [UInt8](repeating: 0xFF, count: 12288)
    let found = try partitions(front + ubi.device(files()).flatMap(\.self))
    #expect(found.count == 2 && found[0].range.length == 16384)
    #expect(try names(found[0]) == ["front"])
    let other = [UBIBuilder.Volume(name: "other")]
    let none = [ubi.layout(0, other), ubi.layout(1, other), ubi.free, ubi.free]
    let alone = try partitions(front + none.flatMap(\.self))
    #expect(alone.count == 1)
    #expect(try names(alone[0]) == ["front"])
  }

  @Test func `several devices are separate`() throws {
    var second = ubi
    second.imageSequence = 5
    let one = ubi.device(files("one"))
    let two = second.device(files("two")).reversed().flatMap(\.self)
    let found = try partitions(one.flatMap(\.self) + two)
    #expect(found.map(\.name) == ["config", "config"])
    #expect(try found.flatMap(names) == expected("one") + expected("two"))
  }

  @Test func `one image in two slots is two devices`() throws {
    let slots = ubi.device(files("one")) + [ubi.free] + ubi.device(files("two")) + [ubi.free]
    let found = try partitions(slots.flatMap(\.self))
    #expect(try found.flatMap(names) == expected("one") + expected("two"))
    #expect(found.flatMap(\.flaws).isEmpty)
  }

  @Test func `a table separates devices whose blocks are in any order`() throws {
    var generator = SeededGenerator(seed: 9)
    let table = Array("mtdparts=nand:64k(boot),128k(a),128k(b)\0".utf8)
    let boot = table + [UInt8](repeating: 0xFF, count: 65536 - table.count)
    let one = ubi.device(files("one")).shuffled(using: &generator)
    let two = ubi.device(files("two")).shuffled(using: &generator)
    let found = try partitions(boot + (one + two).flatMap(\.self))
    #expect(try found.flatMap(names) == expected("one") + expected("two"))
    let given = try partitions(
      (one + two).flatMap(\.self), .init(table: MTDParts("nand:128k(a),-(b)")))
    #expect(try given.flatMap(names) == expected("one") + expected("two"))
  }

  @Test func `a U-Boot image in a volume takes nothing of another`() throws {
    let volumes = [UBIBuilder.Volume(name: "kernel"), UBIBuilder.Volume(name: "config")]
    let kernel = ubi.blocks(0, uImage([UInt8](repeating: 0x5A, count: 40000), type: 2))
    let blocks: [[UInt8]] =
      [kernel[0], ubi.layout(0, volumes)] + ubi.blocks(1, files()) + Array(kernel[1...])
    let found = try partition(blocks)
    #expect(found.name == "config" && found.warnings.isEmpty)
  }

  @Test func `a NAND dump with spare areas is read without these`() throws {
    let bytes = ubi.device(files()).reversed().flatMap(\.self)
    let dump = stride(from: 0, to: bytes.count, by: 512).flatMap {
      bytes[$0..<$0 + 512] + [UInt8](repeating: 0x77, count: 16)
    }
    let layout = NANDPageLayout(pageSize: 512, oobSize: 16)
    let found = try partitions(dump, .init(spareArea: layout))
    #expect(found.map(\.name) == ["config"])
    #expect(try names(found[0]) == expected())
  }

  @Test func `numbers beyond the device cost nothing`() throws {
    let volumes = [UBIBuilder.Volume(name: "config", blockCount: 0x7FFF_FFFF)]
    let found = try partition(
      [ubi.layout(0, volumes), ubi.layout(1, volumes)] + ubi.blocks(0, files())
        + [ubi.block(3, 0x7FFF_FFFF, [1])])
    #expect(try names(found) == expected())
    #expect(found.range.length < 1 << 26)
  }

  @Test func `a device in a file of a device is not opened`() throws {
    var inner = ubi
    inner.blockSize = 4096
    inner.volumeHeaderOffset = 64
    inner.dataOffset = 128
    let image = inner.device(jffs2("inner")).flatMap(\.self)
    let found = try partitions(ubi.device(image).flatMap(\.self) + jffs2("outer"))
    #expect(try found.flatMap(names) == ["outer"])
  }

  private static let ubinize = "/usr/sbin/ubinize"

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: ubinize)),
    arguments: [
      "-m 2048 -p 128KiB", "-m 2048 -s 512 -p 128KiB", "-m 1 -p 64KiB", "-m 512 -p 16KiB",
    ]
  )
  func `an image of ubinize is read`(options: String) throws {
    let workshop = try Workshop()
    try workshop.write(jffs2("made"), "image")
    let table =
      "[a]\nmode=ubi\nvol_id=3\nvol_type=dynamic\nvol_name=data\nvol_size=1MiB\nimage=image\n"
    try workshop.write(Array(table.utf8), "table")
    try workshop.run("\(Self.ubinize) -o ubi \(options) table")
    let found = try partitions(workshop.read("ubi"))
    #expect(found.map(\.name) == ["data"])
    #expect(try names(found[0]) == ["made"])
  }
}
