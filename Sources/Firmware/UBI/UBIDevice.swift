internal import JFFS2
internal import Storage

/// A UBI device in an image: a range of physical erase blocks of one size, each with an erase counter header.
struct UBIDevice {
  /// Blocks are not larger.
  static let maximumBlockSize: UInt32 = 16 << 20

  /// The common layout of the blocks of a device.
  struct Layout: Equatable {
    let headers: UBIEraseCounterHeader
    /// The bytes of a physical erase block.
    let blockSize: UInt64

    /// The bytes that a block has for data.
    var dataSize: UInt64 { blockSize - UInt64(headers.dataOffset) }
  }

  let layout: Layout
  /// The range of the device in the image. The last block may be truncated.
  let range: Range<UInt64>

  /// The devices that headers show.
  ///
  /// - Parameters:
  ///   - offsets: Where erase counter headers are, in ascending order.
  ///   - range: What the devices are in.
  static func locate(
    _ image: FlashImage, _ range: Range<UInt64>, _ offsets: [UInt64]
  ) throws(StorageError) -> [UBIDevice] {
    var groups: [(headers: UBIEraseCounterHeader, offsets: [UInt64])] = []
    for offset in offsets {
      let bytes = try image.bytes(at: offset, count: UBIEraseCounterHeader.size, within: range)
      guard let headers = UBIEraseCounterHeader(parsing: bytes.span) else { continue }
      if let index = groups.firstIndex(where: { $0.headers == headers }) {
        groups[index].offsets.append(offset)
      } else if groups.count < maximumGroupCount {
        groups.append((headers, [offset]))
      }
    }
    var devices: [UBIDevice] = []
    for group in groups {
      guard let blockSize = try blockSize(group.offsets, group.headers, image, range) else {
        continue
      }
      let layout = Layout(headers: group.headers, blockSize: blockSize)
      for found in ranges(group.offsets, layout, range) {
        devices.append(UBIDevice(layout: layout, range: try extend(found, image, layout, range)))
      }
    }
    // An image in the data of another is a part of that.
    var kept: [UBIDevice] = []
    for device in devices.sorted(by: { $0.range.count > $1.range.count })
    where !kept.contains(where: { $0.range.overlaps(device.range) }) {
      kept.append(device)
    }
    return kept.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// More devices than a flash memory has.
  private static let maximumGroupCount = 64

  /// The distance that headers have from each other most often; nil if there are too few of them.
  private static func blockSize(
    _ offsets: [UInt64], _ headers: UBIEraseCounterHeader, _ image: FlashImage,
    _ range: Range<UInt64>
  ) throws(StorageError) -> UInt64? {
    var counts: [UInt64: Int] = [:]
    for (one, next) in zip(offsets, offsets.dropFirst())
    where next - one > UInt64(headers.dataOffset) && next - one <= UInt64(maximumBlockSize) {
      counts[next - one, default: 0] += 1
    }
    guard let (distance, count) = counts.min(by: { ($1.value, $0.key) < ($0.value, $1.key) }) else {
      return nil
    }
    guard count <= maximumSparseHeaders else { return distance }
    // Few headers may have blocks between them whose erase counter header is damaged.
    for part in 2...4 as ClosedRange<UInt64>
    where distance % part == 0 && distance / part > UInt64(headers.dataOffset) {
      for number in 1..<part {
        let block = offsets[0] + number * (distance / part)
        if try hasVolumeHeader(image, block, headers, range) { return distance / part }
      }
    }
    return distance
  }

  /// As few headers at the same distance may be those of every second block.
  private static let maximumSparseHeaders = 2

  /// Whether a block has a valid volume identifier header.
  private static func hasVolumeHeader(
    _ image: FlashImage, _ block: UInt64, _ headers: UBIEraseCounterHeader, _ range: Range<UInt64>
  ) throws(StorageError) -> Bool {
    let bytes = try image.bytes(
      at: block + UInt64(headers.volumeHeaderOffset), count: UBIVolumeHeader.size, within: range)
    return UBIVolumeHeader(parsing: bytes.span) != nil
  }

  /// The ranges in which headers follow each other at multiples of the block size, with a few missing at most.
  private static func ranges(
    _ offsets: [UInt64], _ layout: Layout, _ range: Range<UInt64>
  ) -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    for offset in offsets {
      if let last = ranges.last {
        let missing = (offset - min(offset, last.upperBound)) / layout.blockSize
        let known = (last.upperBound - last.lowerBound) / layout.blockSize
        let isNext = (offset - last.lowerBound) % layout.blockSize == 0
        if isNext, missing <= max(4, known / 16) {
          ranges[ranges.count - 1] = last.lowerBound..<offset + layout.blockSize
          continue
        }
        // In the data of a block.
        if offset < last.upperBound { continue }
      }
      ranges.append(offset..<offset + layout.blockSize)
    }
    return ranges.map { $0.lowerBound..<min($0.upperBound, range.upperBound) }
  }

  /// The range with the blocks beside it that have lost their erase counter header only.
  private static func extend(
    _ found: Range<UInt64>, _ image: FlashImage, _ layout: Layout, _ range: Range<UInt64>
  ) throws(StorageError) -> Range<UInt64> {
    var (start, end) = (found.lowerBound, found.upperBound)
    while start - range.lowerBound >= layout.blockSize,
      try hasVolumeHeader(image, start - layout.blockSize, layout.headers, range)
    {
      start -= layout.blockSize
    }
    while end < range.upperBound, try hasVolumeHeader(image, end, layout.headers, range) {
      end = min(end + layout.blockSize, range.upperBound)
    }
    return start..<end
  }

  /// The parts of the device in partitions of a table, if these start with a block.
  func split(at parts: [MTDParts.Resolved]) -> [UBIDevice] {
    let boundaries = Set(parts.flatMap { [$0.range.lowerBound, $0.range.upperBound] })
    let inner = boundaries.sorted().filter {
      range.lowerBound < $0 && $0 < range.upperBound
        && ($0 - range.lowerBound) % layout.blockSize == 0
    }
    let bounds = [range.lowerBound] + inner + [range.upperBound]
    return zip(bounds, bounds.dropFirst()).filter { $0 < $1 }
      .map { UBIDevice(layout: layout, range: $0..<$1) }
  }
}
