internal import JFFS2
internal import Storage

/// Reads the bytes between nodes.
struct GapReader: ~Copyable {
  /// Written bytes that leave a block without nodes an erased one, with damage.
  private static let bitFlipTolerance = 64

  private static let endMarker: [UInt8] = [0xDE, 0xAD, 0xC0, 0xDE]

  private var window: ReadWindow

  init(_ image: FlashImage, _ range: Range<UInt64>) { window = ReadWindow(image, range) }

  /// Whether a range before a file system is erased flash: all of it, or whole blocks with a few bits flipped.
  mutating func isErasedFlash(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    let isWholeBlocks = (range.upperBound - range.lowerBound) % BlockGrid.smallest == 0
    return try !hasWritten(range, moreThan: isWholeBlocks ? Self.bitFlipTolerance : 0)
  }

  /// Whether all bytes of a range are those of erased flash.
  mutating func isErased(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    try !hasWritten(range)
  }

  /// Whether more than `most` bytes are not those of erased flash.
  ///
  /// - Parameter ignoresZeros: Does not count bytes that are zero, as bad blocks are read by some tools.
  mutating func hasWritten(
    _ range: Range<UInt64>, moreThan most: Int = 0, ignoresZeros: Bool = false
  ) throws(StorageError) -> Bool {
    var written = 0
    var offset = range.lowerBound
    while offset < range.upperBound {
      try window.move(to: offset, wanted: 1)
      let bytes = window.bytes(from: offset)
      let count = min(bytes.count, Int(clamping: range.upperBound - offset))
      for index in 0..<count where bytes[index] != 0xFF && !(ignoresZeros && bytes[index] == 0) {
        written += 1
        if written > most { return true }
      }
      offset += UInt64(count)
    }
    return false
  }

  /// The first whole erase block in a range without nodes that is not erased: that has more than `most` other bytes.
  mutating func firstWrittenBlock(
    _ gap: Range<UInt64>, _ grid: BlockGrid, moreThan most: Int = bitFlipTolerance,
    ignoresZeros: Bool = false
  ) throws(StorageError) -> UInt64? {
    var block = grid.ceiling(gap.lowerBound)
    while block + grid.blockSize <= gap.upperBound {
      let range = block..<block + grid.blockSize
      if try hasWritten(range, moreThan: most, ignoresZeros: ignoresZeros) { return block }
      block += grid.blockSize
    }
    return nil
  }

  /// Whether the first bytes in a gap that are not erased are OpenWrt's end of a file system.
  mutating func startsWithEndMarker(_ gap: Range<UInt64>) throws(StorageError) -> Bool {
    var offset = gap.lowerBound
    while offset < gap.upperBound {
      try window.move(to: offset, wanted: Self.endMarker.count)
      let bytes = window.bytes(from: offset)
      let count = min(bytes.count, Int(clamping: gap.upperBound - offset))
      var index = 0
      while index < count, bytes[index] == 0xFF { index += 1 }
      if index + Self.endMarker.count <= count {
        return Self.endMarker.indices.allSatisfy { bytes[index + $0] == Self.endMarker[$0] }
      }
      // What is cut at the window's end is examined again.
      if index < count, index == 0 { return false }
      offset += UInt64(index)
    }
    return false
  }
}
