import JFFS2
import TestSupport

enum Images {
  /// Bytes that start with the superblock of a squashfs of version 4, which uses all of them.
  static func squashFS(_ count: Int) -> [UInt8] {
    var bytes = Array("hsqs".utf8) + [UInt8](repeating: 0, count: count - 4)
    // Inodes, the block size and its logarithm, the compression, the version and the bytes used, little-endian.
    for (offset, byte) in [(4, 5), (14, 2), (20, 4), (22, 17), (28, 4)] as [(Int, UInt8)] {
      bytes[offset] = byte
    }
    for index in 0..<4 { bytes[40 + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
    return bytes
  }

  /// Bytes of which no page is like another.
  static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<(count + 7) / 8).flatMap { _ in
      let number = generator.next()
      return (0..<8).map { UInt8(truncatingIfNeeded: number >> (UInt64($0) * 8)) }
    }.prefix(count).map { $0 }
  }

  /// One file `hello` with a line of text.
  static var hello: ImageBuilder {
    var image = ImageBuilder()
    image.addCleanmarker()
    image.addFile("hello", ino: 2, Array("hello, flash\n".utf8))
    return image
  }

  /// A camera's `home` within: directories, links, text, a binary, a file of its owner only.
  static var camera: ImageBuilder {
    var image = ImageBuilder()
    image.addCleanmarker()
    image.addDirectory("app", ino: 2)
    image.addDirectory("etc", ino: 3)
    image.addDirectory("network", ino: 4, parent: 3)
    image.addFile("ipcam", ino: 5, noise(150_000), parent: 2, mode: 0o755)
    image.addFile("camera.conf", ino: 6, Array("SENSOR=example-1\n".utf8), parent: 3)
    image.addFile("wifi.conf", ino: 7, Array("psk=secret\n".utf8), parent: 4, mode: 0o600)
    image.addLink("start", ino: 8, to: "app/ipcam")
    image.addFile("empty", ino: 9, [])
    return image
  }

  /// A uImage of type filesystem, uncompressed, named as the field's.
  static func uImage(_ data: [UInt8], headerCRC: UInt32 = 0, dataCRC: UInt32 = 0) -> [UInt8] {
    func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) } }
    func header(_ crc: UInt32) -> [UInt8] {
      let numbers = [
        0x2705_1956, crc, 1_421_798_400, UInt32(data.count), 0, 0, crc32(data) ^ dataCRC,
      ]
      let name = Array("7518-hi3518-home".utf8)
      var bytes = numbers.flatMap(number) + [5, 2, 7, 0] + name
      bytes += [UInt8](repeating: 0, count: 32 - name.count)
      return bytes
    }
    return header(crc32(header(0)) ^ headerCRC) + data
  }

  /// The CRC of zlib and U-Boot.
  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1) &* 0xEDB8_8320 }
    }
  }
}
