import JFFS2
import TestSupport
import Testing

struct ZlibCodecTests {
  private let data = (0..<600).map { UInt8($0 * $0 / 7 & 0xFF) }
  private var stream: [UInt8] { ZlibEncoder.encode(data) }

  @Test func `a wrong or missing Adler-32 does not matter`() throws {
    let whole = Expansion(bytes: data, defined: data.count)
    var wrong = stream
    wrong[wrong.count - 1] ^= 0xFF
    #expect(try Expansion(of: wrong, as: .zlib, size: data.count) == whole)
    for count in 1...4 {
      let cut = Array(stream.dropLast(count))
      #expect(try Expansion(of: cut, as: .zlib, size: data.count) == whole)
    }
  }

  @Test func `a truncated stream gives the data before its end`() throws {
    let result = try Expansion(of: Array(stream.prefix(300)), as: .zlib, size: data.count)
    #expect(result.defined > 0 && result.defined < data.count)
    #expect(result.bytes.prefix(result.defined) == data.prefix(result.defined))
  }

  @Test func `a stream for more bytes gives the first`() throws {
    let result = try Expansion(of: stream, as: .zlib, size: 100)
    #expect(result == Expansion(bytes: Array(data.prefix(100)), defined: 100))
  }

  @Test func `a stream for fewer bytes leaves the rest undefined`() throws {
    let result = try Expansion(of: stream, as: .zlib, size: 700)
    #expect(result == Expansion(bytes: data + [UInt8](repeating: 0, count: 100), defined: 600))
  }

  @Test func `data that is not a zlib stream gives nothing and is not an error`() throws {
    let nothing = Expansion(bytes: [UInt8](repeating: 0, count: 600), defined: 0)
    let dictionary = Array("dictionary".utf8)
    let payloads: [[UInt8]] = [
      [], [0x78], [0x78, 0x9C], Array("no zlib stream".utf8),
      ZlibEncoder.encode(data, windowBits: -15),
      ZlibEncoder.encode(data, dictionary: dictionary),
    ]
    for payload in payloads {
      #expect(try Expansion(of: payload, as: .zlib, size: 600) == nothing)
    }
  }

  @Test func `a window larger than zlib's is corrupt`() {
    // 0x88 announces 64 KiB; 0x1C makes the header divisible by 31.
    #expect(throws: DecompressionError.corrupt(.zlib)) {
      try Expansion(of: [0x88, 0x1C] + stream.dropFirst(2), as: .zlib, size: 600)
    }
  }

  @Test(arguments: [9, 10, 12, 15] as [Int32])
  func `damaged streams give what the driver gives`(windowBits: Int32) throws {
    var random = announcedGenerator()
    var decompressor = Decompressor()
    for _ in 0..<2500 {
      let size = Int.random(in: 1...3000, using: &random)
      let level = Int32.random(in: 0...9, using: &random)
      let data = random.bytes(size)
      var payload = ZlibEncoder.encode(data, level: level, windowBits: windowBits)
      damage(&payload, &random)
      let asked = Bool.random(using: &random) ? size : Int.random(in: 0...5000, using: &random)
      let expected = DriverZlib.decompress(payload, size: asked)
      let result = try? Expansion(of: payload, as: .zlib, size: asked, with: &decompressor)
      // libdeflate reads a few codes that zlib calls invalid, and Adler-32 proves the contents to be the original ones.
      if let result, asked == size, result.bytes.prefix(size).elementsEqual(data) { continue }
      #expect(result?.defined == expected?.count)
      #expect((result?.bytes.prefix(result?.defined ?? 0)).map(Array.init) == expected)
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7] as [UInt8])
  func `a smaller window in the header gives what the driver gives`(window: UInt8) throws {
    var random = announcedGenerator()
    for _ in 0..<100 {
      let data = random.bytes(3000)
      var payload = ZlibEncoder.encode(data)
      payload[0] = window << 4 | 8
      payload[1] = 0
      payload[1] = UInt8((31 - (Int(payload[0]) << 8) % 31) % 31)
      let expected = DriverZlib.decompress(payload, size: 3000)
      let result = try Expansion(of: payload, as: .zlib, size: 3000)
      #expect(Array(result.bytes.prefix(result.defined)) == expected)
    }
  }

  private func damage(_ payload: inout [UInt8], _ random: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      guard let index = payload.indices.randomElement(using: &random) else { return }
      switch Int.random(in: 0..<5, using: &random) {
      case 0: payload.removeSubrange(index...)
      case 1: payload.append(UInt8.random(in: 0...255, using: &random))
      // Damage at the start affects the header and the code lengths.
      case 2: payload[min(index, index % 24)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      default: payload[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
    }
  }
}
