import JFFS2
import TestSupport
import Testing

struct LZMACodecTests {
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
