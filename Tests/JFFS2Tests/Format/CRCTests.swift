import JFFS2
import Testing

@Suite struct CRCTests {
  @Test(
    arguments: [
      ("nothing", [], 0),
      ("zeroes", [UInt8](repeating: 0, count: 1000), 0),
      ("digits", Array("123456789".utf8), 0x2DFD_2D88),
      ("0xff", [0xFF], 0x2D02_EF8D),
    ] as [(String, [UInt8], UInt32)])
  func `the register starts at 0 and is not inverted`(
    label: String, bytes: [UInt8], crc: UInt32
  ) {
    #expect(jffs2CRC(bytes.span) == crc)
  }

  @Test func `no bytes leave the register as it was`() {
    #expect(jffs2CRC(Span(), initial: 0x1234_5678) == 0x1234_5678)
  }

  @Test func `a CRC continues from that of the bytes before`() {
    let bytes = Array("123456789".utf8)
    for split in 0...bytes.count {
      let first = jffs2CRC(bytes.span.extracting(0..<split))
      #expect(jffs2CRC(bytes.span.extracting(split..<9), initial: first) == 0x2DFD_2D88)
    }
  }

  @Test func `inverted at both ends it is the CRC of zlib`() {
    #expect(~jffs2CRC(Array("123456789".utf8).span, initial: .max) == 0xCBF4_3926)
  }

  /// Every length and start within a few words, against the definition.
  @Test func `it is that of its polynomial`() {
    let bytes = (0..<80).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    for start in 0..<8 {
      for end in start...bytes.count {
        var register: UInt32 = 0
        for byte in bytes[start..<end] {
          register ^= UInt32(byte)
          for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        #expect(jffs2CRC(bytes.span.extracting(start..<end)) == register)
      }
    }
  }
}
