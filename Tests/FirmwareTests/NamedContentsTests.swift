import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct `Contents that an error names` {
  private func message(_ bytes: [UInt8], offset: UInt64 = 0) throws -> String {
    let image = try FlashImage(bytes: bytes)
    let error = try #require(throws: FirmwareError.self) {
      try FirmwareProbe(image, .init(offset: offset)).partition()
    }
    return "\(error)"
  }

  private func bytes(_ parts: [(Int, [UInt8])], count: Int = 4 << 20) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for (offset, part) in parts { bytes.replaceSubrange(offset..<offset + part.count, with: part) }
    return bytes
  }

  @Test func `contents at other offsets are reported with offset and tool`() throws {
    let text = try message(bytes([(0x240000, ContentsBuilder.squashFS())]))
    #expect(
      text == "no JFFS2 file system found, but squashfs at 0x240000: "
        + "squashfuse -o offset=2359296 FILE DIR")
  }

  @Test func `what the file starts with needs no offset`() throws {
    let squashfs = ContentsBuilder.squashFS()
    #expect(try message(bytes([(0, squashfs)])).hasSuffix("squashfs at 0x0: squashfuse FILE DIR"))
    #expect(
      try message(bytes([(0x1000, ContentsBuilder.gzip)]))
        .hasSuffix("gzip data at 0x1000: tail -c +4097 FILE | gunzip"))
  }

  @Test func `file systems are listed first, in one line`() throws {
    let builder = UBIBuilder(blockSize: 1 << 16, volumeHeaderOffset: 64, dataOffset: 128)
    let ubi = builder.device([1, 2, 3]).flatMap(\.self)
    let text = try message(
      bytes([
        (0, ContentsBuilder.elf(is64: false, isBig: false)), (0x1000, ContentsBuilder.gzip),
        (0x2000, ContentsBuilder.squashFS()), (0x100000, ubi), (0x300000, ContentsBuilder.romFS),
        (0x310000, ContentsBuilder.ubiFS),
      ]))
    #expect(text.ranges(of: " at 0x").count == 5)
    for name in ["squashfs", "UBI (volumes kernel, config)", "romfs (\"disk\")", "UBIFS"] {
      #expect(text.contains("\(name) at"))
    }
    #expect(!text.contains("gzip") && !text.contains("\n"))
  }

  @Test(arguments: [
    (2048 + 64, 1024, "2048+64"), (2048 + 64, 4097, "2048+64"), (512 + 16, 7, "512+16"),
    (4096 + 224, 64, "4096+224"), (2048 + 128, 65, "2048+128"),
  ])
  func `the length of a NAND dump is reported with the option for it`(
    stride: Int, pages: Int, layout: String
  ) throws {
    let elf = Array(ContentsBuilder.elf(is64: false, isBig: false).prefix(512))
    let text = try message(bytes([(0, [1])], count: stride * pages))
    #expect(
      text == "no JFFS2 file system found; if it is a NAND dump with its spare areas: "
        + "oob=\(layout)")
    let seen = try message(
      bytes([(0, elf)], count: stride * pages))
    #expect(seen.contains(" at 0x0; "))
    #expect(seen.hasSuffix("oob=\(layout)") && !seen.contains("\n"))
    let other = try message(
      bytes([(0, ContentsBuilder.squashFS(used: 1024))], count: stride * pages))
    #expect(!other.contains("oob="))
  }

  @Test(arguments: [1 << 20, 128 << 10, 3 << 20, 2048 * 31, 100_000])
  func `a length of other files does not suggest NAND`(count: Int) throws {
    #expect(try message(bytes([(0, [1])], count: count)).hasSuffix("offset=BYTES"))
  }

  @Test func `a programmer's exchanged bytes are reported with the command that fixes them`() throws
  {
    var swapped = jffs2()
    for index in stride(from: 0, to: swapped.count, by: 2) { swapped.swapAt(index, index + 1) }
    let text = try message(bytes([(0x10000, swapped)]))
    #expect(text.hasSuffix("exchanged at 0x10000: dd conv=swab if=FILE of=RIGHT"))
  }

  @Test(arguments: [
    ("\n<!DOCTYPE html><html>", "a web page"), ("<HTML>\n", "a web page"), ("%PDF-1.5\n", "a PDF"),
  ])
  func `a wrong download is reported`(start: String, name: String) throws {
    #expect(try message(Array(start.utf8)).contains("but \(name)"))
  }

  @Test func `a Git LFS pointer is reported`() throws {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    let text = try message(Array(pointer.utf8))
    #expect(text.contains("a Git LFS pointer (for a file of 12345 bytes)"))
    #expect(text.hasSuffix("git lfs pull"))
  }

  @Test(arguments: ["shsq", "qshs", "tqsh", "hsqt", "sqlz"])
  func `squashfs with a vendor's magic number is reported`(magic: String) throws {
    let text = try message(ContentsBuilder.squashFS(magic))
    #expect(
      text.contains("squashfs with a vendor's magic number (\(magic)) at 0x0: sasquatch FILE"))
  }

  @Test(arguments: [1, 100_000])
  func `a file of zeros is told`(count: Int) throws {
    #expect(try message([UInt8](repeating: 0, count: count)) == "all bytes are 0")
  }

  @Test func `two bytes of a magic number are not enough`() throws {
    let text = try message(bytes([(0x438, [0x53, 0xEF]), (0x1000, [0x1F, 0x8B, 1])]))
    #expect(text.hasPrefix("no JFFS2 file system found; if you know"))
  }

  @Test func `random bytes are nothing`() throws {
    var generator = SeededGenerator(seed: 31)
    var random: [UInt8] = []
    random.reserveCapacity(16 << 20)
    while random.count < 16 << 20 {
      withUnsafeBytes(of: generator.next()) { random.append(contentsOf: $0) }
    }
    #expect(try message(random).hasPrefix("no JFFS2 file system found; if you know"))
  }
}
