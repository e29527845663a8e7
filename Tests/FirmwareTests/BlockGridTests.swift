@testable import Firmware
import Testing

@Suite struct `The grid of erase blocks` {
  @Test(
    arguments: [
      // Blocks of 32 KiB, of which only every second cleanmarker is left.
      (markers: [0x4C8000, 0x4D8000, 0x4F8000], offset: 0x4C_000C, start: 0x4C0000),
      // All are left: blocks of 32 KiB.
      (markers: [0x4C0000, 0x4C8000, 0x4D0000], offset: 0x4C_800C, start: 0x4C8000),
      // Aligned blocks of 128 KiB.
      (markers: [0x4C0000, 0x4E0000], offset: 0x4F_0010, start: 0x4E0000),
      // A file whose blocks begin after a header.
      (markers: [0x40, 0x10040, 0x20040], offset: 0x1_0100, start: 0x10040),
    ] as [(markers: [UInt64], offset: UInt64, start: UInt64)])
  func `a partition begins where a block does, or at 64 KiB`(
    markers: [UInt64], offset: UInt64, start: UInt64
  ) {
    let grid = BlockGrid(cleanmarkers: markers, anchor: 0)
    #expect(grid.partitionStart(offset) == start)
  }
}
