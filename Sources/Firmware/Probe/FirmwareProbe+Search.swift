internal import JFFS2
internal import Storage
internal import Support

extension FirmwareProbe {
  /// The file systems in bytes that are not a container.
  func search(_ inner: ContainerPayload) throws(FirmwareError) -> [Partition] {
    let found = try fileSystems(in: inner)
    guard !inner.isInUBI else { return found }
    return found.map { partition in
      var partition = partition
      partition.area =
        partition.area
        ?? FlashArea(inner.image, inner.range, hasGivenTable: options.table != nil)
      return partition
    }
  }

  private func fileSystems(in inner: ContainerPayload) throws(FirmwareError) -> [Partition] {
    let table = inner.isInUBI ? nil : options.table
    if table == nil, let log = try singleFileSystemScan(inner) {
      return [try partition(log, inner)]
    }
    if options.spareArea == nil, inner.containers.allSatisfy({ !$0.isSpareAreas }), !inner.isInUBI,
      let layout = try spareArea(inner, isCutOff: true)
    {
      return try search(inner.without(layout, isFound: true))
    }
    let result = try storage { () throws(StorageError) in
      try PartitionSearch(
        inner.image, inner.range, endianness: options.endianness, table: table,
        onProgress: progress?.pass(inner.range)
      ).search()
    }
    let pass = result.pass
    let squashFS = result.squashFS.map(\.extent)
    let gaps = try written(
      pass.gaps.filter { squashFS.index(at: $0.lowerBound) == nil }, inner.image)
    let breaks = pass.breaks.filter { squashFS.index(at: $0.offset) == nil }
    if let data = try data(ofDump: inner, breaks, gaps) { return try search(data) }
    let hint = spareAreaHint(inner, breaks, gaps)
    var partitions =
      try result.found.map { found throws(FirmwareError) in
        try partition(found, inner, spareAreaHint: hint)
      } + (inner.isInUBI ? [] : inVolumes(of: result.devices, inner, result.table))
    partitions =
      partitions.isEmpty
      ? try inSquashFS(result, inner)
      : partitions.map { $0.adding(warnings: result.squashFSWarnings, flaws: []) }
    if !partitions.isEmpty {
      let byOffset = partitions.sorted { $0.offset < $1.offset }
      return (byOffset.filter { !$0.isAlias } + byOffset.filter(\.isAlias)).largest
    }
    guard table == nil, result.devices.isEmpty, squashFS.isEmpty, pass.hasLegacyNodes,
      try isLegacy(inner)
    else {
      throw try nothing(in: inner)
    }
    return [
      Partition(
        name: "jffs2", range: try flashRange(inner.image, inner.range), source: .wholeImage,
        containers: inner.containers, warnings: inner.warnings, flaws: inner.flaws)
    ]
  }

  /// The ranges that are neither erased flash nor the zeros with which the driver fills a page.
  private func written(
    _ gaps: [Range<UInt64>], _ image: FlashImage
  ) throws(FirmwareError) -> [Range<UInt64>] {
    try storage { () throws(StorageError) in
      var written: [Range<UInt64>] = []
      for gap in gaps {
        let bytes = try image.bytes(at: gap.lowerBound, count: gap.count, within: gap)
        if bytes.contains(where: { $0 != 0xFF && $0 != 0 }) { written.append(gap) }
      }
      return written
    }
  }

  /// A file system that is all of its bytes.
  private func partition(
    _ log: LogScan, _ inner: ContainerPayload
  ) throws(FirmwareError) -> Partition {
    let name = PartitionCandidate(name: nil, range: inner.range, source: .wholeImage).displayName
    let flaws = [try cutNode(log.range, inner)].compactMap(\.self)
    return Partition(
      name: name, range: log.range, source: .wholeImage, containers: inner.containers,
      warnings: inner.warnings + flaws, flaws: inner.flaws + flaws, log: log)
  }

  /// A file system that was found, with what is known of it.
  private func partition(
    _ found: PartitionCandidate, _ inner: ContainerPayload, spareAreaHint: String?
  ) throws(FirmwareError) -> Partition {
    let start = found.range.lowerBound
    let (image, all) = found.corrected(inner.image)
    let range = all.clamped(to: start..<start + UInt64(FlashRange.maximumLength))
    let flash = try flashRange(
      image, range, eraseSize: range == inner.range ? inner.eraseSize : nil)
    let rest = found.rest.map {
      "leftover of an older file system after \(found.displayName), "
        + "\($0.lowerBound.hexadecimal) to \($0.upperBound.hexadecimal)"
    }
    let flaws =
      [found.flaw, try cutNode(flash, inner), rest, spareAreaHint].compactMap(\.self)
      + found.flaws + shifts(found.shifts)
    let tooLong =
      "only the first 4 GiB of \(found.displayName) are read (the maximum size of JFFS2)"
    return Partition(
      name: found.displayName, range: flash, source: found.source, containers: inner.containers,
      warnings: inner.warnings + flaws + found.warnings + (range == all ? [] : [tooLong]),
      flaws: inner.flaws + flaws, table: found.table, isAlias: found.isAlias)
  }

  /// Each shift, or the first ones and the number of others.
  private func shifts(_ shifts: [ImageShift]) -> [String] {
    guard shifts.count > Self.maximumShifts else { return shifts.map(\.description) }
    let first = shifts.prefix(Self.maximumShifts - 1)
    let last = shifts[shifts.count - 1].offset.hexadecimal
    let hint =
      options.spareArea == nil
      ? "" : "; the spare areas may have another size than \(options.spelling(.oob(nil))) states"
    return first.map(\.description)
      + ["shifted in \(shifts.count - first.count) more places, to \(last)\(hint)"]
  }

  /// More shifts are not reported one by one.
  private static let maximumShifts = 4

  /// The file systems in files of a squashfs. Where such files are compressed, nodes without damage at least.
  private func inSquashFS(
    _ result: PartitionSearch.Result, _ inner: ContainerPayload
  ) throws(FirmwareError) -> [Partition] {
    var partitions: [Partition] = []
    for (candidate, extent) in result.inSquashFS {
      var candidate = candidate
      // Not a flaw: where a part is missing, the nodes show it.
      candidate.warnings.append(
        "\(candidate.displayName) is inside a file in a squashfs; extract that first (unsquashfs)")
      let partition = try partition(candidate, inner, spareAreaHint: nil)
      if !extent.hasCompressedFiles || isIntact(partition, candidate) {
        partitions.append(partition)
      }
    }
    return partitions
  }

  /// Whether a file system has names, and its nodes show no damage.
  private func isIntact(_ partition: Partition, _ candidate: PartitionCandidate) -> Bool {
    guard candidate.shifts.isEmpty, candidate.flaws.isEmpty, candidate.rest == nil,
      let volume = try? Volume(
        scanning: partition.range, Volume.Options(endianness: options.endianness))
    else { return false }
    var entries = try? volume.entries(of: Volume.rootIno)
    return volume.indexDamage.isEmpty && entries?.next() != nil
  }

  /// The error that names the contents found instead of JFFS2.
  private func nothing(in inner: ContainerPayload) throws(FirmwareError) -> FirmwareError {
    let error = try ContainerSession.nothing(in: inner.image, inner.range)
    guard case .noFileSystem(let seen, _, _) = error, options.spareArea == nil,
      !seen.contains(where: \.type.isFileSystem)
    else { return error }
    let length = inner.range.upperBound - inner.range.lowerBound
    return .noFileSystem(seen: seen, spareAreas: SpareAreaDetection.layout(ofDumpOf: length))
  }

  /// A warning where the bytes end inside the file system's last node, and the truncation has not been reported.
  private func cutNode(
    _ range: FlashRange, _ inner: ContainerPayload
  ) throws(FirmwareError) -> String? {
    guard inner.flaws.isEmpty, range.start + UInt64(range.length) == inner.range.upperBound else {
      return nil
    }
    do throws(JFFS2Error) {
      return try range.offsetOfTruncatedNode(endianness: options.endianness).map {
        "the file ends inside a node, at \(range.imageOffset($0).hexadecimal): it is truncated"
      }
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// The log of the range if it clearly is a single file system: it starts with a node of the current format, and the scan that the mount
  /// needs anyway finds no trace of another one. ``PartitionSearch`` would have the same result.
  private func singleFileSystemScan(_ inner: ContainerPayload) throws(FirmwareError) -> LogScan? {
    let start = try storage { () throws(StorageError) in
      try inner.image.bytes(
        at: inner.range.lowerBound, count: NodeHeader.size, within: inner.range)
    }
    let dialect = Endianness.allCases.map { Dialect($0) }.first { dialect in
      (options.endianness ?? dialect.endianness) == dialect.endianness
        && start.count == NodeHeader.size
        && NodeHeader(parsing: start.span, dialect: dialect) != nil
    }
    guard let dialect else { return nil }
    // Errors in the log are reported by its next reader.
    let log = try? LogScan(
      FlashRange(inner.image, inner.range, eraseSize: inner.eraseSize), dialect: dialect)
    return log.flatMap { $0.isOneFileSystem ? $0 : nil }
  }
}

extension PartitionSearch.Result {
  /// The lines about nodes in a squashfs, beside a file system elsewhere.
  fileprivate var squashFSWarnings: [String] {
    squashFS.prefix(4).map {
      "JFFS2 nodes at \($0.firstNode.hexadecimal) are inside a file in a squashfs; "
        + "extract that first (unsquashfs)"
    }
  }
}
