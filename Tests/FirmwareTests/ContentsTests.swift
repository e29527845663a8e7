@testable import Firmware
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct `Contents of a part of a firmware` {
  private typealias Builder = ContentsBuilder

  private func contents(_ bytes: [UInt8]) throws -> Contents {
    try Contents.of(FlashImage(bytes: bytes), 0..<UInt64(bytes.count))
  }

  private static let samples: [(label: String, bytes: [UInt8], length: Int?)] = [
    ("squashfs", Builder.squashFS(), 4096),
    ("old or big-endian squashfs", Builder.squashFS("sqsh", isBig: true), 4096),
    ("old or big-endian squashfs", Builder.oldSquashFS("hsqs"), 4096),
    ("squashfs with a vendor's magic number", Builder.squashFS("shsq"), 4096),
    ("squashfs with a vendor's magic number", Builder.squashFS("qshs"), 4096),
    ("squashfs with a vendor's magic number", Builder.squashFS("tqsh", isBig: true), 4096),
    ("squashfs with a vendor's magic number", Builder.squashFS("hsqt"), 4096),
    ("squashfs with a vendor's magic number", Builder.oldSquashFS("sqlz"), 4096),
    ("cramfs", Builder.cramFS(), 8192), ("cramfs", Builder.cramFS(isBig: true), 8192),
    ("cramfs", Builder.cramFS(at: 512), 8192), ("romfs", Builder.romFS, 1024),
    ("UBIFS", Builder.ubiFS, nil), ("ext2/3/4", Builder.ext(), 65536),
    ("FAT", Builder.fat(sectors: 2880, tableSectors: 9), 2880 * 512),
    ("FAT", Builder.fat(sectors: 70000, tableSectors: 600), 70000 * 512),
    ("U-Boot image", uImage([1, 2, 3, 4, 5]), 69),
    ("U-Boot environment", Builder.environment(0x10000), 0x10000),
    ("U-Boot environment", Builder.environment(0x2000, isRedundant: true), 0x2000),
    ("U-Boot environment", Builder.environment(0x3000, isBig: true), 0x3000),
    ("probably U-Boot environment", Builder.environment(0x1000, hasValidCRC: false), nil),
    ("device tree or FIT image", Builder.deviceTree, 72),
    ("ELF program", Builder.elf(is64: false, isBig: true), 3400),
    ("ELF program", Builder.elf(is64: true, isBig: false), 3400),
    ("gzip data", Builder.gzip, nil), ("xz data", Builder.xz, nil),
    ("probably LZMA data", Builder.lzma, nil), ("7z archive", Builder.sevenZip, 62),
    ("tar archive", Builder.tar, nil),
    ("text", Array("first line\nsecond = 2\n".utf8) + [0xFF, 0xFF], 24),
    ("erased", [UInt8](repeating: 0xFF, count: 70000), 70000),
    ("zeros", [UInt8](repeating: 0, count: 70000), 70000),
    ("unknown", [1, 2, 3, 4], nil),
    ("U-Boot", [UInt8](repeating: 1, count: 5000) + Array("\0U-Boot 2010.06 (Jun 19)\0".utf8), nil),
  ]

  @Test(arguments: samples.indices)
  func `are known by their structure`(index: Int) throws {
    let sample = Self.samples[index]
    let found = try contents(sample.bytes)
    #expect(found.label == sample.label)
    #expect(found.detected.length == sample.length.map(UInt64.init))
    let padded = try contents(sample.bytes + [UInt8](repeating: 0xFF, count: 300_000))
    if !["erased", "text"].contains(found.label), found.detected.length != nil {
      #expect(padded.label == (found.label == "zeros" ? "unknown" : found.label))
    }
  }

  @Test func `are not known by a magic number alone`() throws {
    let magics: [[UInt8]] = [
      Array("hsqs".utf8), Array("sqsh".utf8), Array("shsq".utf8), [0x45, 0x3D, 0xCD, 0x28],
      Array("UBI#".utf8), [0x31, 0x18, 0x10, 0x06], Array("-rom1fs-".utf8),
      [0x7F, 0x45, 0x4C, 0x46],
      [0x1F, 0x8B, 8], [0xD0, 0x0D, 0xFE, 0xED], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0],
      [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], [0x27, 0x05, 0x19, 0x56], [0x5D, 0, 0],
    ]
    var generator = SeededGenerator(seed: 6)
    for magic in magics {
      for _ in 0..<20 {
        let rest = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(try contents(magic + rest).label == "unknown", "\(magic)")
      }
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/usr/share")))
  func `of random and ordinary files have no false type`() throws {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<100 {
      let bytes = (0..<20000).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let found = try contents(bytes)
      #expect(found.label == "unknown" && found.detected.facts.first?.contains("entropy") == true)
    }
    let expected: [(suffix: String, labels: Set<String>)] = [
      (".gz", ["gzip data"]), (".so", ["ELF program", "text"]), (".py", ["text"]),
      (".conf", ["text"]), (".h", ["text"]), (".png", ["unknown"]), (".mo", ["unknown"]),
      (".pyc", ["unknown"]), (".a", ["ar archive", "ELF program", "text"]), (".xz", ["xz data"]),
    ]
    var counts: [String: Int] = [:]
    let files = FileManager.default.enumerator(atPath: "/usr")
    while let path = files?.nextObject() as? String, counts.values.reduce(0, +) < 400 {
      guard let kind = expected.first(where: { path.hasSuffix($0.suffix) }),
        counts[kind.suffix, default: 0] < 60,
        let data = FileManager.default.contents(atPath: "/usr/" + path), 100..<200_000 ~= data.count
      else { continue }
      counts[kind.suffix, default: 0] += 1
      let found = try contents(Array(data))
      #expect(
        kind.labels.contains(found.label) || found.label == "unknown", "\(path): \(found.label)")
    }
    #expect(counts.values.reduce(0, +) > 50)
  }

  @Test func `have facts from their headers`() throws {
    func facts(_ bytes: [UInt8]) throws -> [String] {
      let detected = try contents(bytes).detected
      return detected.summary + detected.facts
    }
    #expect(try facts(Builder.squashFS()) == ["version 4.0", "xz", "4096 bytes used"])
    #expect(try facts(Builder.oldSquashFS("sqsh")).first == "version 3.1")
    #expect(try facts(Builder.cramFS()) == ["\"tools\"", "7 files"])
    #expect(try facts(Builder.environment(0x1000)) == ["3 variables", "CRC valid"])
    #expect(try facts(Builder.elf(is64: false, isBig: true)) == ["MIPS", "32-bit, big-endian"])
    #expect(
      try facts(uImage([1], compression: 3, name: "Linux-3.10.14")).prefix(2) == [
        "Linux-3.10.14", "lzma",
      ])
    let ubi = UBIBuilder()
    let device = try contents(ubi.device([1, 2, 3]).flatMap(\.self))
    #expect(device.label == "UBI" && device.detected.summary == ["volumes kernel, config"])
    #expect(device.detected.length == UInt64(5 * ubi.blockSize))
    let names = [
      (Builder.ext(), "ext4"), (Builder.ext(compatible: 4, incompatible: 2), "ext3"),
      (Builder.ext(compatible: 0, incompatible: 2), "ext2"),
      (Builder.fat(sectors: 2880, tableSectors: 9), "FAT12"),
      (Builder.fat(sectors: 20000, tableSectors: 80), "FAT16"),
      (Builder.fat(sectors: 70000, tableSectors: 600), "FAT32"),
    ]
    for (bytes, name) in names { #expect(try contents(bytes).detected.name == name) }
    // A copy of the superblock, in the group with number 3.
    var copy = Builder.ext()
    copy[1024 + 90] = 3
    #expect(try contents(copy).detected.name == nil)
  }

  @Test func `are examined within the range only`() throws {
    let samples = Self.samples.filter { $0.bytes.count <= 65536 }
    for sample in samples {
      for count in 0..<min(sample.bytes.count, 128) {
        let image = try FlashImage(bytes: sample.bytes)
        let cut = try FlashImage(bytes: Array(sample.bytes.prefix(count)))
        let range = 0..<UInt64(count)
        #expect(try Contents.of(image, range) == Contents.of(cut, range))
      }
    }
  }
}
