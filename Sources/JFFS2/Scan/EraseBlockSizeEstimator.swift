/// The bytes of an erase block, and how they are known. The medium says them nowhere.
package struct EraseBlockSize: Equatable, Sendable {
  /// The source of the size, most reliable first.
  package enum Reason: Equatable, Sendable {
    /// The user said so.
    case given
    /// The range consists of blocks of this size.
    case container
    /// A summary ends at a block's end and contains its offset in the block: exact.
    case summary
    /// All of this many cleanmarkers are at multiples of it.
    case cleanmarkers(Int)
    /// The image is shorter than two blocks of any size that its nodes allow.
    case shortImage
    /// The usual size, or the smallest whose multiples no node crosses if that is larger; the nodes show only the minimum.
    case assumed(minimum: UInt32)
  }

  package let byteCount: UInt32
  package let reason: Reason

  /// The least that it can be by its nodes.
  package var minimum: UInt32 {
    if case .assumed(let minimum) = reason { minimum } else { byteCount }
  }

  package init(byteCount: UInt32, reason: Reason) {
    self.byteCount = byteCount
    self.reason = reason
  }
}

extension EraseBlockSize.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .given: "as given"
    case .container: "from the UBI headers"
    case .summary: "from an erase block summary"
    case .cleanmarkers(let count): "from \(count) cleanmarkers"
    case .shortImage: "assumed, the image is shorter than two blocks"
    case .assumed(let minimum):
      "assumed; the nodes show only that it is at least \(minimum / 1024) KiB"
    }
  }
}

/// The evidence for the erase size that a walk over the nodes collects.
struct EraseBlockSizeEstimator {
  static let smallest: UInt32 = 4096
  static let largest: UInt32 = 1 << 20
  /// The bytes of the smallest NAND page.
  static let smallestPage: UInt32 = 512
  /// The size of most NOR flash memories.
  private static let usual: UInt32 = 64 << 10

  private var cleanmarkerBits: UInt32 = 0
  private var cleanmarkerCount = 0
  private var firstCleanmarker: UInt32 = 0
  private var lastCleanmarker: UInt32 = 0
  /// The largest number that divides the distances of all cleanmarkers; 0 for less than two.
  private var cleanmarkerDistance: UInt32 = 0
  private var crossedBits: UInt32 = 0
  private var summary: (offset: UInt32, length: UInt32)?
  private var paddingCount = 0
  /// The end of the last padding node, modulo ``smallestPage``.
  private var paddingEnd: UInt32 = 0
  /// Whether the ends of all padding nodes have the same remainder.
  private var arePaddingEndsEqual = true

  /// Takes a node into account, live or obsolete: either kind was written within one block.
  mutating func record(_ header: NodeHeader, at offset: UInt32) {
    crossedBits = max(crossedBits, offset ^ (offset + header.totalLength - 1))
    switch header.type.accurate {
    case .cleanmarker:
      addCleanmarkers(1, first: offset, last: offset, distance: 0)
      cleanmarkerBits |= offset
    case .summary:
      if summary == nil { summary = (offset, header.totalLength) }
    case .padding:
      addPaddings(1, end: (offset &+ header.totalLength) % Self.smallestPage, areEqual: true)
    default: break
    }
  }

  /// Adds the evidence of the nodes that follow.
  mutating func add(_ next: EraseBlockSizeEstimator) {
    cleanmarkerBits |= next.cleanmarkerBits
    addCleanmarkers(
      next.cleanmarkerCount, first: next.firstCleanmarker, last: next.lastCleanmarker,
      distance: next.cleanmarkerDistance)
    crossedBits = max(crossedBits, next.crossedBits)
    summary = summary ?? next.summary
    addPaddings(next.paddingCount, end: next.paddingEnd, areEqual: next.arePaddingEndsEqual)
  }

  private mutating func addPaddings(_ count: Int, end: UInt32, areEqual: Bool) {
    guard count > 0 else { return }
    arePaddingEndsEqual =
      arePaddingEndsEqual && areEqual && (paddingCount == 0 || end == paddingEnd)
    paddingEnd = end
    paddingCount += count
  }

  private mutating func addCleanmarkers(
    _ count: Int, first: UInt32, last: UInt32, distance: UInt32
  ) {
    guard count > 0 else { return }
    lastCleanmarker = last
    if cleanmarkerCount == 0 {
      firstCleanmarker = first
      cleanmarkerDistance = distance
    } else {
      for number in [first - firstCleanmarker, distance] {
        cleanmarkerDistance = greatestCommonDivisor(cleanmarkerDistance, number)
      }
    }
    cleanmarkerCount += count
  }

  /// Whether the bytes of a node may belong to one erase block: none crosses the distance of two cleanmarkers.
  ///
  /// - Returns: The check; nil if no node can fail it.
  var fitsCleanmarkers: ((_ node: Range<UInt32>) -> Bool)? {
    let aligned = cleanmarkerBits & (~cleanmarkerBits &+ 1)
    guard cleanmarkerDistance >= Self.smallest, aligned <= crossedBits else { return nil }
    let distance = UInt64(cleanmarkerDistance)
    let origin = distance - UInt64(firstCleanmarker) % distance
    return { node in
      (UInt64(node.lowerBound) + origin) / distance
        == (UInt64(node.upperBound) - 1 + origin) / distance
    }
  }

  /// Whether the range starts inside an erase block: cleanmarkers at equal distances, one in each block, are not at multiples of that
  /// distance.
  var startsInsideBlock: Bool {
    cleanmarkerCount > 3 && cleanmarkerDistance >= Self.smallest
      && UInt64(lastCleanmarker - firstCleanmarker)
        == UInt64(cleanmarkerCount - 1) * UInt64(cleanmarkerDistance)
      && firstCleanmarker % cleanmarkerDistance != 0
  }

  /// Whether the range starts inside a page of NAND flash: padding nodes, which end with their page, end at other offsets than at
  /// multiples of a page.
  var startsInsidePage: Bool { paddingCount > 3 && arePaddingEndsEqual && paddingEnd != 0 }

  /// The most probable erase size.
  func inferred(_ range: FlashRange, _ endianness: Endianness) throws(JFFS2Error) -> EraseBlockSize
  {
    if let known = range.eraseSize { return EraseBlockSize(byteCount: known, reason: .container) }
    if let exact = try summarySize(range, endianness) {
      return EraseBlockSize(byteCount: exact, reason: .summary)
    }
    let aligned = min(Self.largest, cleanmarkerBits & (~cleanmarkerBits &+ 1))
    if aligned >= Self.smallest, aligned > crossedBits {
      return EraseBlockSize(byteCount: aligned, reason: .cleanmarkers(cleanmarkerCount))
    }
    var uncrossed = Self.smallest
    while uncrossed <= crossedBits, uncrossed < 1 << 31 { uncrossed *= 2 }
    let isShort = UInt64(range.length) < 2 * UInt64(uncrossed)
    return EraseBlockSize(
      byteCount: max(Self.usual, uncrossed),
      reason: isShort ? .shortImage : .assumed(minimum: uncrossed))
  }

  /// The size that the summary's marker proves: the block's start plus the marker's offset is where the summary starts.
  private func summarySize(
    _ range: FlashRange, _ endianness: Endianness
  ) throws(JFFS2Error) -> UInt32? {
    guard let summary, summary.length >= UInt32(RawSummary.size + RawSummary.markerSize) else {
      return nil
    }
    let marker = try range.bytes(
      at: summary.offset + summary.length - UInt32(RawSummary.markerSize),
      count: RawSummary.markerSize)
    let offsetInBlock = marker.span.u32(at: 0, endianness)
    guard marker.span.u32(at: 4, endianness) == RawSummary.markerMagic else { return nil }
    let (size, overflow) = offsetInBlock.addingReportingOverflow(summary.length)
    guard !overflow, size > crossedBits, size >= Self.smallest, size.nonzeroBitCount == 1
    else { return nil }
    return size
  }
}

private func greatestCommonDivisor(_ first: UInt32, _ second: UInt32) -> UInt32 {
  var (larger, smaller) = (first, second)
  while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
  return larger
}
