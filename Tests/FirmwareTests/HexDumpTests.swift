import Firmware
import JFFS2
import Storage
import Support
import TestSupport
import Testing

/// A way to print bytes as a hexadecimal dump.
struct DumpShape: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The line for the bytes at an address.
  let line: @Sendable (_ address: Int, _ bytes: ArraySlice<UInt8>) -> String

  func lines(_ bytes: [UInt8], from address: Int = 0x9F00_0000) -> [String] {
    stride(from: 0, to: bytes.count, by: 16).map {
      line(address + $0, bytes[$0..<min($0 + 16, bytes.count)])
    }
  }

  func text(_ bytes: [UInt8], from address: Int = 0x9F00_0000) -> [UInt8] {
    Array(lines(bytes, from: address).joined(separator: "\n").utf8)
  }

  /// The bytes in units of some bytes.
  static func units(_ bytes: ArraySlice<UInt8>, _ size: Int, isReversed: Bool = false) -> String {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { start in
      let unit = bytes[start..<min(start + size, bytes.endIndex)].map { digits(Int($0), 2) }
      return (isReversed ? unit.reversed() : unit).joined()
    }.joined(separator: " ")
  }

  static func digits(_ number: Int, _ count: Int, radix: Int = 16) -> String {
    let digits = String(number, radix: radix)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }

  static func characters(_ bytes: ArraySlice<UInt8>) -> String {
    String(bytes.map { 0x20...0x7E ~= $0 ? Character(UnicodeScalar($0)) : "." })
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func md(_ name: String, _ size: Int, isReversed: Bool = false) -> DumpShape {
    DumpShape(testDescription: name) { address, bytes in
      let units = padded(units(bytes, size, isReversed: isReversed), 16 / size * (2 * size + 1) - 1)
      return "\(digits(address, 8)): \(units)    \(characters(bytes))"
    }
  }

  static let uBoot = md("md.b", 1)
  /// A dump without the bytes as characters, as little-endian processors print words.
  static let hexdump = DumpShape(testDescription: "hexdump") { address, bytes in
    "\(digits(address, 7)) \(units(bytes, 2, isReversed: true))"
  }
  static let all = [
    uBoot, md("md.w, little-endian", 2, isReversed: true), md("md.w, big-endian", 2),
    md("md.l, little-endian", 4, isReversed: true), md("md.l, big-endian", 4),
    md("md.q, little-endian", 8, isReversed: true), hexdump,
    DumpShape(testDescription: "xxd") { address, bytes in
      "\(digits(address, 8)): \(padded(units(bytes, 2), 39))  \(characters(bytes))"
    },
    DumpShape(testDescription: "hexdump -C") { address, bytes in
      let halves = [bytes.prefix(8), bytes.dropFirst(8)].map { units($0, 1) }
      return "\(digits(address, 8))  \(padded(halves.joined(separator: "  "), 48))"
        + "  |\(characters(bytes))|"
    },
    DumpShape(testDescription: "RedBoot") { address, bytes in
      let halves = [bytes.prefix(8), bytes.dropFirst(8)].map { units($0, 1).uppercased() }
      return
        "\(digits(address, 8)): \(padded(halves.joined(separator: "  "), 49)) |\(characters(bytes))|"
    },
    DumpShape(testDescription: "od -x") { address, bytes in
      "\(digits(address, 7, radix: 8)) \(units(bytes, 2, isReversed: true))"
    },
  ]
}

@Suite struct HexDumpTests {
  /// A file of some kilobytes and one that is known by its name.
  private static func image(_ endianness: Endianness = .little) -> [UInt8] {
    var random = SeededGenerator(seed: 5)
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    image.addDirent(version: 1, ino: 2, name: "found")
    image.addInode(2, version: 1, payload: random.bytes(2000))
    image.addDirent(version: 2, ino: 3, name: "text")
    image.addInode(3, version: 1, payload: Array("contents of a file".utf8))
    // md.q prints units of eight bytes.
    image.padWithErased(toMultipleOf: 8)
    return image.bytes
  }

  /// The bytes that a text is read as.
  private func bytes(_ partition: Partition) throws -> [UInt8] {
    let range = partition.range
    var bytes = [UInt8](repeating: 0, count: Int(range.length))
    var span = bytes.mutableSpan
    try range.image.read(at: range.start, into: &span)
    return bytes
  }

  @Test(arguments: DumpShape.all, Endianness.allCases)
  func `a dump is read in any format and byte order`(
    shape: DumpShape, endianness: Endianness
  ) throws {
    let image = Self.image(endianness)
    let found = try partition(shape.text(image))
    #expect(try bytes(found) == image)
    #expect(found.warnings.isEmpty)
    #expect(
      found.containers == [.hexDump(addresses: 0x9F00_0000..<0x9F00_0000 + UInt64(image.count))])
  }

  @Test(arguments: DumpShape.all)
  func `a dump is found in the log of a serial console`(shape: DumpShape) throws {
    let image = Self.image()
    var lines = shape.lines(image)
    lines.insert("[   12.345678] random: crng init done", at: 20)
    lines.insert("", at: 30)
    let log = ["U-Boot 1.1.3 (2012)", "DRAM: 64 MB", "=> ", "\u{1B}[0m"] + lines + ["=> "]
    let found = try partition(Array(log.joined(separator: "\r\n").utf8))
    #expect(try bytes(found) == image)
    #expect(found.warnings.isEmpty)
  }

  @Test func `repeated lines that are left out are filled in`() throws {
    var image = Self.image()
    while image.count % 16 != 0 { image.append(0xFF) }
    let erased = [UInt8](repeating: 0xFF, count: 4096)
    let start = 0x9F00_0000
    let end = start + erased.count + image.count
    for shape in [DumpShape.hexdump, DumpShape.all[8]] {
      func repeated(at address: Int) -> [String] {
        shape.lines(Array(erased.prefix(16)), from: address) + ["*"]
      }
      let lines =
        repeated(at: start) + shape.lines(image, from: start + erased.count) + repeated(at: end)
        + [DumpShape.digits(end + erased.count, 8)]
      let found = try partition(Array(lines.joined(separator: "\n").utf8))
      #expect(try bytes(found) == erased + image + erased)
      #expect(found.warnings.isEmpty)
    }
  }

  @Test func `missing lines read as erased flash and are reported`() throws {
    var image = Self.image()
    var lines = DumpShape.uBoot.lines(image)
    lines.removeSubrange(10..<12)
    for index in 160..<192 { image[index] = 0xFF }
    let found = try partition(Array(lines.joined(separator: "\n").utf8))
    #expect(try bytes(found) == image)
    let flaw =
      "bytes are missing from the dump and read as erased flash: 0x9f0000a0 to 0x9f0000c0"
    #expect(found.flaws == [flaw])
    #expect(found.warnings == [flaw])
  }

  @Test func `a garbled line is reported by its address and moves no other`() throws {
    let image = Self.image()
    for (index, change) in [
      // An address that cannot be read, and one that is another.
      ("9f000050", "9f0000z0"), ("9f000050", "9f004050"), ("9f000050", "8f000050"),
      ("9f000050", "9f0x0050"),
    ].enumerated() {
      var lines = DumpShape.uBoot.lines(image)
      #expect(lines[5].hasPrefix(change.0))
      lines[5] = change.1 + lines[5].dropFirst(8)
      let found = try partition(Array(lines.joined(separator: "\n").utf8))
      #expect(try bytes(found) == image, "\(index)")
      #expect(found.flaws == ["1 garbled line in the dump: 0x9f000050"])
    }
  }

  @Test func `bytes that differ from the characters beside them are reported`() throws {
    let image = Self.image()
    var lines = DumpShape.uBoot.lines(image)
    let index = try #require(lines.firstIndex { $0.contains("66 6f 75 6e 64") })
    lines[index] = lines[index].replacing("66 6f 75 6e 64", with: "66 6f 75 6e 65")
    let found = try partition(Array(lines.joined(separator: "\n").utf8))
    let address = String(0x9F00_0000 + 16 * index, radix: 16)
    #expect(found.flaws == ["1 garbled line in the dump: 0x\(address)"])
  }

  @Test func `a line with noise keeps the bytes before it`() throws {
    var image = Self.image()
    var lines = DumpShape.uBoot.lines(image)
    lines[6] = String(lines[6].prefix(24)) + "\u{B0}\u{C1}x" + lines[6].dropFirst(29)
    let found = try partition(
      Array(lines.joined(separator: "\n").unicodeScalars.map { UInt8($0.value) }))
    for index in 100..<112 { image[index] = 0xFF }
    #expect(try bytes(found) == image)
    #expect(found.flaws.contains { $0.hasSuffix("erased flash: 0x9f000064 to 0x9f000070") })
  }

  @Test func `several dumps in a log are one if their addresses are near each other`() throws {
    let image = Self.image()
    let half = 1024
    let log =
      ["=> md.b 9f000400"] + DumpShape.uBoot.lines(Array(image[half...]), from: 0x9F00_0400)
      + ["=> md.b 9f000000 400"] + DumpShape.uBoot.lines(Array(image[..<half])) + ["=> "]
    let found = try partition(Array(log.joined(separator: "\r\n").utf8))
    #expect(try bytes(found) == image)
    #expect(found.warnings.isEmpty)
  }

  @Test func `several dumps in a log are several if their addresses are far from each other`()
    throws
  {
    let log =
      DumpShape.uBoot.lines(jffs2("one")) + ["=> "]
      + DumpShape.uBoot.lines(jffs2("two"), from: 0x8000_0000)
    let text = Array(log.joined(separator: "\r\n").utf8)
    let found = try FirmwareProbe(FlashImage(bytes: text)).partitions()
    #expect(
      found.map(\.containers) == [
        [.hexDump(addresses: 0x8000_0000..<0x8000_1000)],
        [.hexDump(addresses: 0x9F00_0000..<0x9F00_1000)],
      ])
    #expect(try found.map { try Volume(scanning: $0.range).names() } == [["two"], ["one"]])
  }

  @Test func `of a range that is dumped twice the later bytes count, and a difference is reported`()
    throws
  {
    let image = Self.image()
    var changed = image
    changed[100] ^= 0xFF
    let first = DumpShape.uBoot.lines(changed)
    let same = DumpShape.uBoot.lines(image)
    let found = try partition(Array((first + ["=> "] + same).joined(separator: "\n").utf8))
    #expect(try bytes(found) == image)
    #expect(
      found.flaws == ["dumped twice with different bytes, of which the later are used: 0x9f000064"])
    let again = try partition(Array((same + ["=> "] + same).joined(separator: "\n").utf8))
    #expect(again.flaws.isEmpty)
  }

  @Test(arguments: [
    "=> md.b 0x9f000000 0x20000", "=> md 9f000000 8000", "=> md.w 9f000000 10000",
    "RedBoot> dump -b 0x9f000000 -l 0x20000", "RedBoot> dump -b 0x9f000000 -l 131072",
  ])
  func `a dump shorter than its command requested is truncated`(command: String) throws {
    let image = Self.image()
    let found = try partition(
      Array(([command] + DumpShape.uBoot.lines(image)).joined(separator: "\n").utf8))
    let end = String(0x9F00_0000 + image.count, radix: 16)
    #expect(
      found.flaws == [
        "the dump ends at 0x\(end), but the command asked for 0x9f000000 to 0x9f020000"
      ])
  }

  @Test func `a gap between whole blocks is not damage`() throws {
    let image = jffs2("one")
    let log =
      DumpShape.uBoot.lines(image) + ["=> "] + DumpShape.uBoot.lines(image, from: 0x9F00_4000)
    let found = try FirmwareProbe(
      FlashImage(bytes: Array(log.joined(separator: "\r\n").utf8))
    ).partitions()
    #expect(found.allSatisfy { $0.flaws.isEmpty })
    #expect(
      found[0].warnings.contains(
        "the dump has no 0x9f001000 to 0x9f004000, which reads as erased flash"))
  }

  @Test func `a dump counts as what it unpacks to`() throws {
    let image = Self.image()
    let text = DumpShape.uBoot.text(image)
    func options(_ limit: Int) -> FirmwareProbe.Options {
      FirmwareProbe.Options(maxUnpacked: UInt64(limit))
    }
    #expect(try failure(text, options(image.count)) == nil)
    #expect(
      try failure(text, options(image.count - 1))
        == .unpackedTooLarge(limit: UInt64(image.count - 1), member: nil))
  }

  @Test func `a short text that represents very many bytes is refused`() throws {
    let lines = (0..<5).map { index in
      "000000\(index)0  85 19 03 20 0c 00 00 00  b1 b0 1e e4 ff ff ff ff\n"
    }
    let repeated = Array((lines.joined() + "*\nfffffff0\n").utf8)
    #expect(
      try failure(repeated) == .unpackedTooLarge(limit: 1 << 30, member: nil))
    // Each line is a megabyte after the one before.
    let gaps = (0..<4096).map { index in
      let address = index << 20
      return DumpShape.uBoot.lines([UInt8](repeating: 0x19, count: 32), from: address)
        .joined(separator: "\n")
    }
    #expect(
      try failure(Array(gaps.joined(separator: "\n").utf8))
        == .unpackedTooLarge(limit: 1 << 30, member: nil))
  }

  @Test func `a dump without JFFS2 is named as one, with what is in it`() throws {
    let error = try #require(
      try failure(DumpShape.uBoot.text(ContentsBuilder.squashFS())))
    #expect(
      "\(error)".hasPrefix(
        "a text with a hexadecimal dump: no JFFS2 file system found in its bytes, but squashfs "))
    #expect("\(error)".hasSuffix(" at 0x0: squashfuse FILE DIR"))
  }

  @Test(arguments: [
    "0x000000000000-0x000000040000 : \"boot\"\n0x000000040000-0x000000050000 : \"env\"\n",
    "dev:    size   erasesize  name\nmtd0: 00040000 00010000 \"boot\"\nmtd1: 00010000 00010000 \"env\"\n",
    "1234 5678\n1236 5678\nthe quick brown fox jumps over the lazy dog\n",
  ])
  func `other texts are not dumps`(text: String) throws {
    let error = try #require(try failure(Array(text.utf8)))
    #expect(!"\(error)".contains("hexadecimal dump"))
  }

  @Test func `what a dump contains is unwrapped`() throws {
    let found = try partition(DumpShape.uBoot.text(uImage(Self.image())))
    #expect(found.containers.count == 2)
    #expect(try bytes(found) == Self.image())
  }

  @Test(.enabled(if: has("zip", "gzip"))) func `a dump is found in archives`() throws {
    let shop = try Workshop()
    try shop.write(DumpShape.uBoot.text(Self.image()), "dump.log")
    try shop.write(Array("read me\n".utf8), "readme")
    try shop.run("zip -q out.zip dump.log readme && gzip dump.log")
    for name in ["out.zip", "dump.log.gz"] {
      #expect(try bytes(partition(shop.read(name))) == Self.image())
    }
  }
}
