internal import JFFS2
internal import Storage

extension FirmwareProbe {
  /// The parts of a firmware in which ``partitions()`` found no JFFS2: by the table that the user gave or that the firmware contains, or by
  /// what is known of the data.
  package func partsWithoutJFFS2() throws(FirmwareError) -> FlashParts {
    let range = try chosenRange()
    return try storage { () throws(StorageError) in
      let table = try tableWithoutJFFS2(range).markingAliases { _ in nil }
      return try FlashParts(FlashArea(image, range), table: table, fileSystems: [])
    }
  }

  private func tableWithoutJFFS2(
    _ range: Range<UInt64>
  ) throws(StorageError) -> [MTDParts.Resolved] {
    let starts = try FlashGap(image, range).known().map(\.offset)
    if let table = options.table {
      return MTDPartsSearch.choose(of: table, range, starts: starts).parts
    }
    guard !starts.isEmpty else { return [] }
    let pass = try NodeScanPass(image, range, endianness: nil, note: progress?.pass(range))
    let found = MTDPartsSearch.choose(
      pass.tables, espTables: try ESPPartitionTable.find(in: image, range), range, starts: starts)
    return found?.parts ?? []
  }
}
