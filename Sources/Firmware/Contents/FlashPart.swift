internal import JFFS2
package import Storage
internal import Support

/// A part of a flash memory or a file: a partition, or what is between two.
package struct FlashPart: Sendable {
  /// The partition's name; nil for what is in none.
  package let name: String?
  package let range: Range<UInt64>
  /// The contents; nil for JFFS2.
  package let contents: Contents?
  /// Whether other parts have its bytes too.
  package let isAlias: Bool

  package var byteCount: UInt64 { range.upperBound - range.lowerBound }

  /// The end of a file's name for its contents.
  package var fileExtension: String { contents?.type.fileExtension ?? "jffs2" }
}

/// All parts of an area. Those that are not aliases follow each other without a gap and cover the whole area.
package struct FlashParts: Sendable {
  package let area: FlashArea
  /// The parts ordered by offset, followed by the aliases.
  package let list: [FlashPart]
  /// The containers around the area of a firmware without JFFS2.
  package let containers: [Container]
  /// Why parts are missing, of a firmware without JFFS2; nil if none are.
  package let flaw: String?

  /// - Parameters:
  ///   - table: The partitions of the table that describes the area, if one does. What overlaps others is an alias in the user's table,
  ///     else an error of the table.
  ///   - fileSystems: Names and places of the JFFS2 file systems; those that are in partitions of the table have their names.
  ///   - containers: The containers around the area.
  package init(
    _ area: FlashArea, table: [MTDParts.Resolved],
    fileSystems: [(name: String, range: Range<UInt64>)], containers: [Container] = [],
    flaw: String? = nil
  ) throws(StorageError) {
    self.area = area
    self.flaw = flaw
    self.containers = containers
    var aliases = table.filter(\.isAlias).map { (name: $0.name, range: $0.range) }
    var named: [(name: String, range: Range<UInt64>)] = []
    for partition in table where !partition.isAlias {
      // A partition in which a file system begins or ends, but not both, shows bytes of others.
      let isWhole = fileSystems.allSatisfy {
        !$0.range.overlaps(partition.range) || partition.range.contains($0.range)
      }
      if isWhole, !named.contains(where: { $0.range.overlaps(partition.range) }) {
        named.append((partition.name, partition.range.clamped(to: area.range)))
      } else if area.hasGivenTable {
        aliases.append((partition.name, partition.range))
      }
    }
    let partitions = named.count
    for (name, range) in fileSystems
    where !named[..<partitions].contains(where: { $0.range.overlaps(range) }) {
      // Where bytes are missing, or a table does not fit the data, they may overlap each other.
      guard let other = named.firstIndex(where: { $0.range.overlaps(range) }) else {
        named.append((name, range.clamped(to: area.range)))
        continue
      }
      let before = named[other].range
      guard before.lowerBound < range.lowerBound, before.upperBound < range.upperBound else {
        aliases.append((name, range))
        continue
      }
      named[other].range = before.lowerBound..<range.lowerBound
      named.append((name, range.clamped(to: area.range)))
    }
    var parts: [FlashPart] = []
    var end = area.range.lowerBound
    for (name, range) in named.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard !range.isEmpty else { continue }
      parts += try FlashGap(area.image, end..<max(end, range.lowerBound)).parts()
      let isJFFS2 = fileSystems.contains { range.contains($0.range.lowerBound) }
      parts.append(
        FlashPart(
          name: name, range: range, contents: isJFFS2 ? nil : try Contents.of(area.image, range),
          isAlias: false))
      end = range.upperBound
    }
    parts += try FlashGap(area.image, end..<max(end, area.range.upperBound)).parts()
    for alias in aliases {
      let range = alias.range.clamped(to: area.range)
      guard !range.isEmpty else { continue }
      let isJFFS2 = fileSystems.contains { $0.range.lowerBound == range.lowerBound }
      parts.append(
        FlashPart(
          name: alias.name, range: range,
          contents: isJFFS2 ? nil : try Contents.of(area.image, range), isAlias: true))
    }
    list = parts
  }
}

extension FlashParts {
  /// Those that have all of the bytes once, with the names of files for them.
  package var files: [(name: String, part: FlashPart)] {
    zip(fileNames, list).compactMap { name, part in name.map { ($0, part) } }
  }

  /// For each part the name of a file for its bytes: the partition's, or the offset of what is in none, and an extension for the contents;
  /// nil for an alias.
  package var fileNames: [String?] {
    var counts: [String: Int] = [:]
    var taken: Set<String> = []
    return list.enumerated().map { number, part in
      if part.isAlias { return nil }
      let base = part.name.map { VolumeNames.safe($0, number) } ?? part.range.lowerBound.hexadecimal
      var name = "\(base).\(part.fileExtension)"
      while !taken.insert(name).inserted {
        counts[base, default: 1] += 1
        name = "\(base)-\(counts[base] ?? 2).\(part.fileExtension)"
      }
      return name
    }
  }
}
