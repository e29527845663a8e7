package import JFFS2

/// A file system found in a firmware file, and the containers that lead to it.
package struct Partition: Sendable {
  /// The name in the partition table or in the U-Boot image around it, or one made from its offset.
  package internal(set) var name: String
  /// The range of the file system; in a NAND dump, counted without its spare areas.
  package let range: FlashRange
  /// How its boundaries are known.
  package internal(set) var source: PartitionCandidate.Source
  /// The containers that were removed to reach it, outermost first.
  package let containers: [Container]
  /// The warnings about the contents, one sentence each.
  package internal(set) var warnings: [String]
  /// Those of ``warnings`` that report damaged or missing bytes.
  package var flaws: [String] = []
  /// The partitions of the table that defines its boundaries, if there is one.
  package var table: [MTDParts.Resolved] = []
  /// Whether other partitions of the table show its contents, so that it is served only where it is selected.
  package var isAlias = false
  /// The bytes in which it was looked for, with what is beside it; of a UBI volume, those that hold the device.
  package var area: FlashArea?
  /// Its nodes, where the search has read them all.
  package var log: LogScan?
}

extension Partition {
  /// The offset of the file system in the firmware.
  package var offset: UInt64 { range.imageOffset(0) }

  func overlaps(_ other: Partition) -> Bool {
    range.image === other.range.image
      && range.start < other.range.start + UInt64(other.range.length)
      && other.range.start < range.start + UInt64(range.length)
  }

  /// The file system as one of several: named after the U-Boot image that it fills, and with source `.inferred` if it is in no container.
  func named(in payload: ContainerPayload) -> Partition {
    guard source == .wholeImage else { return self }
    var named = self
    if payload.containers.isEmpty { named.source = .inferred }
    if let name = payload.name { named.name = name }
    return named
  }

  /// The same with more lines.
  func adding(warnings: [String], flaws: [String]) -> Partition {
    var partition = self
    partition.warnings += flaws + warnings
    partition.flaws += flaws
    return partition
  }
}

extension [Partition] {
  /// At most as many as are read, the larger ones, in the same order.
  var largest: [Partition] {
    let most = PartitionSearch.maximumFileSystems
    guard count > most else { return self }
    let bySize = indices.sorted {
      self[$0].isAlias != self[$1].isAlias
        ? self[$1].isAlias : self[$0].range.length > self[$1].range.length
    }
    let leftOut = "more than \(most) file systems; the largest ones are read"
    return bySize.prefix(most).sorted().map {
      self[$0].adding(warnings: [], flaws: [leftOut])
    }
  }
}
