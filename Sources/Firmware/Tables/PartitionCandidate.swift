internal import Storage
internal import Support

/// A file system in an image, as the search has found it.
package struct PartitionCandidate: Equatable, Sendable {
  /// How its boundaries are known.
  package enum Source: Equatable, Sendable {
    /// Nothing else is in the range that was searched.
    case wholeImage
    /// Nothing else is in the UBI volume.
    case wholeVolume
    /// The user said where to look, and nothing else is there.
    case givenRange
    /// From the table that the user gave, and for which of its devices where it has several.
    case givenTable(device: String? = nil)
    /// From the table at this offset of the image.
    case tableInImage(offset: UInt64, kind: TableKind = .mtdparts)
    /// From the nodes themselves.
    case inferred
  }

  /// A kind of table that an image may contain.
  package enum TableKind: String, Sendable {
    case mtdparts = "mtdparts="
    case espIDF = "ESP-IDF partition table"
  }

  /// The partition's name; nil if no table defines it.
  package let name: String?
  /// The range in the image.
  package internal(set) var range: Range<UInt64>
  package internal(set) var source: Source
  /// The problem of the table that defines the boundaries; nil if there is none.
  package var flaw: String?
  /// All partitions of that table, also those without JFFS2.
  package var table: [MTDParts.Resolved] = []
  /// Whether its file system is in other partitions of the table, so that it is read only where it is selected.
  package var isAlias = false

  /// The bytes that the dump has too many or too few inside ``range``.
  package var shifts: [ImageShift] = []
  /// The leftover of an older file system after it.
  package var rest: Range<UInt64>?
  /// The messages about damaged, missing or repeated data.
  package var flaws: [String] = []
  /// Other messages for the user.
  package var warnings: [String] = []

  package init(name: String?, range: Range<UInt64>, source: Source, flaw: String? = nil) {
    self.name = name
    self.range = range
    self.source = source
    self.flaw = flaw
  }

  /// The name, or one that contains the offset.
  package var displayName: String {
    if let name, !name.isEmpty { return name }
    return "jffs2@\(range.lowerBound.hexadecimal)"
  }
}

extension PartitionCandidate.Source: CustomStringConvertible {
  package var description: String {
    switch self {
    case .wholeImage: "whole file"
    case .wholeVolume: "whole UBI volume"
    case .givenRange: "boundaries as specified"
    case .givenTable(let device):
      "boundaries as specified by mtdparts=\(device.map { " for \($0)" } ?? "")"
    case .tableInImage(let offset, let kind):
      "boundaries from the \(kind.rawValue) found at \(offset.hexadecimal)"
    case .inferred: "boundaries inferred from its nodes"
    }
  }
}
