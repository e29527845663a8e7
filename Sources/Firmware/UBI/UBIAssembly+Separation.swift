extension UBIAssembly {
  /// The indices of the blocks at which devices start.
  ///
  /// A device has each sequence number once. Where one occurs twice, the same image was written to two places next to each other: the
  /// second device starts where the first logical block is repeated, if both have a volume table then.
  static func separate(_ blocks: ArraySlice<UBIBlock>) -> [Int] {
    var starts = [blocks.startIndex]
    while starts.count < maximumDeviceCount {
      let rest = blocks[starts[starts.count - 1]...]
      guard hasRepeatedSequence(rest), let next = firstRepeated(rest),
        hasTable(rest[..<next]), hasTable(rest[next...])
      else { break }
      starts.append(next)
    }
    return starts
  }

  private static let maximumDeviceCount = 16

  private static func hasTable(_ blocks: ArraySlice<UBIBlock>) -> Bool {
    blocks.contains { $0.header?.volume == UBIVolumeTable.volume }
  }

  private static func hasRepeatedSequence(_ blocks: ArraySlice<UBIBlock>) -> Bool {
    var sequences: Set<UInt64> = []
    var unnumbered: Set<[UInt32]> = []
    return blocks.lazy.compactMap(\.header).contains { header in
      header.sequence > 0
        ? !sequences.insert(header.sequence).inserted
        : !unnumbered.insert([header.volume, header.logicalNumber, header.blockVersion]).inserted
    }
  }

  private static func firstRepeated(_ blocks: ArraySlice<UBIBlock>) -> Int? {
    var seen: Set<BlockKey> = []
    return blocks.firstIndex { block in
      block.header.map { !seen.insert(BlockKey($0)).inserted } ?? false
    }
  }
}
