internal import JFFS2
internal import Storage

extension FirmwareProbe {
  /// The parts of a firmware in which ``partitions()`` found no JFFS2: by the table that the user gave or that the firmware contains, or by
  /// what is known of the data. Compressed data and an archive with one member are unpacked, given spare areas are left out.
  package func partsWithoutJFFS2() throws(FirmwareError) -> FlashParts {
    let payload = try payloadWithoutJFFS2()
    return try storage { () throws(StorageError) in
      let area = FlashArea(payload.image, payload.range, hasGivenTable: options.table != nil)
      let (table, flaw) = try tableWithoutJFFS2(area)
      return try FlashParts(
        area, table: table.markingAliases { _ in nil }, fileSystems: [],
        containers: payload.containers, flaw: flaw)
    }
  }

  private func payloadWithoutJFFS2() throws(FirmwareError) -> ContainerPayload {
    let range = try chosenRange()
    let payload = unwrapper.onlyPayload(image, range) ?? whole(range)
    guard let layout = options.spareArea else { return payload }
    return payload.without(layout, isFound: false)
  }

  private func tableWithoutJFFS2(
    _ area: FlashArea
  ) throws(StorageError) -> (parts: [MTDParts.Resolved], flaw: String?) {
    let (image, range) = (area.image, area.range)
    let starts = try FlashGap(image, range).known().map(\.offset)
    if let table = options.table {
      return (MTDPartsSearch.choose(of: table, range, [], others: starts).parts, nil)
    }
    guard !starts.isEmpty else { return ([], nil) }
    let pass = try NodeScanPass(image, range, endianness: nil, onProgress: progress?.pass(range))
    let found = MTDPartsSearch.choose(
      pass.tables, espTables: try ESPPartitionTable.find(in: image, range), range, [],
      others: starts)
    return (found?.parts ?? [], found?.flaw)
  }
}
