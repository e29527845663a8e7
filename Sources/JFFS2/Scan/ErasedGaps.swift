/// Erased bytes between two nodes inside an erase block, where a node must have been: the driver continues directly after the last node, or
/// on NAND flash after a mount, with the next page (`jffs2_scan_medium`).
///
/// Blocks start at multiples of a page, too, so that their size need not be known.
struct ErasedGaps: Sendable {
  /// The bytes of the shortest node that a file needs.
  private static let minimumLength = UInt32(RawXref.size)
  private static let maximumCount = 1000

  /// The first ones, ascending.
  private(set) var ranges: [Range<UInt32>] = []
  /// Where the first node starts.
  private(set) var firstNode: UInt32?
  /// Where the last node ends; nil after a cleanmarker, which mkfs.jffs2 may pad.
  private var end: UInt32?

  /// Records a node.
  ///
  /// - Parameter isAfterErased: Whether all bytes since the last node are erased.
  mutating func record(_ header: NodeHeader, at offset: UInt32, isAfterErased: Bool) {
    firstNode = firstNode ?? offset
    if isAfterErased { close(at: offset) }
    end = header.type.accurate == .cleanmarker ? nil : offset + header.occupiedLength
  }

  /// Adds those of the bytes after.
  mutating func append(_ next: ErasedGaps, isAfterErased: Bool) {
    guard let first = next.firstNode else { return }
    firstNode = firstNode ?? first
    if isAfterErased { close(at: first) }
    ranges = Array((ranges + next.ranges).prefix(Self.maximumCount))
    end = next.end
  }

  private mutating func close(at offset: UInt32) {
    guard let end, end < offset, offset - end >= Self.minimumLength,
      !offset.isMultiple(of: EraseBlockSizeEstimator.smallestPage), ranges.count < Self.maximumCount
    else { return }
    ranges.append(end..<offset)
  }
}
