internal import JFFS2

/// Collects the erase counter headers of UBI that a pass over an image encounters.
///
/// Physical erase blocks are at multiples of 4 KiB in a flash memory. In a file that begins with something else, all of them are at the
/// same distance from such a multiple, which the first header shows; the start of the file is searched byte by byte for it.
struct UBIHeaderSearch {
  private static let grid: UInt64 = 4096
  private static let bytewiseSearched: UInt64 = 256 << 10
  private static let maximumPhaseCount = 4

  /// The offsets of headers with valid CRCs, in ascending order.
  private(set) var offsets: [UInt64] = []
  /// The offset of the end of the search by bytes.
  private let gridStart: UInt64
  /// The distances of blocks from multiples of 4 KiB.
  private var phases: [UInt64]
  /// The offset of the next bytes to examine.
  private var next: UInt64

  /// - Parameter start: The offset of the start of the pass.
  init(from start: UInt64) {
    next = start
    gridStart = start + Self.bytewiseSearched
    phases = start % Self.grid == 0 ? [0] : [start % Self.grid, 0]
  }

  /// Examines bytes, except for those that have been examined. What is too near to the end to be judged is examined with the bytes that
  /// follow.
  mutating func record(_ bytes: Span<UInt8>, at offset: UInt64) {
    guard bytes.count >= UBIEraseCounterHeader.size else { return }
    let limit = offset + UInt64(bytes.count - UBIEraseCounterHeader.size) + 1
    var position = max(next, offset)
    while position < min(limit, gridStart) {
      examine(bytes, Int(position - offset), at: position)
      position += 1
    }
    while position < limit {
      position = phases.reduce(.max) { min($0, position + ($1 &- position) % Self.grid) }
      guard position < limit else { break }
      examine(bytes, Int(position - offset), at: position)
      position += 1
    }
    next = max(next, position)
  }

  private mutating func examine(_ bytes: Span<UInt8>, _ index: Int, at offset: UInt64) {
    guard bytes[index] == UBIEraseCounterHeader.magic[0],
      UBIEraseCounterHeader(parsing: bytes.extracting(index...)) != nil
    else { return }
    offsets.append(offset)
    let phase = offset % Self.grid
    if !phases.contains(phase), phases.count < Self.maximumPhaseCount { phases.append(phase) }
  }
}
