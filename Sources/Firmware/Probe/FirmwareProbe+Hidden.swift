internal import JFFS2
internal import Storage
internal import Support

/// The file systems that specified options hide or cut.
extension FirmwareProbe {
  /// The distance around a specified range that is searched for JFFS2.
  static let surroundings: UInt64 = 64 << 20

  /// The file systems with a line about those that are outside the given range, or reach over its ends.
  func withSurroundings(
    _ found: [Partition], _ range: Range<UInt64>
  ) throws(FirmwareError) -> [Partition] {
    guard range != 0..<image.byteCount, found.allSatisfy({ $0.range.image === image }) else {
      return found
    }
    let start = range.lowerBound - min(range.lowerBound, Self.surroundings)
    let end = range.upperBound + min(image.byteCount - range.upperBound, Self.surroundings)
    let comparison = try storage { () throws(StorageError) in
      try PartitionSearch(
        image, start..<end, endianness: options.endianness, onProgress: progress?.pass(start..<end)
      ).comparison(with: [range])
    }
    let outside =
      comparison.outside + comparison.cuts.filter { !$0.isCertain }.map(\.outerRange)
    let given = [
      options.offset > 0 ? options.spelling(.offset(options.offset)) : nil,
      options.length.map { options.spelling(.length($0)) },
    ].compactMap(\.self).joined(separator: " ")
    let flaws = comparison.cuts.filter(\.isCertain).map { cut in
      let (range, whole) = (cut.part.range, cut.fileSystem)
      let place =
        cut.reach < range.lowerBound
        ? "begins before the range, at \(whole.lowerBound.hexadecimal)"
        : "continues beyond the range, to \(whole.upperBound.hexadecimal)"
      let length = whole.upperBound - whole.lowerBound
      return "\(given) cuts a file system: it \(place); what fits: "
        + "\(options.spelling(.offset(whole.lowerBound))) \(options.spelling(.length(length)))"
    }
    let warnings =
      outside.isEmpty
      ? []
      : [
        "outside \(given): JFFS2 at \(outside.hexadecimal); to show it: "
          + options.spelling(.offset(outside[0].lowerBound))
      ]
    return found.map { $0.adding(warnings: warnings, flaws: flaws) }
  }

  /// The file systems with a line about those of the byte order that was not requested.
  func withOtherOrder(
    _ found: [Partition], _ range: Range<UInt64>
  ) throws(FirmwareError) -> [Partition] {
    guard let requested = options.endianness, let first = found.first?.range.image,
      found.allSatisfy({ $0.range.image === first })
    else { return found }
    let searched = first === image ? range : 0..<first.byteCount
    let comparison = try storage { () throws(StorageError) in
      try PartitionSearch(
        first, searched, endianness: requested == .big ? .little : .big,
        onProgress: progress?.pass(searched)
      ).comparison(with: [])
    }
    guard !comparison.outside.isEmpty else { return found }
    let warning =
      "\(options.spelling(.endian(requested))) hides JFFS2 of the other byte order at "
      + "\(comparison.outside.hexadecimal); to show all, drop it"
    return found.map { $0.adding(warnings: [warning], flaws: []) }
  }

  /// The evidence against the specified layout of spare areas.
  func contradiction(
    to layout: NANDPageLayout, _ dump: ContainerPayload
  ) throws(FirmwareError) -> String? {
    let found: SpareAreaDetection.Contradiction?
    do throws(JFFS2Error) {
      found = try SpareAreaDetection.contradiction(to: layout, dump.image, dump.range)
    } catch {
      throw Self.firmwareError(error)
    }
    guard let found else { return nil }
    let given = options.spelling(.oob(layout))
    let fit = found.fit.map { "with \(options.spelling(.oob($0)))" } ?? "without it"
    return "\(given) does not fit the dump: \(found.valid) nodes of a sample are valid, "
      + "\(found.validWithFit) are \(fit)"
  }
}
