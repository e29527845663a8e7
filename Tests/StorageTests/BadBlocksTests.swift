@testable import Storage
import Testing

@Suite struct BadBlocksTests {
  @Test func `runs end where bad blocks begin and end`() {
    let blocks = BadBlocks(eraseSize: 100, numbers: [3, 1, 4])
    let expected: [(UInt64, Bool, UInt64)] = [
      (0, false, 100), (99, false, 100), (100, true, 200), (199, true, 200), (200, false, 300),
      (350, true, 400), (400, true, 500), (500, false, .max),
    ]
    for (offset, isBad, end) in expected {
      #expect(blocks.run(at: offset) == (isBad, end))
    }
  }
}
