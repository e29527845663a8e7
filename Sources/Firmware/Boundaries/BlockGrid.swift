/// The starts of the erase blocks of a file system, as its cleanmarkers suggest them.
struct BlockGrid {
  /// No erase block is smaller.
  static let smallest: UInt64 = 4096
  /// Partitions are aligned to it nearly always.
  static let usual: UInt64 = 64 << 10
  private static let largest: UInt64 = 1 << 20

  /// The distance of the starts of blocks from each other.
  let blockSize: UInt64
  /// The start of the first block, less than ``blockSize``.
  let origin: UInt64
  /// Whether cleanmarkers suggest the size.
  let isKnown: Bool

  /// - Parameters:
  ///   - cleanmarkers: Their offsets.
  ///   - anchor: The start of a block if there is no cleanmarker.
  init(cleanmarkers: some Sequence<UInt64>, anchor: UInt64) {
    var first: UInt64?
    var bits: UInt64 = 0
    for marker in cleanmarkers {
      bits |= marker - (first ?? marker)
      first = first ?? marker
    }
    let anchor = first ?? anchor
    let distance = bits & (~bits &+ 1)
    // Usual blocks are aligned in the flash memory, too.
    if anchor % Self.usual == 0 { bits |= anchor }
    isKnown = distance >= Self.smallest
    blockSize = isKnown ? min(Self.largest, bits & (~bits &+ 1)) : Self.smallest
    origin = anchor % blockSize
  }

  init(blockSize: UInt64) {
    self.blockSize = blockSize
    origin = 0
    isKnown = false
  }

  /// The last start of a block that is not after `offset`.
  func floor(_ offset: UInt64) -> UInt64 {
    offset < origin ? 0 : offset - (offset - origin) % blockSize
  }

  /// The start of a partition that may begin in the block of `offset`. If only every second cleanmarker is left, the blocks seem to be
  /// larger and not aligned.
  func partitionStart(_ offset: UInt64) -> UInt64 {
    let block = floor(offset)
    let aligned = offset - offset % Self.usual
    return block % Self.usual == 0 ? block : max(block, aligned)
  }

  /// The first start of a block that is not before `offset`.
  func ceiling(_ offset: UInt64) -> UInt64 {
    let floor = floor(offset)
    return floor == offset ? offset : floor + blockSize
  }
}
