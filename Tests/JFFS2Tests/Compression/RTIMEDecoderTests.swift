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
