package import JFFS2
package import Storage

/// Finds every JFFS2 file system in a range of an image, at any offset and in either byte order.
///
/// One pass looks for nodes. Foreign data of an erase block and more ends a file system, and so does a node that cannot belong to
/// the same one as those before it. A table of partitions, given or found in the image, tells the borders better than the nodes do.
package struct PartitionSearch: Sendable {
  /// How many file systems are read; a dump of a device has a few.
  package static let mostFileSystems = 256

  private let image: FlashImage
  private let range: Range<UInt64>
  private let endianness: Endianness?
  private let table: MTDParts?
  private let note: (@Sendable (UInt64) -> Void)?

  /// - Parameters:
  ///   - range: Where to look; nil for the whole image.
  ///   - endianness: The only byte order to look for.
  ///   - table: The user's table. Of several devices in it, the one that fits best begins where `range` does.
  ///   - note: Is told the place that has been looked at now and then.
  package init(
    _ image: FlashImage, _ range: Range<UInt64>? = nil, endianness: Endianness? = nil,
    table: MTDParts? = nil, note: (@Sendable (UInt64) -> Void)? = nil
  ) {
    self.image = image
    self.range = range ?? 0..<image.byteCount
    self.endianness = endianness
    self.table = table
    self.note = note
  }

  /// The file systems, by ascending offset; none where there are none.
  package func partitions() throws(StorageError) -> [FoundPartition] {
    let survey = try NodeSurvey(image, range, endianness: endianness, note: note)
    let groups = survey.groups.values.filter(\.isCertain)
    guard !groups.isEmpty else { return [] }
    var inferred: [Range<UInt64>] = []
    var splitter = GroupSplitter(image, range)
    for group in groups { inferred += try splitter.fileSystems(group) }
    inferred = Self.withoutOverlaps(inferred, groups)
    let starts = inferred.map(\.lowerBound)
    if let table {
      let found = MTDPartsSearch.choose(of: table, range, starts: starts)
      return Self.comparison(found.parts, inferred, groups)
        .following(.givenTable(device: found.device), found.flaw)
    }
    if let found = MTDPartsSearch.choose(survey.tables, range, starts: starts) {
      return Self.comparison(found.parts, inferred, groups)
        .fitting(.tableInImage(offset: found.offset), found.flaw)
    }
    if inferred.count == 1, range.upperBound - range.lowerBound <= FlashRange.maximumLength,
      try splitter.isErased(before: inferred[0])
    {
      return [FoundPartition(name: nil, range: range, source: .wholeImage)]
    }
    return inferred.map { FoundPartition(name: nil, range: $0, source: .inferred) }
  }

  /// The file systems that the nodes show, compared with ranges that were chosen otherwise.
  func comparison(with chosen: [Range<UInt64>]) throws(StorageError) -> TableComparison {
    let survey = try NodeSurvey(image, range, endianness: endianness, note: note)
    let groups = survey.groups.values.filter(\.isCertain)
    var inferred: [Range<UInt64>] = []
    var splitter = GroupSplitter(image, range)
    for group in groups { inferred += try splitter.fileSystems(group) }
    return Self.comparison(
      chosen.map { MTDParts.Resolved(name: "", range: $0) },
      Self.withoutOverlaps(inferred, groups), groups)
  }

  private static func comparison(
    _ parts: [MTDParts.Resolved], _ inferred: [Range<UInt64>], _ groups: [NodeGroup]
  ) -> TableComparison {
    TableComparison(
      parts, inferred.map { FoundPartition(name: nil, range: $0, source: .inferred) },
      marks: groups.flatMap { group in
        group.claims.map {
          NodeMark(
            offset: $0.offset, isDirent: $0.isDirent, number: $0.ino, version: $0.version,
            target: $0.target, signature: $0.signature)
        }
      },
      cleanmarkers: groups.flatMap(\.cleanmarkers))
  }

  /// Of ranges that overlap, the larger ones; of very many, so many of these that the rest need not be known.
  private static func withoutOverlaps(
    _ ranges: [Range<UInt64>], _ groups: [NodeGroup]
  ) -> [Range<UInt64>] {
    guard groups.count > 1 else { return ranges.sorted { $0.lowerBound < $1.lowerBound } }
    var kept: [Range<UInt64>] = []
    for range in ranges.sorted(by: { $0.upperBound - $0.lowerBound > $1.upperBound - $1.lowerBound }
    ) where !kept.contains(where: { $0.overlaps(range) }) {
      kept.append(range)
      if kept.count > mostFileSystems { break }
    }
    return kept.sorted { $0.lowerBound < $1.lowerBound }
  }
}
