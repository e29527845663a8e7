package import JFFS2
package import Storage
internal import Support

/// Finds every JFFS2 file system in a range of an image, at any offset and in either byte order.
///
/// One pass looks for nodes. Where they contradict each other, one file system ends and another begins. A table of partitions, given or
/// found in the image, shows the boundaries better than the nodes do.
package struct PartitionSearch: Sendable {
  /// The maximum number of file systems to read; a dump of a device has a few.
  package static let maximumFileSystems = 256
  /// More bytes between two file systems are not inserted ones.
  private static let maximumInsertedLength = 64

  private let image: FlashImage
  private let range: Range<UInt64>
  private let endianness: Endianness?
  private let table: MTDParts?
  private let onProgress: (@Sendable (UInt64) -> Void)?

  /// - Parameters:
  ///   - range: Where to look; nil for the whole image.
  ///   - endianness: The only byte order to look for.
  ///   - table: The user's table. If it has several devices, the one that fits best starts where `range` does.
  ///   - onProgress: Called with the current offset from time to time.
  package init(
    _ image: FlashImage, _ range: Range<UInt64>? = nil, endianness: Endianness? = nil,
    table: MTDParts? = nil, onProgress: (@Sendable (UInt64) -> Void)? = nil
  ) {
    self.image = image
    self.range = range ?? 0..<image.byteCount
    self.endianness = endianness
    self.table = table
    self.onProgress = onProgress
  }

  /// The file systems outside UBI, by ascending offset; empty if there are none.
  package func partitions() throws(StorageError) -> [PartitionCandidate] { try search().found }

  /// The result of a search.
  struct Result {
    /// The file systems outside UBI and squashfs.
    var found: [PartitionCandidate] = []
    /// Those in the files of a squashfs, where there are no others.
    var inSquashFS: [(candidate: PartitionCandidate, extent: SquashFSExtent)] = []
    /// Each squashfs that has nodes, with the offset of the first one.
    var squashFS: [(extent: SquashFSExtent, firstNode: UInt64)] = []
    /// The UBI devices if there are JFFS2 nodes anywhere.
    var devices: [UBIDevice] = []
    /// The partitions of the table, where there are UBI devices.
    var table: [MTDParts.Resolved] = []
    /// The pass that found the nodes.
    let pass: NodeScanPass
  }

  func search() throws(StorageError) -> Result {
    let pass = try NodeScanPass(image, range, endianness: endianness, onProgress: onProgress)
    var result = Result(pass: pass)
    let groups = pass.groups.values.filter { !$0.nodes.isEmpty }
    guard !groups.isEmpty else { return result }
    result.devices = try UBIDevice.locate(image, range, pass.ubiHeaders.offsets)
    guard result.devices.isEmpty else {
      (result.found, result.table) = try partitions(
        groups, pass.tables, outside: &result.devices)
      return result
    }
    let extents = try SquashFSExtent.locate(image, range, pass.squashFS.offsets)
    let outside = extents.isEmpty ? groups : groups.map { $0.outside(of: extents) }
    result.found = try partitions(outside.filter { !$0.nodes.isEmpty }, pass)
    if result.found.contains(where: { $0.divides(extents) }) {
      // What the table says about the flash counts more.
      result.found = try partitions(groups, pass)
      return result
    }
    for extent in extents {
      let inside = groups.map { $0.part(in: extent.range) }.filter { !$0.nodes.isEmpty }
      guard let first = inside.map({ $0.nodes[0].offset }).min() else { continue }
      result.squashFS.append((extent, first))
      guard result.found.isEmpty else { continue }
      result.inSquashFS += try fileSystems(inside, extent.range).map { ($0, extent) }
    }
    return result
  }

  private func partitions(
    _ groups: [NodeGroup], _ pass: NodeScanPass
  ) throws(StorageError) -> [PartitionCandidate] {
    guard !groups.isEmpty else { return [] }
    var groups = groups
    var range = range
    let repetition = table == nil ? try repetition(groups) : nil
    if let repetition {
      range = range.lowerBound..<repetition
      groups = groups.map { $0.prefix(before: repetition) }
    }
    var inferred = try fileSystems(groups, range)
    if let repetition {
      let message =
        "the second half, \(repetition.hexadecimal) to end, repeats the first: "
        + "the dump was probably read with 3-byte addresses, and half of the flash is missing"
      // What the second half of the flash contains is missing.
      for index in inferred.indices { inferred[index].flaws.append(message) }
    }
    if let table {
      let found = MTDPartsSearch.choose(of: table, self.range, inferred)
      return comparison(found.parts, inferred, groups)
        .following(.givenTable(device: found.device), found.flaw)
    }
    let espTables = try ESPPartitionTable.find(in: image, self.range)
    if let found = MTDPartsSearch.choose(
      pass.tables, espTables: espTables, self.range, inferred)
    {
      return comparison(found.parts, inferred, groups)
        .fitting(found.kind, at: found.offset, found.flaw)
    }
    guard inferred.count == 1, range == self.range, inferred[0].rest == nil,
      range.upperBound - range.lowerBound <= FlashRange.maximumLength
    else { return inferred }
    var reader = GapReader(image, range)
    if try reader.isErasedFlash(range.lowerBound..<inferred[0].range.lowerBound) {
      inferred[0].range = range
      inferred[0].source = .wholeImage
    }
    return inferred
  }

  /// The file systems outside UBI devices, whose blocks are not in logical order, and the partitions of the table.
  ///
  /// - Parameter devices: Are split where partitions of the table begin and end.
  private func partitions(
    _ groups: [NodeGroup], _ tables: [(offset: UInt64, text: String)],
    outside devices: inout [UBIDevice]
  ) throws(StorageError) -> (found: [PartitionCandidate], table: [MTDParts.Resolved]) {
    let starts = [range.lowerBound] + devices.map(\.range.upperBound)
    let ends = devices.map(\.range.lowerBound) + [range.upperBound]
    var inferred: [PartitionCandidate] = []
    var outer: [NodeGroup] = []
    for (start, end) in zip(starts, ends) where start < end {
      let inside = groups.map { $0.part(in: start..<end) }.filter { !$0.nodes.isEmpty }
      inferred += try fileSystems(inside, start..<end)
      outer += inside
    }
    let deviceOffsets = devices.map(\.range.lowerBound)
    if let table {
      let found = MTDPartsSearch.choose(of: table, range, inferred, others: deviceOffsets)
      devices = devices.flatMap { $0.split(at: found.parts) }
      let comparison = comparison(found.parts, inferred, outer)
      return (
        comparison.following(.givenTable(device: found.device), found.flaw), comparison.parts
      )
    }
    guard let found = MTDPartsSearch.choose(tables, range, inferred, others: deviceOffsets) else {
      return (inferred, [])
    }
    devices = devices.flatMap { $0.split(at: found.parts) }
    let comparison = comparison(found.parts, inferred, outer)
    return (comparison.fitting(found.kind, at: found.offset, found.flaw), comparison.parts)
  }

  /// The file systems that the nodes show, compared with ranges that were chosen otherwise.
  func comparison(with chosen: [Range<UInt64>]) throws(StorageError) -> TableComparison {
    let pass = try NodeScanPass(image, range, endianness: endianness, onProgress: onProgress)
    let extents = try SquashFSExtent.locate(image, range, pass.squashFS.offsets)
    let groups = pass.groups.values.map { extents.isEmpty ? $0 : $0.outside(of: extents) }
      .filter { !$0.nodes.isEmpty }
    return comparison(
      chosen.map { MTDParts.Resolved(name: "", range: $0) }, try fileSystems(groups, range), groups,
      shifts: [])
  }

  /// The file systems compared with the partitions of a table; bytes that are missing or surplus before one are flaws of it.
  private func comparison(
    _ parts: [MTDParts.Resolved], _ inferred: [PartitionCandidate], _ groups: [NodeGroup]
  ) -> TableComparison {
    let shifts = parts.shifts(before: inferred).shifts
    var inferred = inferred
    for index in inferred.indices {
      inferred[index].flaws += shifts.filter { $0.offset == inferred[index].range.lowerBound }
        .map(\.description)
    }
    return comparison(parts, inferred, groups, shifts: shifts)
  }

  private func comparison(
    _ parts: [MTDParts.Resolved], _ inferred: [PartitionCandidate], _ groups: [NodeGroup],
    shifts: [ImageShift]
  ) -> TableComparison {
    let shifts = (shifts + inferred.flatMap(\.shifts)).sorted { $0.offset < $1.offset }
    return TableComparison(
      parts.map { $0.moved(by: shifts, end: range.upperBound) }, inferred, groups)
  }

  /// The start of the second half if it is the same as the first.
  private func repetition(_ groups: [NodeGroup]) throws(StorageError) -> UInt64? {
    let half = (range.upperBound - range.lowerBound) / 2
    let middle = range.lowerBound + half
    guard half % BlockGrid.smallest == 0, range.upperBound == middle + half,
      groups.contains(where: { $0.nodes.contains { $0.kind != .cleanmarker } }),
      groups.allSatisfy({ $0.repeats(from: middle, by: half) })
    else { return nil }
    var first = ReadWindow(image, range.lowerBound..<middle)
    var second = ReadWindow(image, middle..<range.upperBound)
    var offset = range.lowerBound
    while offset < middle {
      try first.move(to: offset, wanted: 1)
      try second.move(to: offset + half, wanted: 1)
      let (one, other) = (first.bytes(from: offset), second.bytes(from: offset + half))
      for index in one.indices where one[index] != other[index] { return nil }
      offset += UInt64(one.count)
    }
    return middle
  }

  /// The file systems that the nodes themselves show.
  private func fileSystems(
    _ groups: [NodeGroup], _ range: Range<UInt64>
  ) throws(StorageError) -> [PartitionCandidate] {
    var located: [LocatedNodes] = []
    for group in groups {
      var splitter = NodeGroupSplitter(image, range, group)
      located += try splitter.fileSystems()
    }
    // A cleanmarker among foreign data is not a file system.
    if located.contains(where: \.isFileSystem) { located = located.filter(\.isFileSystem) }
    located = Self.withoutOverlaps(located, groups)
    var reader = GapReader(image, range)
    var found: [PartitionCandidate] = []
    for (index, nodes) in located.enumerated() {
      let next = index + 1 < located.count ? located[index + 1].range.lowerBound : range.upperBound
      let grid = BlockGrid(cleanmarkers: nodes.cleanmarkers, anchor: nodes.range.lowerBound)
      var start = nodes.range.lowerBound
      let block = grid.partitionStart(start)
      if grid.isKnown, block >= found.last?.range.upperBound ?? range.lowerBound,
        try reader.isErased(block..<start)
      {
        start = block
      }
      let most = max(nodes.range.upperBound, min(nodes.limit, next))
      let rounded = min(most, grid.ceiling(nodes.range.upperBound))
      let end = try reader.firstWrittenBlock(rounded..<most, grid) ?? most
      guard start < end else { continue }
      var partition = PartitionCandidate(name: nil, range: start..<end, source: .inferred)
      partition.shifts = nodes.shifts
      partition.rest = nodes.rest
      if index > 0, !found.isEmpty, (start - located[index - 1].range.lowerBound) % 4 != 0,
        try !reader.hasWritten(
          located[index - 1].range.upperBound..<start, moreThan: Self.maximumInsertedLength)
      {
        found[found.count - 1].flaws.append(
          "bytes are missing or inserted before \(start.hexadecimal), where another file "
            + "system begins: nodes begin at multiples of 4 bytes")
      }
      found.append(partition)
    }
    return found
  }

  /// The located nodes without those that overlap larger ones; stops when there are more than can be read.
  private static func withoutOverlaps(
    _ located: [LocatedNodes], _ groups: [NodeGroup]
  ) -> [LocatedNodes] {
    guard groups.count > 1 else {
      return located.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
    var kept: [LocatedNodes] = []
    for nodes in located.sorted(by: { $0.length > $1.length })
    where !kept.contains(where: { $0.range.overlaps(nodes.range) }) {
      kept.append(nodes)
      if kept.count > maximumFileSystems { break }
    }
    return kept.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }
}

extension PartitionCandidate {
  /// Whether a partition of the table that defines it begins or ends inside a squashfs.
  fileprivate func divides(_ extents: [SquashFSExtent]) -> Bool {
    table.contains { part in
      [part.range.lowerBound, part.range.upperBound].contains { boundary in
        extents.index(at: boundary).map { extents[$0].range.lowerBound < boundary } ?? false
      }
    }
  }
}

extension LocatedNodes {
  fileprivate var length: UInt64 { range.upperBound - range.lowerBound }

  /// Whether there is more than a single cleanmarker.
  fileprivate var isFileSystem: Bool { hasContents || cleanmarkers.count > 1 }
}
