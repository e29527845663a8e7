import JFFS2
import TestSupport
import Testing

struct RTIMECodecTests {
  @Test func `a run past the chunk is corrupt`() {
    #expect(throws: DecompressionError.corrupt(.rtime)) {
      try Expansion(of: [0x41, 0x10], as: .rtime, size: 16)
    }
  }

  @Test func `the last pair is read whole`() {
    #expect(throws: DecompressionError.corrupt(.rtime)) {
      try Expansion(of: [0x41], as: .rtime, size: 1)
    }
  }

  @Test func `what follows the last pair is ignored`() throws {
    #expect(try Expansion(of: [0x41, 0, 9, 9], as: .rtime, size: 1).bytes == [0x41])
  }

  @Test func `positions wrap at 64 KiB`() throws {
    var random = announcedGenerator()
    let data = random.bytes(200_000)
    let payload = RTIMEEncoder.encode(data)
    #expect(try Expansion(of: payload, as: .rtime, size: data.count).bytes == data)
  }
}

struct RubinCodecTests {
  @Test func `a byte more or less than the bits need is corrupt`() {
    var random = announcedGenerator()
    for _ in 0..<200 {
      let size = Int.random(in: 20...400, using: &random)
      let data = random.bytes(size)
      for payload in [RubinEncoder.encodeDynamic(data), RubinEncoder.encodeMIPS(data)] {
        for wrong in [payload + [0], Array(payload.dropLast())] {
          // The other kind may use up a wrong payload by accident, but does not give the same bytes then.
          let result = try? Expansion(of: wrong, as: .dynRubin, size: size)
          #expect(result?.bytes != data)
        }
      }
    }
  }
}

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

  @Test(arguments: [
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
