import JFFS2
import TestSupport
import Testing

struct LZMACodecTests {
  @Test func `LZMA data under zlib's number are read`() throws {
    let lines = (0..<100).flatMap { Array("line \($0) of a configuration file\n".utf8) }
    let payload = LZMAEncoder.encodeWithProperties(lines)
    #expect(payload.prefix(6) == [0x5D, 0x00, 0x20, 0x00, 0x00, 0x00])
    #expect(
      try Expansion(of: payload, as: .zlib, size: lines.count)
        == Expansion(bytes: lines, defined: lines.count))
  }

  @Test func `truncated LZMA data under zlib's number are corrupt`() {
    let payload = LZMAEncoder.encodeWithProperties((0..<600).map { UInt8($0 * $0 / 7 & 0xFF) })
    #expect(throws: DecompressionError.corrupt(.zlib)) {
      try Expansion(of: Array(payload.prefix(100)), as: .zlib, size: 600)
    }
  }

  @Test(arguments: [0, 1, 3, 4, 5])
  func `bytes with other properties under zlib's number are not LZMA data`(index: Int) throws {
    let nothing = Expansion(bytes: [0, 0, 0], defined: 0)
    var payload = LZMAEncoder.encodeWithProperties([1, 2, 3])
    payload[index] = [0xE1, 1, 0, 0, 0xFF, 1][index]
    if index == 3 { payload[2] = 0 }
    #expect(try Expansion(of: payload, as: .zlib, size: 3) == nothing)
  }

  @Test func `a monstrous dictionary costs no memory`() throws {
    let data = Array("hello hello hello".utf8)
    var payload = LZMAEncoder.encodeWithProperties(data)
    payload.replaceSubrange(1..<5, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(try Expansion(of: payload, as: .lzma2008, size: data.count).bytes == data)
  }

  @Test(arguments: [225, 255, 8 + 9 * 4] as [UInt8])
  func `impossible properties are corrupt`(properties: UInt8) {
    var payload = LZMAEncoder.encodeWithProperties([1, 2, 3])
    payload[0] = properties
    #expect(throws: DecompressionError.corrupt(.lzma2008)) {
      try Expansion(of: payload, as: .lzma2008, size: 3)
    }
  }
}
