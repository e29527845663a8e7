internal import Storage
internal import Support

extension TableComparison {
  /// The partitions of a table that the user gave, and file systems that are in aliases only. The table is always used;
  /// differences from the data are reported.
  func following(_ source: PartitionCandidate.Source, _ flaw: String?) -> [PartitionCandidate] {
    let aliases = parts.filter(\.isAlias)
    var unbounded = fileSystems.filter { fileSystem in
      aliases.contains { $0.range.overlaps(fileSystem.range) }
        && !bounding.contains {
          evidence.start(in: $0.range.clamped(to: fileSystem.range)) != nil
        }
    }
    var missing = outside.filter { range in !unbounded.contains { $0.range == range } }
    for cut in cuts where !cut.isCertain && isOutside(cut.reach) {
      missing.append(cut.outerRange)
    }
    let warnings =
      missing.isEmpty ? [] : ["in no partition of mtdparts: JFFS2 at \(missing.hexadecimal)"]
    for index in unbounded.indices { unbounded[index].table = parts }
    let found = servedParts.map { part in
      var found = partition(part, source, flaw)
      found.table = parts
      found.warnings = warnings
      found.flaws += flaws("mtdparts") {
        $0.lowerBound < part.range.upperBound && part.range.lowerBound < $0.upperBound
      }
      return found
    }
    return Self.aliasesLast(found + unbounded)
  }

  /// The partitions ordered by offset, with aliases after all others.
  private static func aliasesLast(_ found: [PartitionCandidate]) -> [PartitionCandidate] {
    found.sorted {
      ($0.isAlias ? 1 : 0, $0.range.lowerBound) < ($1.isAlias ? 1 : 0, $1.range.lowerBound)
    }
  }

  /// The partitions of a table in the image that fit the data, and what the data show beside them.
  func fitting(
    _ kind: PartitionCandidate.TableKind, at offset: UInt64, _ flaw: String?
  ) -> [PartitionCandidate] {
    let source = PartitionCandidate.Source.tableInImage(offset: offset, kind: kind)
    let kept = servedParts.filter { !$0.isAlias && !isContradicted($0) }
    let others = fileSystems.compactMap { fileSystem -> PartitionCandidate? in
      guard let rest = rest(of: fileSystem.range, besides: kept) else { return nil }
      var other = fileSystem
      other.range = rest
      other.flaws += flaws("the \(kind.rawValue) in the dump does not fit the data") {
        $0.overlaps(fileSystem.range)
      }
      return other
    }
    let named = kept.map { partition($0, source, flaw) }
    let aliases = servedParts.filter(\.isAlias).map { partition($0, source, flaw) }
    return Self.aliasesLast(named + others + aliases).map {
      var partition = $0
      partition.table = parts
      return partition
    }
  }

  /// The partitions with JFFS2.
  private var servedParts: [MTDParts.Resolved] { parts.filter(hasFileSystem) }

  /// The file systems of which nodes are in a partition.
  private func fileSystems(in part: MTDParts.Resolved) -> [PartitionCandidate] {
    fileSystems.filter { holds(part, $0.range) }
  }

  /// A partition of the table, with what is known of the file systems in it.
  private func partition(
    _ part: MTDParts.Resolved, _ source: PartitionCandidate.Source, _ flaw: String?
  ) -> PartitionCandidate {
    var found = PartitionCandidate(name: part.name, range: part.range, source: source, flaw: flaw)
    found.isAlias = part.isAlias
    let inside = fileSystems(in: part)
    found.flaws = inside.flatMap(\.flaws)
    if inside.count > 1, parts.contains(where: part.contains) {
      found.flaws.append(
        "\(part.name) contains other partitions and \(inside.count) file systems: "
          + "\(inside.map(\.range).hexadecimal)")
    }
    if inside.count == 1 {
      found.shifts = inside[0].shifts.filter { part.range.contains($0.offset) }
    }
    return found
  }

  private func isContradicted(_ part: MTDParts.Resolved) -> Bool {
    merges.contains { $0.part == part }
      || cuts.contains { $0.isCertain && holds(part, $0.fileSystem) }
      || parts.contains(where: part.contains) && fileSystems(in: part).count > 1
  }

  /// The parts of a file system outside the partitions.
  private func rest(
    of fileSystem: Range<UInt64>, besides kept: [MTDParts.Resolved]
  ) -> Range<UInt64>? {
    let last = lastNode(of: fileSystem)
    guard !kept.contains(where: { $0.range.contains(last) }) else { return nil }
    let start = kept.filter { holds($0, fileSystem) }.map(\.range.upperBound).max()
    let end = kept.map(\.range.lowerBound).filter { $0 > last }.min() ?? .max
    return max(fileSystem.lowerBound, start ?? 0)..<min(fileSystem.upperBound, end)
  }

  /// The file systems in a range that the table cuts or merges.
  private func flaws(_ label: String, _ concerns: (Range<UInt64>) -> Bool) -> [String] {
    let cut = cuts.filter { $0.isCertain && concerns($0.fileSystem) }.map(\.description)
    let merged = merges.filter { concerns($0.part.range) }.map {
      "\($0.part.name) contains \($0.fileSystems.count) file systems"
    }
    guard !(cut.isEmpty && merged.isEmpty) else { return [] }
    let fit = fileSystems.map(\.range).hexadecimal
    return (cut + merged).map { "\(label): \($0); file systems by the data: \(fit)" }
  }

  private func isOutside(_ offset: UInt64) -> Bool {
    !parts.contains { $0.range.contains(offset) }
  }
}

extension [Range<UInt64>] {
  /// The ranges for a message.
  var hexadecimal: String {
    let shown = prefix(8).map { "\($0.lowerBound.hexadecimal)-\($0.upperBound.hexadecimal)" }
    return shown.joined(separator: ", ") + (count > shown.count ? ", …" : "")
  }
}

extension TableComparison.Cut: CustomStringConvertible {
  var description: String {
    reach >= part.range.upperBound
      ? "the file system in \(part.name) continues after the partition's end at "
        + "\(part.range.upperBound.hexadecimal), to \(fileSystem.upperBound.hexadecimal)"
      : "the file system in \(part.name) begins before the partition's start at "
        + "\(part.range.lowerBound.hexadecimal), at \(fileSystem.lowerBound.hexadecimal)"
  }

  /// The part of the file system outside the partition.
  var outerRange: Range<UInt64> {
    reach >= part.range.upperBound
      ? part.range.upperBound..<fileSystem.upperBound
      : fileSystem.lowerBound..<part.range.lowerBound
  }
}
