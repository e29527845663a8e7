internal import Storage
internal import Support

/// A part of a dump without a large gap: bytes in the order of their addresses.
struct HexDumpRegion {
  /// Runs that do not overlap, by ascending address.
  var runs: [HexDumpRun]

  var addresses: Range<UInt64> { (runs.first?.address ?? 0)..<(runs.last?.end ?? 0) }

  fileprivate var byteCount: UInt64 { runs.reduce(0) { $0 + $1.count } }

  /// The addresses without bytes.
  var gaps: [Range<UInt64>] {
    zip(runs, runs.dropFirst()).compactMap { $0.end < $1.address ? $0.end..<$1.address : nil }
  }

  /// The bytes, with erased flash where there are none.
  ///
  /// - Returns: nil if there are more than a budget allows.
  func image(
    _ image: FlashImage, in file: ScratchFile, _ budget: inout DecompressionBudget
  ) throws(StorageError) -> (FlashImage, Range<UInt64>)? {
    let isPlain = zip(runs, runs.dropFirst()).allSatisfy {
      $0.end == $1.address && $0.offset + $0.count == $1.offset
    }
    if isPlain, let first = runs.first, let last = runs.last {
      return (image, first.offset..<last.offset + last.count)
    }
    guard budget.consumeRetained(addresses.upperBound - addresses.lowerBound) else { return nil }
    var segments: [ImageSegment] = []
    var end = addresses.lowerBound
    for run in runs {
      segments.append(ImageSegment(start: nil, count: run.address - end))
      segments.append(ImageSegment(start: run.offset, count: run.count))
      end = run.end
    }
    let view = image.arranged(segments)
    var copy = try TemporaryFile(in: file)
    var window = ReadWindow(view, 0..<view.byteCount)
    while copy.byteCount < view.byteCount {
      try window.move(to: copy.byteCount, wanted: 1)
      try copy.append(window.bytes(from: copy.byteCount))
    }
    let whole = 0..<copy.byteCount
    return (copy.image(path: image.path), whole)
  }
}

/// The regions of a dump.
struct HexDumpRegions {
  /// A larger gap separates two regions.
  private static let maximumGap: UInt64 = 16 << 20

  private(set) var regions: [HexDumpRegion] = []
  /// The addresses that were dumped twice with different bytes.
  private(set) var differing = AddressList()

  /// - Parameter runs: In the order of the text; later ones replace earlier ones.
  init(_ runs: [HexDumpRun], _ image: FlashImage) throws(StorageError) {
    var ordered: [HexDumpRun] = []
    for run in runs {
      let first = partition(ordered.count) { ordered[$0].end > run.address }
      let end = partition(ordered.count) { ordered[$0].address >= run.end }
      var replacement = [run]
      for old in ordered[first..<max(first, end)] {
        let overlap = max(old.address, run.address)..<min(old.end, run.end)
        if let address = try Self.firstDifference(old.part(overlap), run.part(overlap), image) {
          differing.add(address)
        }
        if old.address < run.address {
          replacement.insert(old.part(old.address..<run.address), at: 0)
        }
        if old.end > run.end { replacement.append(old.part(run.end..<old.end)) }
      }
      ordered.replaceSubrange(first..<max(first, end), with: replacement)
    }
    for run in ordered {
      if let last = regions.last?.addresses.upperBound, run.address - last <= Self.maximumGap {
        regions[regions.count - 1].runs.append(run)
      } else {
        regions.append(HexDumpRegion(runs: [run]))
      }
    }
  }

  /// As many as may have a file system, the larger ones, by ascending address.
  var largest: [HexDumpRegion] {
    let bySize = regions.indices.sorted { regions[$0].byteCount > regions[$1].byteCount }
    return bySize.prefix(PartitionSearch.maximumFileSystems).sorted().map { regions[$0] }
  }

  private static func firstDifference(
    _ first: HexDumpRun, _ second: HexDumpRun, _ image: FlashImage
  ) throws(StorageError) -> UInt64? {
    var one = ReadWindow(image, first.offset..<first.offset + first.count)
    var other = ReadWindow(image, second.offset..<second.offset + second.count)
    var done: UInt64 = 0
    while done < first.count {
      try one.move(to: first.offset + done, wanted: 1)
      try other.move(to: second.offset + done, wanted: 1)
      let (left, right) = (
        one.bytes(from: first.offset + done), other.bytes(from: second.offset + done)
      )
      for index in 0..<min(left.count, right.count) where left[index] != right[index] {
        return first.address + done + UInt64(index)
      }
      done += UInt64(min(left.count, right.count))
    }
    return nil
  }
}
