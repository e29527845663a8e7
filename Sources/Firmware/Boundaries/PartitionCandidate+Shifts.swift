package import Storage
internal import Support

extension FlashImage {
  /// The image without bytes that are too many, and with erased flash for those that are missing.
  package func correcting(_ shifts: [ImageShift]) -> FlashImage {
    var segments: [ImageSegment] = []
    var start: UInt64 = 0
    for shift in shifts {
      let end = shift.count > 0 ? shift.offset - shift.count.magnitude : shift.offset
      segments.append(ImageSegment(start: start, count: end - start))
      if shift.count < 0 { segments.append(ImageSegment(start: nil, count: shift.count.magnitude)) }
      start = shift.offset
    }
    segments.append(ImageSegment(start: start, count: byteCount - start))
    return arranged(segments)
  }
}

extension PartitionCandidate {
  /// The image without shifts in the partition, and its range there.
  func corrected(_ image: FlashImage) -> (FlashImage, Range<UInt64>) {
    guard !shifts.isEmpty else { return (image, range) }
    let end = shifts.reduce(Int64(range.upperBound)) { $0 - $1.count }
    return (image.correcting(shifts), range.lowerBound..<UInt64(end))
  }
}

extension MTDParts.Resolved {
  /// The partition in an image with shifts, not moved beyond the image's end.
  func moved(by shifts: [ImageShift], end: UInt64) -> Self {
    func moved(_ offset: UInt64) -> UInt64 {
      shifts.reduce(offset) { offset, shift in
        let start = shift.offset - min(shift.offset, UInt64(max(0, shift.count)))
        guard offset >= start else { return offset }
        return shift.count < 0
          ? offset - min(offset, shift.count.magnitude)
          : offset.addingReportingOverflow(shift.count.magnitude).partialValue
      }
    }
    let start = moved(range.lowerBound)
    let last = min(moved(range.upperBound), max(range.upperBound, end))
    return Self(name: name, range: start..<max(start, last), isAlias: isAlias)
  }
}

extension [MTDParts.Resolved] {
  /// The most surplus or missing bytes before a file system with which its partition is still recognized.
  private static let maximumSurplus: Int64 = 64

  /// The shifts before file systems that begin beside the start of a partition, and the number of file systems that then begin at one.
  ///
  /// In flash memory the nodes of a partition are at multiples of 4 from its start. At any other distance, bytes before them are
  /// missing or surplus in the dump.
  func shifts(before fileSystems: [PartitionCandidate]) -> (shifts: [ImageShift], hits: Int) {
    let partitionStarts = Set(map { Int64(clamping: $0.range.lowerBound) })
    var shifts: [ImageShift] = []
    var hits = 0
    var total: Int64 = 0
    for fileSystem in fileSystems {
      let start = Int64(clamping: fileSystem.range.lowerBound) - total
      let surplus = partitionStarts.contains(start) ? 0 : Self.surplus(start, partitionStarts)
      if let surplus {
        hits += 1
        total += surplus
        if surplus != 0 {
          shifts.append(ImageShift(offset: fileSystem.range.lowerBound, count: surplus))
        }
      }
      total += fileSystem.shifts.reduce(0) { $0 + $1.count }
    }
    return (shifts, hits)
  }

  /// The distance from the nearest start of a partition, if nodes cannot be at it.
  private static func surplus(_ start: Int64, _ partitionStarts: Set<Int64>) -> Int64? {
    for count in 1...maximumSurplus where count % 4 != 0 {
      if partitionStarts.contains(start - count) { return count }
      if partitionStarts.contains(start + count) { return -count }
    }
    return nil
  }
}

extension NodeGroup {
  /// The shortest gap that a node may have been in.
  private static let shortestNode: UInt64 = 40

  /// The shifts between the nodes in a range.
  func shifts(in range: Range<UInt64>) -> [ImageShift] {
    var shifts: [ImageShift] = []
    let first = partition(extents.count) { extents[$0].lowerBound >= range.lowerBound }
    let inside = extents[first...].prefix { $0.lowerBound < range.upperBound }
    guard var end = inside.first?.upperBound, let phase = inside.first.map({ $0.lowerBound % 4 })
    else { return [] }
    // Counted modulo 4, as nodes are aligned.
    var shifted: UInt64 = phase
    for extent in inside.dropFirst() {
      let missing = missing(at: extent.lowerBound)
      let excess = (extent.lowerBound &- shifted) % 4
      if missing > 0 {
        shifts.append(ImageShift(offset: extent.lowerBound, count: -Int64(missing)))
      } else if excess > 0 {
        let gap = extent.lowerBound - end
        let isWhole = gap < Self.shortestNode && gap % 4 == excess
        let count =
          isWhole ? Int64(gap) : excess == 3 || gap < excess ? Int64(excess) - 4 : Int64(excess)
        shifts.append(ImageShift(offset: extent.lowerBound, count: count))
      }
      shifted = extent.lowerBound % 4
      end = extent.upperBound
    }
    return shifts
  }

  /// The bytes that are missing before the node at an offset.
  private func missing(at offset: UInt64) -> UInt64 {
    let index = partition(missing.count) { missing[$0].offset >= offset }
    return index < missing.count && missing[index].offset == offset ? missing[index].count : 0
  }
}
