import Commands
import Testing

@Suite struct `Time in an image` {
  @Test(
    arguments: [
      (0, "1970-01-01 00:00:00 UTC"), (951_782_399, "2000-02-28 23:59:59 UTC"),
      (951_782_400, "2000-02-29 00:00:00 UTC"), (951_868_800, "2000-03-01 00:00:00 UTC"),
      (1_421_798_404, "2015-01-21 00:00:04 UTC"), (4_107_542_399, "2100-02-28 23:59:59 UTC"),
      (4_107_542_400, "2100-03-01 00:00:00 UTC"), (.max, "2106-02-07 06:28:15 UTC"),
    ] as [(UInt32, String)])
  func `is the date in UTC`(seconds: UInt32, expected: String) {
    #expect(ImageTime(seconds).full == expected)
  }
}
