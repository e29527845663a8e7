import JFFS2
import TestSupport
import Testing

struct LZOCodecTests {
  @Test func `every kind of instruction is understood`() throws {
    var random = announcedGenerator()
    var used: Set<LZOEncoder.Instruction> = []
    for _ in 0..<40 {
      let data = random.bytes(90_000)
      // Without this no run of literals is long, and not every block begins with a short one.
      let start = (0..<([0, 2, 10, 300].randomElement(using: &random) ?? 0)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let encoder = LZOEncoder(start + data)
      used.formUnion(encoder.used)
      let size = start.count + data.count
      #expect(try Expansion(of: encoder.block, as: .lzo, size: size).bytes == start + data)
    }
    #expect(used == Set(LZOEncoder.Instruction.allCases))
  }

  @Test(
    arguments: [
      ("no end mark", [20, 1, 2, 3], 3),
      ("bytes after the end mark", [20, 1, 2, 3, 0x11, 0, 0, 0], 3),
      ("too little output", [20, 1, 2, 3, 0x11, 0, 0], 4),
      ("too much output", [20, 1, 2, 3, 0x11, 0, 0], 2),
      ("a distance beyond the start", [20, 1, 2, 3, 0x6C, 0, 0x11, 0, 0], 7),
      ("an end mark with a length", [20, 1, 2, 3, 0x12, 0, 0], 3),
      ("nothing", [], 0),
    ] as [(String, [UInt8], Int)])
  func `a block that does not end as it should is corrupt`(
    label: String, payload: [UInt8], size: Int
  ) {
    #expect(throws: DecompressionError.corrupt(.lzo)) {
      try Expansion(of: payload, as: .lzo, size: size)
    }
  }
}
