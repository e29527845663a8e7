import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// A squashfs stores what does not shrink as it is, so that nodes of a JFFS2 image in it may show between compressed blocks.
@Suite struct `JFFS2 nodes in a squashfs` {
  private static let inside = "are inside a file in a squashfs; extract that first (unsquashfs)"

  private func noise(_ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: 3)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  private func image() -> [UInt8] {
    var builder = ImageBuilder()
    for number in 1...8 { builder.addFile("file\(number)", ino: UInt32(1 + number), noise(4000)) }
    return builder.bytes
  }

  /// An image of which two blocks are compressed.
  private func pieces() -> [UInt8] {
    var bytes = image()
    for start in [0, 0x4800] { bytes.replaceSubrange(start..<start + 0x1800, with: noise(0x1800)) }
    return bytes
  }

  private func padded(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: count - bytes.count)
  }

  @Test(arguments: [0, 0x10000])
  func `of a compressed file are not a file system`(start: Int) throws {
    let bytes = noise(start) + ContentsBuilder.completeSquashFS(pieces())
    let error = try #require(try failure(padded(bytes, 0x40000)))
    #expect(error.description.contains("squashfs at 0x\(String(start, radix: 16)):"))
  }

  @Test(arguments: [0, 0x10000])
  func `are not a part of the file system after it`(start: Int) throws {
    let squashFS = noise(start) + ContentsBuilder.completeSquashFS(pieces())
    let found = try FirmwareProbe(FlashImage(bytes: padded(squashFS, 0x30000) + jffs2()))
      .partitions()
    #expect(found.map(\.offset) == [0x30000])
    #expect(found[0].flaws.isEmpty)
    #expect(found[0].warnings.count == 1 && found[0].warnings[0].hasSuffix(Self.inside))
    #expect(try Volume(scanning: found[0].range).names() == ["file"])
  }

  @Test(arguments: [(false, true), (true, true), (true, false)])
  func `without damage, or of an uncompressed file, are served`(
    isUncompressed: Bool, isIntact: Bool
  ) throws {
    let data = isIntact ? image() : pieces()
    let bytes = ContentsBuilder.completeSquashFS(data, isUncompressed: isUncompressed)
    let found = try partition(noise(0x10000) + padded(bytes, 0x20000))
    #expect(found.warnings.contains { $0.contains("is inside a file in a squashfs") })
    let volume = try Volume(scanning: found.range)
    #expect(volume.indexDamage.isEmpty == isIntact)
    let count = try volume.names().count
    #expect(isIntact ? count == 8 : 1..<8 ~= count)
  }

  @Test func `are a file system where an older squashfs was overwritten`() throws {
    var bytes = noise(0x10000) + ContentsBuilder.completeSquashFS(noise(0x20000))
    bytes = padded(bytes, 0x40000)
    let new = jffs2() + [UInt8](repeating: 0xFF, count: 0xF000)
    bytes.replaceSubrange(0x28000..<0x28000 + new.count, with: new)
    let found = try partition(bytes)
    #expect(found.offset == 0x28000 && found.warnings.isEmpty)
  }

  @Test func `without damage are served with a table too`() throws {
    var bytes = noise(0x10000) + ContentsBuilder.completeSquashFS(noise(0x40000))
    bytes = padded(bytes, 0x60000)
    bytes.replaceSubrange(0x30000..<0x31000, with: jffs2())
    let found = try FirmwareProbe(
      FlashImage(bytes: bytes), .init(table: MTDParts("flash:64k(boot),128k(root),-(data)"))
    ).partitions()
    #expect(found.map(\.offset) == [0x30000])
  }
}
