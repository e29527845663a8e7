/// Where the erase blocks of a group of nodes begin.
struct BlockGrid {
  /// No erase block is smaller.
  static let smallest: UInt64 = 4096
  private static let largest: UInt64 = 1 << 20

  /// A multiple of it from ``origin`` on is where a block begins.
  let blockSize: UInt64
  /// Less than a block.
  let origin: UInt64

  /// Cleanmarkers stand at the start of blocks; without two of them the smallest size is assumed.
  init(_ group: NodeGroup) {
    let anchor = group.cleanmarkers.first ?? group.range.lowerBound
    var bits: UInt64 = anchor % Self.smallest == 0 ? anchor : 0
    for marker in group.cleanmarkers { bits |= marker - anchor }
    let size = min(Self.largest, bits & (~bits &+ 1))
    if group.cleanmarkers.count >= 2, size >= Self.smallest {
      blockSize = size
    } else {
      blockSize = Self.smallest
    }
    origin = anchor % blockSize
  }

  /// The last start of a block that is not behind `offset`.
  func floor(_ offset: UInt64) -> UInt64 {
    offset < origin ? 0 : offset - (offset - origin) % blockSize
  }

  /// The first start of a block that is not before `offset`.
  func ceiling(_ offset: UInt64) -> UInt64 {
    let floor = floor(offset)
    return floor == offset ? offset : floor + blockSize
  }
}
