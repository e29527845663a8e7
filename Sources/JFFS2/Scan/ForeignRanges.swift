/// The bytes of a log that belong to no node and are not erased.
///
/// In an intact file system there are none before the last node, except for up to 12 zero bytes that the driver writes at the
/// end of a NAND page with too little space for a padding node. So something else is the trace of a lost node.
struct ForeignRanges: Sendable {
  private static let maximumZeroPadding: UInt32 = 12

  /// The ranges between two nodes, from the first such word to the last; ascending.
  private(set) var ranges: [Range<UInt32>] = []
  /// The range after the last node.
  private(set) var trailing: Range<UInt32>?
  private var isTrailingZero = true

  /// Records bytes that no node occupies.
  mutating func record(_ bytes: Span<UInt8>, at offset: UInt32) {
    var first = 0
    while first < bytes.count, bytes[first] == 0xFF { first += 1 }
    guard first < bytes.count else { return }
    var last = bytes.count - 1
    while bytes[last] == 0xFF { last -= 1 }
    if last - first >= Int(Self.maximumZeroPadding) {
      isTrailingZero = false
    } else {
      for index in first...last where bytes[index] != 0 { isTrailingZero = false }
    }
    let start = trailing?.lowerBound ?? offset + UInt32(first) & ~3
    trailing = start..<offset + min(UInt32(bytes.count), UInt32(last) & ~3 + 4)
  }

  /// Records that a node follows.
  mutating func close() {
    guard let range = trailing else { return }
    let isPagePadding =
      isTrailingZero && range.upperBound.isMultiple(of: EraseBlockSizeEstimator.smallestPage)
      && UInt32(range.count) <= Self.maximumZeroPadding
    if !isPagePadding { ranges.append(range) }
    trailing = nil
    isTrailingZero = true
  }

  /// Adds those of the bytes after.
  ///
  /// - Parameter hasNodes: Whether there are nodes among these bytes.
  mutating func append(_ next: ForeignRanges, hasNodes: Bool) {
    if hasNodes {
      close()
      ranges += next.ranges
      (trailing, isTrailingZero) = (next.trailing, next.isTrailingZero)
    } else if let rest = next.trailing {
      trailing = (trailing?.lowerBound ?? rest.lowerBound)..<rest.upperBound
      isTrailingZero = isTrailingZero && next.isTrailingZero
    }
  }
}
