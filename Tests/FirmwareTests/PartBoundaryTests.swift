import Firmware
import Storage
import TestSupport
import Testing

/// Where the parts of a flash memory begin and end.
@Suite struct PartBoundaryTests {
  private static let block = [UInt8](repeating: 0xFF, count: 0x10000)

  private func parts(_ bytes: [UInt8], _ options: FirmwareProbe.Options = .init()) throws
    -> [String]
  {
    let image = try FlashImage(bytes: bytes)
    let probe = FirmwareProbe(image, options)
    let found = try? probe.partitions()
    let parts = try found?.parts(of: image, 0..<image.byteCount) ?? probe.partsWithoutJFFS2()
    return parts.list.map { part in
      let name = part.name.map { "\($0) " } ?? ""
      let range = part.range
      return name + "\(range.lowerBound)-\(range.upperBound) \(part.contents?.type.name ?? "JFFS2")"
    }
  }

  @Test(arguments: [1000, 4096 - 64, 5001])
  func `a file system may directly follow a U-Boot image`(size: Int) throws {
    let kernel = UImageBuilder(type: 2, data: [UInt8](repeating: 0x5A, count: size)).bytes
    let fileSystem = ContentsBuilder.squashFS(used: 8000)
    let end = kernel.count + 8000
    let padded = (end + 4095) / 4096 * 4096
    let erased = [UInt8](repeating: 0xFF, count: padded - end)
    let found = try parts(kernel + fileSystem + erased + Self.block)
    #expect(
      found == [
        "0-\(kernel.count) a U-Boot image", "\(kernel.count)-\(padded) squashfs",
        "\(padded)-\(padded + 0x10000) erased",
      ], "\(found)")
  }

  @Test func `a header before the flash moves all parts`() throws {
    let header = [UInt8](repeating: 0x21, count: 512)
    var kernel = UImageBuilder(type: 2, data: [UInt8](repeating: 0x5A, count: 5000)).bytes
    kernel += [UInt8](repeating: 0xFF, count: 8192 - kernel.count)
    let fileSystem = ContentsBuilder.squashFS(used: 8192)
    var files = jffs2()
    files += [UInt8](repeating: 0xFF, count: 0x10000 - files.count)
    let found = try parts(header + kernel + fileSystem + files)
    #expect(
      found == [
        "0-512 unknown", "512-8704 a U-Boot image", "8704-16896 squashfs",
        "jffs2@0x4200 16896-82432 JFFS2",
      ], "\(found)")
  }

  @Test(arguments: [false, true])
  func `a table applies where only a UBI volume has JFFS2`(isGiven: Bool) throws {
    let ubi = UBIBuilder()
    let volumes = [UBIBuilder.Volume(name: "data", blockCount: 4)]
    let device =
      ubi.layout(0, volumes) + ubi.layout(1, volumes) + ubi.blocks(0, jffs2()).flatMap { $0 }
    let text = "f:64k(boot),16k(factory),-(ubi)"
    var boot = Self.block
    boot.replaceSubrange(100..<100 + text.utf8.count + 10, with: Array("mtdparts=\(text) ".utf8))
    if isGiven { boot = Self.block }
    let factory = [UInt8](repeating: 0x33, count: 16384)
    let options = FirmwareProbe.Options(table: isGiven ? try MTDParts(text) : nil)
    let found = try parts(boot + factory + device, options)
    #expect(found.contains("factory 65536-81920 unknown"), "\(found)")
    #expect(found.contains { $0.hasPrefix("ubi 81920-") && $0.hasSuffix(" UBI") }, "\(found)")
  }

  /// Where bytes are missing between them, or a table does not fit the data.
  @Test(
    arguments: [
      ([0..<0x20000, 0x1FFFE..<0x30000], ["a 0-131070", "b 131070-196608", "- 196608-262144"], 3),
      ([0..<0x20000, 0x10000..<0x18000], ["a 0-131072", "- 131072-262144", "b 65536-98304"], 2),
      (
        [0x10000..<0x20000, 0..<0x40000],
        ["- 0-65536", "a 65536-131072", "- 131072-262144", "b 0-262144"], 3
      ),
      ([0..<0x10000, 0..<0x10000], ["a 0-65536", "- 65536-262144", "b 0-65536"], 2),
    ] as [([Range<UInt64>], [String], Int)])
  func `file systems may overlap`(ranges: [Range<UInt64>], expected: [String], partCount: Int)
    throws
  {
    let image = try FlashImage(bytes: Array(repeating: 0xFF, count: 0x40000))
    let parts = try FlashParts(
      FlashArea(image, 0..<image.byteCount), table: [],
      fileSystems: zip(["a", "b"], ranges).map { (name: $0, range: $1) }
    ).list
    let found = parts.map { "\($0.name ?? "-") \($0.range.lowerBound)-\($0.range.upperBound)" }
    #expect(found == expected)
    #expect(parts.map(\.isAlias).firstIndex(of: true) ?? parts.count == partCount)
  }

  /// For libarchive, zeros are the end of a tar archive.
  @Test(arguments: ["gzip", "xz"])
  func `compressed data may begin with zeros`(tool: String) throws {
    let shop = try Workshop()
    try shop.write([UInt8](repeating: 0, count: 0x10000) + ContentsBuilder.squashFS(), "dump")
    try shop.run("\(tool) dump; mv dump.* out")
    #expect(try parts(shop.read("out")) == ["0-65536 zeros", "65536-69632 squashfs"])
  }
}
