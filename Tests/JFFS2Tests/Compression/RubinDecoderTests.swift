import JFFS2
import TestSupport
import Testing

struct RubinCodecTests {
  @Test func `a byte more or less than the bits need is corrupt`() {
    var random = announcedGenerator()
    for _ in 0..<200 {
      let size = Int.random(in: 20...400, using: &random)
      let data = random.bytes(size)
      // Missing bits read as zeros, which is all that zeros need.
      guard data.contains(where: { $0 != 0 }) else { continue }
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
