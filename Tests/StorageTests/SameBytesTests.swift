import Storage
import TestSupport
import Testing

@Suite struct SameBytesTests {
  @Test(arguments: [1, 100_000, 4 << 20, (4 << 20) + 7])
  func `a difference anywhere is found`(count: Int) throws {
    let bytes = [UInt8](repeating: 5, count: count)
    let image = try FlashImage(bytes: bytes)
    #expect(image.hasSameBytes(as: try FlashImage(bytes: bytes)))
    #expect(!image.hasSameBytes(as: try FlashImage(bytes: bytes + [5])))
    for index in Set([0, min(count, 64 << 10) - 1, count / 2 - 1, count / 2, count - 1])
    where index >= 0 {
      var other = bytes
      other[index] = 6
      #expect(!image.hasSameBytes(as: try FlashImage(bytes: other)), "\(index)")
    }
  }

  @Test func `empty images are the same`() throws {
    #expect(try FlashImage(bytes: []).hasSameBytes(as: FlashImage(bytes: [])))
  }
}
