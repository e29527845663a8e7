import Firmware
import Foundation
import JFFS2
import Storage
import Support
import TestSupport
import Testing

@Suite struct UImageUnwrappingTests {
  @Test func `the data of a U-Boot image are its file system`() throws {
    let found = try partition(uImage(jffs2()))
    #expect(found.range.start == 64)
    #expect(found.warnings.isEmpty)
    guard case .uImage(let header, offset: 0) = try #require(found.containers.first) else {
      Issue.record("\(found.containers)")
      return
    }
    #expect(header.name == Array("home".utf8))
  }

  @Test func `raw data labeled gzip is examined first`() throws {
    #expect(try names(uImage(jffs2("raw"), compression: 1)) == ["raw"])
  }

  @Test func `a wrong header CRC is an error`() throws {
    var bytes = uImage(jffs2())
    bytes[40] ^= 1
    #expect(try failure(bytes) == .wrongHeaderCRC)
  }

  @Test func `a wrong data CRC and a cut end are warned of`() throws {
    #expect(try partition(uImage(jffs2(), dataCRC: 1)).warnings.first?.contains("data CRC") == true)
    let cut = Array(uImage(jffs2()).dropLast(16))
    #expect(try partition(cut).warnings.first?.contains("truncated") == true)
  }

  @Test(arguments: [0, 4, 10])
  func `an image truncated directly after its header is reported`(present: Int) throws {
    let whole = uImage(jffs2())
    let error = try failure(Array(whole.prefix(64 + present)))
    #expect(error == .truncated(promised: UInt32(whole.count - 64), present: present))
  }

  @Test(arguments: [4, 6] as [UInt8])
  func `the part of a list of files that holds JFFS2 is taken`(type: UInt8) throws {
    let files = [Array("kernel".utf8), [1, 2, 3], jffs2("part"), Array("end".utf8)]
    let found = try partition(uImage(table(files), type: type))
    #expect(try Volume(scanning: found.range).names() == ["part"])
    #expect(found.range.start == 64 + 20 + 8 + 4)
    #expect(found.warnings.isEmpty)
  }

  @Test func `a table that does not fit is data`() throws {
    #expect(try names(uImage(jffs2(), type: 4)) == ["file"])
    #expect(try failure(uImage([0, 0, 0, 9], type: 4)) != nil)
    #expect(try failure(uImage([], type: 4)) != nil)
  }

  @Test(arguments: [0x00, 0xFF] as [UInt8])
  func `a file system after the image and its padding is found`(padding: UInt8) throws {
    let kernel = uImage(Array(repeating: 0x41, count: 1000), type: 2)
    let fill = Array(repeating: padding, count: 4096 - kernel.count)
    let found = try partition(kernel + fill + jffs2("behind"))
    #expect(found.range.start == 4096)
    #expect(found.warnings.count == 1)
  }

  @Test func `nested images and images after images are found`() throws {
    #expect(try names(uImage(uImage(jffs2("inner")))) == ["inner"])
    let kernel = uImage(Array(repeating: 0x41, count: 999), type: 2)
    #expect(try names(kernel + kernel + uImage(jffs2("third"))) == ["third"])
  }

  @Test func `five nested images are too many`() throws {
    let deep = (0..<5).reduce(jffs2()) { bytes, _ in uImage(bytes) }
    // The innermost is then searched as it is, header and all.
    let found = try partition(deep).range.start
    #expect(found == 4 * 64 || found == 5 * 64)
  }

  @Test func `an image at any offset of a bigger file is found`() throws {
    let vendor = Array(repeating: 0x56 as UInt8, count: 1027)
    #expect(try names(vendor + uImage(jffs2("odd"))) == ["odd"])
    let image = try FlashImage(bytes: vendor + uImage([1, 2]) + vendor + uImage([3]))
    let found = try UImage.find(in: image, 0..<image.byteCount)
    let offsets: [UInt64] = [1027, 1027 + 66 + 1027]
    #expect(found.map(\.offset) == offsets)
  }

  @Test func `headers at the boundary of two reads are found, wrong ones skipped`() throws {
    for place in [(1 << 20) - 3, (1 << 20) - 2, (1 << 20) - 1, 1 << 20, (2 << 20) - 6] {
      var bytes = Array(repeating: 0x27 as UInt8, count: place)
      bytes.replaceSubrange(100..<104, with: bigEndian(0x2705_1956))
      let image = try FlashImage(bytes: bytes + uImage([7]))
      #expect(try UImage.find(in: image, 0..<image.byteCount).map(\.offset) == [UInt64(place)])
    }
  }

  @Test func `a file full of magic numbers without headers is read once`() throws {
    let bytes = Array(repeating: Array("AAAA".utf8) + bigEndian(0x2705_1956), count: 1 << 12)
    let image = try FlashImage(bytes: bytes.flatMap(\.self) + uImage([7]))
    let before = try Self.bytesReadByThread()
    #expect(try UImage.find(in: image, 0..<image.byteCount).map(\.offset) == [1 << 15])
    #expect(try Self.bytesReadByThread() - before < 2 * image.byteCount)
  }

  /// The bytes read by the system for the running thread.
  private static func bytesReadByThread() throws -> UInt64 {
    let text = try String(contentsOfFile: "/proc/thread-self/io", encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("rchar: ") })
    return try #require(UInt64(line.dropFirst("rchar: ".count)))
  }

  @Test func `compression that cannot be undone is named with its tool`() throws {
    let error = try failure(uImage([0x89, 0x4C, 0x5A, 0x4F, 0, 1, 2], compression: 4))
    #expect(error?.description.contains("lzop") == true)
    #expect(error?.description.contains("a filesystem image (home, lzo)") == true)
  }

  @Test(
    .enabled(if: has("gzip", "bzip2", "xz", "zstd", "lz4")),
    arguments: [
      (1, "gzip -c f"), (2, "bzip2 -c f"), (3, "xz --format=lzma -c f"), (5, "lz4 -c f"),
      (5, "lz4 -l -c f"), (6, "zstd -c f"), (0, "gzip -c f"),
      // Labels that are wrong: the data decide.
      (1, "xz --format=lzma -c f"), (3, "gzip -c f"), (4, "xz -c f"),
    ] as [(UInt8, String)])
  func `compressed data are unpacked`(label: UInt8, line: String) throws {
    let shop = try Workshop()
    try shop.write(jffs2("packed"), "f")
    try shop.run("\(line) > packed")
    let found = try partition(uImage(shop.read("packed"), type: 2, compression: label))
    #expect(try Volume(scanning: found.range).names() == ["packed"])
    #expect(found.containers.count == 2)
  }

  @Test(.enabled(if: has("xz")))
  func `LZMA data with an odd dictionary size are unpacked for their label`() throws {
    let shop = try Workshop()
    try shop.write(jffs2("odd"), "f")
    try shop.run("xz --format=lzma -c f > packed")
    var packed = try shop.read("packed")
    packed.replaceSubrange(1..<5, with: [0x01, 0x10, 0x20, 0x00])
    #expect(try names(uImage(packed, compression: 3)) == ["odd"])
  }

  @Test(.enabled(if: has("mkimage", "gzip")))
  func `what mkimage writes is read`() throws {
    let shop = try Workshop()
    try shop.write(jffs2("one"), "f")
    try shop.write([1, 2, 3, 4, 5], "k")
    try shop.run("gzip -kn f; mkimage -A arm -T filesystem -C none -n home -d f single")
    try shop.run("mkimage -A arm -T multi -C gzip -n all -d k:f.gz multi")
    #expect(try names(shop.read("single")) == ["one"])
    #expect(try names(shop.read("multi")) == ["one"])
  }
}
