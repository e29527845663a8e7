import Firmware
import Testing

@Suite struct `Byte sizes` {
  @Test(
    arguments: [
      ("65536", 65536), ("64k", 65536), ("64K", 65536), ("64KiB", 65536), ("1M", 1 << 20),
      ("1g", 1 << 30), ("0x10000", 65536), ("0", 0),
    ] as [(String, UInt64)])
  func `are read as people write them`(text: String, bytes: UInt64) {
    #expect(ByteSize.parse(text) == bytes)
  }

  @Test(arguments: [
    "", "k", "-1", "+1", "1x", "1 k", "0x", "0x-1", "1kk", "99999999999999999999",
    "18446744073709551615k",
    "1.5M", "١",
  ])
  func `that are none are refused`(text: String) {
    #expect(ByteSize.parse(text) == nil)
  }
}
