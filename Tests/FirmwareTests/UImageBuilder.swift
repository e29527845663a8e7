import JFFS2
import Storage
import TestSupport

/// Writes a U-Boot image: 64 bytes of header, then data.
struct UImageBuilder {
  var time: UInt32 = 0x5F00_0001
  var operatingSystem: UInt8 = 5
  var architecture: UInt8 = 2
  var type: UInt8 = 7
  var compression: UInt8 = 0
  var name = Array("test".utf8)
  var data: [UInt8] = []
  /// The promised bytes of data; nil for those that are there.
  var dataSize: UInt32?
  var hasGoodHeaderCRC = true
  var hasGoodDataCRC = true

  var bytes: [UInt8] {
    let dataCRC = zlibCRC(data) ^ (hasGoodDataCRC ? 0 : 1)
    var header = bigEndian(0x2705_1956) + bigEndian(0) + bigEndian(time)
    header += bigEndian(dataSize ?? UInt32(data.count))
    header += bigEndian(0x8000_0000) + bigEndian(0x8000_0040) + bigEndian(dataCRC)
    header += [operatingSystem, architecture, type, compression]
    header += name + [UInt8](repeating: 0, count: 32 - name.count)
    let headerCRC = zlibCRC(header) ^ (hasGoodHeaderCRC ? 0 : 1)
    header.replaceSubrange(4..<8, with: bigEndian(headerCRC))
    return header + data
  }
}

/// The CRC-32 of zlib and of U-Boot, bit by bit.
func zlibCRC(_ bytes: [UInt8]) -> UInt32 {
  var register = UInt32.max
  for byte in bytes {
    register ^= UInt32(byte)
    for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  return ~register
}

private func bigEndian(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

/// A small file system with one file `a`.
func smallFileSystem(_ endianness: Endianness) -> [UInt8] {
  var image = ImageBuilder(Dialect(endianness))
  image.addCleanmarker()
  image.addDirent(version: 1, ino: 2, name: "a")
  image.addInode(2, version: 1, payload: Array("hello".utf8))
  return image.bytes
}
