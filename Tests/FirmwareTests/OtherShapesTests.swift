import Firmware
import Foundation
import TestSupport
import Testing

@Suite struct OtherShapesTests {
  private static let image = jffs2("one") + jffs2("two") + jffs2("three")

  private func message(_ bytes: [UInt8]) throws -> String {
    "\(try #require(try failure(bytes)))"
  }

  @Test(arguments: [
    (2, "dd conv=swab if=FILE of=RIGHT"),
    (4, "objcopy -I binary -O binary --reverse-bytes=4 FILE RIGHT"),
  ])
  func `reversed words are named once, with the command`(size: Int, command: String) throws {
    let kind = size == 2 ? "every two bytes exchanged" : "every four bytes reversed"
    let image = Self.image
    let reversed = image.indices.map { image[$0 ^ (size - 1)] }
    #expect(
      try message(reversed)
        == "no JFFS2 file system found, but JFFS2 with \(kind) at 0x0: \(command)")
    let container = uImage(Array("no file system".utf8)) + [UInt8](repeating: 0, count: 10)
    let swapped = container.prefix(container.count / 4 * 4).indices.map {
      container[$0 ^ (size - 1)]
    }
    #expect(try message(swapped).contains("a U-Boot image with \(kind) at 0x0: \(command)"))
  }

  @Test(.enabled(if: has("objcopy"))) func `Intel HEX and S-records are named`() throws {
    let shop = try Workshop()
    try shop.write(Self.image, "image")
    try shop.run("objcopy -I binary -O ihex image hex && objcopy -I binary -O srec image srec")
    #expect(
      try message(shop.read("hex")).hasSuffix(
        "Intel HEX at 0x0: objcopy -I ihex -O binary FILE RIGHT"))
    #expect(
      try message(shop.read("srec")).hasSuffix(
        "Motorola S-records at 0x0: objcopy -I srec -O binary FILE RIGHT"))
  }

  @Test(arguments: [
    (
      "/usr/bin/python3 -m zipfile -c packed dump.bin", " in the ZIP archive, but in \"dump.bin\"",
      "; its members: dump.bin"
    ),
    ("gzip -c dump.bin > packed", ", but in the unpacked data", ""),
  ])
  func `reversed words are named with the member or the unpacked data that they are in`(
    command: String, location: String, end: String
  ) throws {
    let shop = try Workshop()
    let image = Self.image
    try shop.write(image.indices.map { image[$0 ^ 1] }, "dump.bin")
    try shop.run(command)
    #expect(
      try message(shop.read("packed"))
        == "no JFFS2 file system found\(location) JFFS2 with every two bytes exchanged at 0x0: "
        + "dd conv=swab if=FILE of=RIGHT\(end)")
  }

  @Test(.enabled(if: has("xxd"))) func `hexadecimal digits are named once`() throws {
    let shop = try Workshop()
    try shop.write(Self.image, "image")
    try shop.run("xxd -p image digits")
    #expect(
      try message(shop.read("digits"))
        == "no JFFS2 file system found, but hexadecimal digits at 0x0: xxd -r -p FILE RIGHT")
  }

  /// The command of the message, run.
  private func convert(_ text: [UInt8], _ name: String, _ shop: Workshop) throws -> [UInt8] {
    try shop.write(text, "FILE")
    let message = try message(text)
    let command = try #require(message.split(separator: "\(name) at 0x0: ").last)
    #expect(message.contains("but \(name) at 0x0: "))
    try shop.run(String(command))
    return try shop.read("RIGHT")
  }

  @Test(.enabled(if: has("xxd"))) func `a C array is named with the command that converts it`()
    throws
  {
    let shop = try Workshop()
    try shop.write(Self.image, "image")
    try shop.run("xxd -i image array")
    let isImage = try convert(shop.read("array"), "a C array", shop) == Self.image
    #expect(isImage)
  }

  @Test func `octal words are named with the command that converts them`() throws {
    let shop = try Workshop()
    // The long run of erased bytes becomes an asterisk.
    let image =
      Self.image + [UInt8](repeating: 0xFF, count: 4096 - Self.image.count % 16) + Self.image
      + [UInt8](repeating: 0, count: Self.image.count % 2)
    try shop.write(image, "image")
    try shop.run("od image >octal")
    let isImage = try convert(shop.read("octal"), "octal words of od", shop) == image
    #expect(isImage)
  }

  @Test(.enabled(if: has("xxd")), arguments: ["\n", "\r\n"])
  func `pages of nand dump are named with the command that drops spare areas`(
    newline: String
  ) throws {
    let shop = try Workshop()
    func line(_ bytes: ArraySlice<UInt8>) -> String {
      let units = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
      let halves = [units.prefix(8), units.dropFirst(8)].filter { !$0.isEmpty }
      return "\t" + halves.map { $0.joined(separator: " ") }.joined(separator: "  ") + newline
    }
    let image = Self.image + [UInt8](repeating: 0xFF, count: 2048 - Self.image.count % 2048)
    var text = "=> nand dump 0" + newline
    for page in stride(from: 0, to: image.count, by: 2048) {
      text += "Page \(String(page, radix: 16)) dump:" + newline
      for start in stride(from: page, to: page + 2048, by: 16) {
        text += line(image[start..<start + 16])
      }
      text += "OOB:" + newline
      for _ in 0..<8 { text += line([UInt8](repeating: 0xAB, count: 8)[...]) }
    }
    let isImage = try convert(Array(text.utf8), "pages of U-Boot's nand dump", shop) == image
    #expect(isImage)
  }

  @Test func `base64 is named`() throws {
    let command = "base64 -di FILE > RIGHT"
    let data = Data(Self.image)
    for text in [
      data.base64EncodedString(),
      data.base64EncodedString(options: .lineLength76Characters),
      data.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed]),
    ] {
      #expect(try message(Array(text.utf8)).hasSuffix("base64 at 0x0: \(command)"))
    }
    let log =
      "login: root\r\n# base64 /dev/mtd4\r\n"
      + data.base64EncodedString(options: .lineLength76Characters)
    #expect(
      try message(Array(log.utf8)).hasSuffix(
        "base64 at 0x0: keep only the lines of base64, then \(command)"))
  }

  @Test func `uuencoded data and plain hexadecimal digits are named`() throws {
    let lines = (0..<20).map { _ in "M" + String(repeating: "$3/A", count: 15) }
    #expect(
      try message(Array((["begin 644 home"] + lines).joined(separator: "\n").utf8))
        .hasSuffix("uuencoded data at 0x0: uudecode -o RIGHT FILE"))
    let digits = Self.image.prefix(300).map { DumpShape.digits(Int($0), 2) }.joined()
    #expect(
      try message(Array(digits.utf8)).hasSuffix("hexadecimal digits at 0x0: xxd -r -p FILE RIGHT"))
  }

  @Test(arguments: [
    String(repeating: "A", count: 4000), String(repeating: "the quick brown fox\n", count: 100),
    ":this is not\n:Intel HEX\n", "S1 is a name\nS2 is another\n",
  ])
  func `other texts are not named`(text: String) throws {
    #expect(
      try message(Array(text.utf8))
        == "no JFFS2 file system found; if you know where it starts: offset=BYTES")
  }
}
