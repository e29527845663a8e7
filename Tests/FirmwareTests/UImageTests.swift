import Firmware
import Storage
import TestSupport
import Testing

@Suite struct UImageTests {
  @Test func `the tests' own CRC is that of zlib`() {
    #expect(zlibCRC(Array("123456789".utf8)) == 0xCBF4_3926)
  }

  @Test func `the fields are read, big-endian`() throws {
    let builder = UImageBuilder(
      time: 0x0102_0304, operatingSystem: 17, architecture: 22, type: 4, compression: 3,
      name: Array("Linux 5.4".utf8), data: [1, 2, 3], dataSize: 0x0A0B_0C0D)
    let read = UImage(parsing: builder.bytes.span)
    let header = try #require(read)
    #expect(header.time == 0x0102_0304)
    #expect(header.dataSize == 0x0A0B_0C0D)
    #expect(header.dataCRC == zlibCRC([1, 2, 3]))
    #expect(header.operatingSystem == 17)
    #expect(header.architecture == 22)
    #expect(header.type == 4)
    #expect(header.compression.name == "lzma")
    #expect(header.name == Array("Linux 5.4".utf8))
    #expect(header.headerChecksum == .good)
  }

  @Test(
    arguments: [
      (0, "none"), (1, "gzip"), (2, "bzip2"), (3, "lzma"), (4, "lzo"), (5, "lz4"), (6, "zstd"),
      (7, "number 7"), (255, "number 255"),
    ] as [(UInt8, String)])
  func `compressions have U-Boot's names`(number: UInt8, name: String) {
    #expect(UImage.Compression(rawValue: number).name == name)
  }

  @Test(
    arguments: [
      ([], []), (Array("a".utf8), Array("a".utf8)),
      ([UInt8](repeating: 0x41, count: 31), [UInt8](repeating: 0x41, count: 31)),
      ([UInt8](repeating: 0x41, count: 32), [UInt8](repeating: 0x41, count: 32)),
      ([0x41, 0, 0x42], [0x41]), ([0xFF, 0xFE], [0xFF, 0xFE]),
    ] as [([UInt8], [UInt8])])
  func `the name ends at a NUL or after 32 bytes`(stored: [UInt8], shown: [UInt8]) {
    let header = UImage(parsing: UImageBuilder(name: stored).bytes.span)
    #expect(header?.name == shown)
    #expect(header?.headerChecksum == .good)
  }

  @Test func `any flipped bit of the header is noticed`() {
    let good = UImageBuilder(data: [1]).bytes
    for bit in 0..<512 {
      var flipped = good
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      let header = UImage(parsing: flipped.span)
      if bit < 32 {
        #expect(header == nil)
      } else {
        #expect(header?.headerChecksum != .good)
        #expect(header != nil)
      }
    }
  }

  @Test func `a wrong header CRC is reported with the right one`() {
    let good = UImageBuilder().bytes
    let bad = UImageBuilder(hasGoodHeaderCRC: false).bytes
    let computed = good[4..<8].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    #expect(
      UImage(parsing: bad.span)?.headerChecksum
        == .wrong(stored: computed ^ 1, computed: computed))
  }

  @Test(arguments: [0, 4, 63])
  func `fewer bytes than a header are none`(count: Int) throws {
    let bytes = Array(UImageBuilder().bytes.prefix(count))
    #expect(UImage(parsing: bytes.span) == nil)
    #expect(try UImage.read(FlashImage(bytes: bytes), at: 0) == nil)
  }

  @Test func `a header is read at any offset that has space for it`() throws {
    let image = try FlashImage(bytes: [9, 9, 9] + UImageBuilder().bytes)
    #expect(try UImage.read(image, at: 3)?.type == 7)
    for offset in [0, 4, 67, 1000, .max] as [UInt64] {
      #expect(try UImage.read(image, at: offset) == nil)
    }
  }

  /// The last are more than one read.
  @Test(arguments: [0, 1, 1 << 20, (1 << 20) + 5])
  func `the data's CRC is that of zlib`(count: Int) throws {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for isGood in [true, false] {
      let bytes = UImageBuilder(data: data, hasGoodDataCRC: isGood).bytes
      let image = try FlashImage(bytes: bytes)
      let header = try #require(try UImage.read(image, at: 0))
      let found = try header.dataChecksum(image, 64..<UInt64(64 + count))
      let crc = zlibCRC(data)
      #expect(found == (isGood ? .good : .wrong(stored: crc ^ 1, computed: crc)))
    }
  }
}
