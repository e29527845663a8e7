import JFFS2

/// The headers of what firmware contains other than JFFS2.
enum ContentsBuilder {
  static func little(_ value: Int, _ size: Int = 4) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func bytes(_ count: Int, _ fields: [(Int, [UInt8])]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for (offset, field) in fields {
      bytes.replaceSubrange(offset..<offset + field.count, with: field)
    }
    return bytes
  }

  /// A squashfs of version 4 whose superblock says how many bytes it uses.
  static func squashFS(_ magic: String = "hsqs", used: Int = 4096, isBig: Bool = false) -> [UInt8] {
    func number(_ value: Int, _ size: Int = 4) -> [UInt8] {
      isBig ? little(value, size).reversed() : little(value, size)
    }
    return bytes(
      used,
      [
        (0, Array(magic.utf8)), (4, number(5)), (12, number(131072)), (20, number(4, 2)),
        (22, number(17, 2)), (28, number(4, 2)), (40, number(used, 8)),
      ])
  }

  /// A squashfs of version 4 with data, and the table of owners with which it ends.
  static func completeSquashFS(_ data: [UInt8], isUncompressed: Bool = false) -> [UInt8] {
    let block = little(0x8004, 2) + little(1000)
    let list = 96 + data.count + block.count
    var image = Array(squashFS(used: list + 8).prefix(96)) + data + block
    image += little(96 + data.count, 8)
    image.replaceSubrange(24..<28, with: little(isUncompressed ? 2 : 0, 2) + little(1, 2))
    image.replaceSubrange(48..<56, with: little(list, 8))
    return image
  }

  /// A squashfs of version 3.
  static func oldSquashFS(_ magic: String) -> [UInt8] {
    bytes(
      4096,
      [
        (0, Array(magic.utf8)), (4, little(5)), (28, little(3, 2)), (30, little(1, 2)),
        (34, little(16, 2)), (51, little(65536)), (63, little(4096, 8)),
      ])
  }

  static func cramFS(isBig: Bool = false, at start: Int = 0) -> [UInt8] {
    func number(_ value: Int) -> [UInt8] { isBig ? bigEndian(value) : little(value) }
    return bytes(
      8192,
      [
        (start, number(0x28CD_3D45)), (start + 4, number(8192)), (start + 8, number(3)),
        (start + 16, Array("Compressed ROMFS".utf8)), (start + 44, number(7)),
        (start + 48, Array("tools".utf8)),
      ])
  }

  static var romFS: [UInt8] {
    var image = bytes(
      1024, [(0, Array("-rom1fs-".utf8)), (8, bigEndian(1024)), (16, Array("disk".utf8))])
    let sum = stride(from: 0, to: 512, by: 4).reduce(UInt32(0)) { sum, index in
      sum &+ image[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    image.replaceSubrange(12..<16, with: bigEndian(Int(0 &- sum)))
    return image
  }

  static var ubiFS: [UInt8] {
    var node = bytes(
      4096, [(0, little(0x0610_1831)), (16, little(4096)), (20, [6]), (36, little(126_976))])
    node.replaceSubrange(
      4..<8, with: little(Int(jffs2CRC(node.span.extracting(8..<4096), initial: .max))))
    return node
  }

  static func ext(compatible: Int = 4, incompatible: Int = 0x42) -> [UInt8] {
    bytes(
      65536,
      [
        (1024, little(16)), (1028, little(64)), (1044, little(1)), (1056, little(8192)),
        (1064, little(16)), (1080, [0x53, 0xEF, 1, 0]), (1100, little(1)),
        (1116, little(compatible)), (1120, little(incompatible)), (1144, Array("root".utf8)),
      ])
  }

  /// A FAT with one sector in a cluster.
  static func fat(sectors: Int, tableSectors: Int) -> [UInt8] {
    let isSmall = tableSectors < 512
    return bytes(
      sectors * 512,
      [
        (0, [0xEB, 0x3C, 0x90]), (11, little(512, 2)), (13, [1]), (14, little(1, 2)), (16, [2]),
        (17, little(isSmall ? 512 : 0, 2)), (21, [0xF8]),
        (22, little(isSmall ? tableSectors : 0, 2)), (32, little(sectors)),
        (36, little(isSmall ? 0 : tableSectors)), (isSmall ? 43 : 71, Array("DATA       ".utf8)),
        (510, [0x55, 0xAA]),
      ])
  }

  /// The environment of U-Boot.
  static func environment(
    _ size: Int, isRedundant: Bool = false, isBig: Bool = false, hasValidCRC: Bool = true
  ) -> [UInt8] {
    let variables = ["bootcmd=run x", "bootdelay=3", "baudrate=115200"]
    let text = Array((variables.joined(separator: "\0") + "\0\0").utf8)
    let start = isRedundant ? 5 : 4
    let data = text + [UInt8](repeating: isBig ? 0 : 0xFF, count: size - start - text.count)
    let crc = crc32(data) ^ (hasValidCRC ? 0 : 1)
    return (isBig ? bigEndian(crc) : little(crc)) + (isRedundant ? [1] : []) + data
  }

  static func elf(is64: Bool, isBig: Bool) -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] {
      isBig ? little(value, size).reversed() : little(value, size)
    }
    return bytes(
      4096,
      [
        (0, [0x7F, 0x45, 0x4C, 0x46, is64 ? 2 : 1, isBig ? 2 : 1, 1]), (16, number(2, 2)),
        (18, number(isBig ? 8 : 40, 2)), (20, number(1, 4)),
        (is64 ? 40 : 32, number(3000, is64 ? 8 : 4)), (is64 ? 52 : 40, number(is64 ? 64 : 52, 2)),
        (is64 ? 58 : 46, number(40, 2)), (is64 ? 60 : 48, number(10, 2)),
      ])
  }

  static var deviceTree: [UInt8] {
    let header = [72, 56, 72, 40, 17, 16, 0, 0, 16].flatMap { bigEndian($0) }
    let tokens = [1, 0, 2, 9].flatMap { bigEndian($0) }
    return [0xD0, 0x0D, 0xFE, 0xED] + header + [UInt8](repeating: 0, count: 16) + tokens
  }

  static var xz: [UInt8] {
    [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4] + little(crc32([0, 4])) + [2, 0, 0x21, 1, 0x16, 0]
  }

  static let gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + [0, 0, 0, 0, 0, 0, 0, 0, 0]

  static let lzma: [UInt8] =
    [0x5D, 0, 0, 0x80, 0] + [UInt8](repeating: 0xFF, count: 8) + [0, 1, 2, 3, 4, 5]

  static var sevenZip: [UInt8] {
    let header = little(10, 8) + little(20, 8) + little(1)
    return [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4] + little(crc32(header)) + header
      + [UInt8](repeating: 1, count: 30)
  }

  static var tar: [UInt8] {
    var header = bytes(
      1024, [(0, [0x61]), (148, Array("        ".utf8)), (257, Array("ustar".utf8))])
    let sum = String(header[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
    header.replaceSubrange(148..<148 + sum.utf8.count, with: Array(sum.utf8))
    return header
  }
}
