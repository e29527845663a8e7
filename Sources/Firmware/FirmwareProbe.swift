internal import JFFS2
package import Storage

/// Finds the file system in a firmware by looking at the bytes, never at the file's name.
package struct FirmwareProbe: Sendable {
  let image: FlashImage
  let options: Options
  /// The share of the search that is done; nil if nobody wants to know.
  let progress: SearchProgress?

  package init(_ image: FlashImage, _ options: Options = Options()) {
    self.image = image
    self.options = options
    progress = options.onSearch.map { SearchProgress(passCount: options.passCount, $0) }
  }

  /// Looks for file systems: inside of containers, without the spare areas of a NAND dump, anywhere in a dump.
  ///
  /// - Returns: One or more, by their offsets, and behind them the partitions of a table that are aliases of others.
  /// - Throws: ``FirmwareError`` that says what was seen instead.
  package func partitions() throws(FirmwareError) -> [Partition] {
    do throws(FirmwareError) {
      return try partitionsAsAsked()
    } catch {
      guard !error.isOfSystem else { throw error }
      if let asked = options.endianness, isFound(without: { $0.endianness = nil }) {
        throw .otherEndianness(asked: asked)
      }
      if let asked = options.spareArea, isFound(without: { $0.spareArea = nil }) {
        throw .noSpareAreas(asked: asked)
      }
      throw error
    }
  }

  /// Whether there are file systems without an option.
  private func isFound(without change: (inout Options) -> Void) -> Bool {
    var others = options
    change(&others)
    others.onSearch = nil
    return (try? FirmwareProbe(image, others).partitions()) != nil
  }

  private func partitionsAsAsked() throws(FirmwareError) -> [Partition] {
    guard image.byteCount > 0 else { throw .empty }
    let range = try chosenRange()
    let found = try searchAll(unwrap(range), range).map(withGivenBorders)
    return try withOtherOrder(withSurroundings(found, range), range)
  }

  /// The file systems in all payloads; of several payloads, those that hold any after all.
  private func searchAll(
    _ payloads: [Unwrapped], _ range: Range<UInt64>
  ) throws(FirmwareError) -> [Partition] {
    guard payloads.count > 1 else {
      let found = try search(withoutSpareAreas(payloads.first ?? whole(range)))
      guard payloads.isEmpty, !isFlash, found[0].log == nil else { return found }
      let beside = try besideJFFS2(range)
      return beside.count > 1 ? try searchAll(beside, range) : found
    }
    let table = payloads.contains(where: \.containers.isEmpty) ? try ofTableInImage(range) : []
    var found = table
    var failure: FirmwareError?
    for payload in payloads {
      do throws(FirmwareError) {
        found += try search(withoutSpareAreas(payload))
          .filter { partition in !table.contains { !$0.isAlias && $0.overlaps(partition) } }
          .map { $0.named(in: payload) }
      } catch {
        guard !error.isOfSystem else { throw error }
        failure = failure ?? error
      }
    }
    if found.isEmpty, let failure { throw failure }
    return (found.filter { !$0.isAlias } + found.filter(\.isAlias)).largest
  }

  /// The partitions of a table that the image has, where it describes the data.
  private func ofTableInImage(_ range: Range<UInt64>) throws(FirmwareError) -> [Partition] {
    let found = try? search(whole(range))
    return found?.filter { if case .tableInImage = $0.source { true } else { false } } ?? []
  }

  /// What is all of a range that the user gave is not all of the file. A payload is whole wherever its container lies.
  private func withGivenBorders(_ partition: Partition) -> Partition {
    guard options.offset > 0 || options.length != nil, partition.source == .wholeImage,
      partition.containers.allSatisfy(\.isSpareAreas)
    else { return partition }
    var given = partition
    given.source = .givenRange
    return given
  }

  /// The file systems in bytes that are no container.
  func search(_ inner: Unwrapped) throws(FirmwareError) -> [Partition] {
    let table = inner.isInUBI ? nil : options.table
    if table == nil, let log = try plainLog(inner) {
      let name = FoundPartition(name: nil, range: inner.range, source: .wholeImage).displayName
      let flaws = [try cutNode(log.range, inner)].compactMap(\.self)
      return [
        Partition(
          name: name, range: log.range, source: .wholeImage, containers: inner.containers,
          warnings: inner.warnings + flaws, flaws: inner.flaws + flaws, log: log)
      ]
    }
    if options.spareArea == nil, inner.containers.allSatisfy({ !$0.isSpareAreas }), !inner.isInUBI,
      let layout = try spareArea(inner, isCutOff: true)
    {
      return try search(inner.without(layout, isFound: true))
    }
    let (found, breaks, devices) = try storage { () throws(StorageError) in
      try PartitionSearch(
        inner.image, inner.range, endianness: options.endianness, table: table,
        note: progress?.pass(inner.range)
      ).search()
    }
    if let data = try data(ofDump: inner, breaks) { return try search(data) }
    let spareAreaHint = spareAreaHint(inner, breaks)
    let inVolumes = inner.isInUBI ? [] : try inVolumes(of: devices, inner)
    let endOfSquashFS = try storage { () throws(StorageError) in
      try Contents.endOfSquashFS(inner.image, inner.range)
    }
    func isInSquashFS(_ partition: FoundPartition) -> Bool {
      partition.source == .inferred
        && endOfSquashFS.map { partition.range.lowerBound < $0 } ?? false
    }
    // Pieces of a file are no file systems beside real ones.
    let pieces = found.filter(isInSquashFS)
    let whole = pieces.count < found.count ? found.filter { !isInSquashFS($0) } : found
    let leftInSquashFS =
      whole.count < found.count
      ? "JFFS2 nodes at 0x\(String(pieces[0].range.lowerBound, radix: 16)) are part of a file in a "
        + "squashfs; extract that first" : nil
    var partitions: [Partition] = []
    for partition in whole {
      let start = partition.range.lowerBound
      let (image, all) = partition.corrected(inner.image)
      let range = all.clamped(to: start..<start + UInt64(FlashRange.maximumLength))
      let isWhole = range == all
      let flash = try flashRange(
        image, range, eraseSize: range == inner.range ? inner.eraseSize : nil)
      let flaws =
        [
          partition.flaw, try cutNode(flash, inner),
          partition.rest.map {
            "behind \(partition.displayName) is the rest of an older file system, "
              + "0x\(String($0.lowerBound, radix: 16)) to 0x\(String($0.upperBound, radix: 16))"
          },
          spareAreaHint,
        ].compactMap(\.self) + partition.flaws + partition.shifts.map(\.description)
      partitions.append(
        Partition(
          name: partition.displayName, range: flash, source: partition.source,
          containers: inner.containers,
          warnings: inner.warnings + flaws + partition.warnings
            + [leftInSquashFS, isInSquashFS(partition) ? Self.inSquashFS(partition) : nil]
            .compactMap(\.self)
            + (isWhole
              ? [] : ["of \(partition.displayName) the first 4 GiB are read; no JFFS2 is larger"]),
          flaws: inner.flaws + flaws, table: partition.table, isAlias: partition.isAlias))
    }
    partitions += inVolumes
    if !partitions.isEmpty {
      let byOffset = partitions.sorted { $0.offset < $1.offset }
      return (byOffset.filter { !$0.isAlias } + byOffset.filter(\.isAlias)).largest
    }
    if table == nil, devices.isEmpty, try isLegacy(inner) {
      let range = try flashRange(inner.image, inner.range)
      return [
        Partition(
          name: "jffs2", range: range, source: .wholeImage, containers: inner.containers,
          warnings: inner.warnings, flaws: inner.flaws)
      ]
    }
    let error = try Unwrapping.nothing(in: inner.image, inner.range)
    guard case .noFileSystem(let seen, _) = error, options.spareArea == nil,
      !seen.contains(where: \.type.isFileSystem)
    else { throw error }
    let length = inner.range.upperBound - inner.range.lowerBound
    throw .noFileSystem(seen: seen, spareAreas: SpareAreaDetection.layout(ofDumpOf: length))
  }

  /// Not a flaw: where a part is missing, the nodes show it.
  private static func inSquashFS(_ partition: FoundPartition) -> String {
    "\(partition.displayName) is part of a file in a squashfs, and perhaps not all of it; "
      + "take the file out of that and mount it"
  }

  /// A warning where the bytes end inside of the file system's last node, and nothing has told yet that they are cut off.
  private func cutNode(
    _ range: FlashRange, _ inner: Unwrapped
  ) throws(FirmwareError) -> String? {
    guard inner.flaws.isEmpty, range.start + UInt64(range.length) == inner.range.upperBound else {
      return nil
    }
    do throws(JFFS2Error) {
      return try range.offsetOfCutNode(endianness: options.endianness).map {
        "the file ends inside a node, at 0x\(String(range.imageOffset($0), radix: 16)): it is cut off"
      }
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// The log that the bytes plainly are: it starts with a node of the current format, and the walk that the mount needs anyhow meets
  /// nothing in it that could be another file system. ``PartitionSearch`` would find the same one.
  private func plainLog(_ inner: Unwrapped) throws(FirmwareError) -> ScannedLog? {
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
    // What is wrong with the log is told by those who read it next.
    let log = try? ScannedLog(
      FlashRange(inner.image, inner.range, eraseSize: inner.eraseSize), dialect: dialect)
    return log.flatMap { $0.isOneFileSystem ? $0 : nil }
  }

  /// A NAND dump's data where the user says that it is one, or where that is certain; else the bytes as they are.
  private func withoutSpareAreas(_ dump: Unwrapped) throws(FirmwareError) -> Unwrapped {
    if let layout = options.spareArea {
      let inner = dump.without(layout, isFound: false)
      return try contradiction(to: layout, dump).map { inner.warned($0, isFlaw: true) } ?? inner
    }
    guard let layout = try spareArea(dump, isCutOff: false) else { return dump }
    return dump.without(layout, isFound: true)
  }

  /// The layout that is certain.
  private func spareArea(
    _ dump: Unwrapped, isCutOff: Bool
  ) throws(FirmwareError) -> SpareAreaLayout? {
    do throws(JFFS2Error) {
      return isCutOff
        ? try SpareAreaDetection.detectCutDump(dump.image, dump.range)
        : try SpareAreaDetection.detect(dump.image, dump.range)
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// The range as it is.
  private func whole(_ range: Range<UInt64>) -> Unwrapped {
    Unwrapped(image: image, range: range, containers: [], warnings: [])
  }

  /// Whether partitions and pages count in the flash, of which a U-Boot image is a part. An archive never is.
  private var isFlash: Bool { options.table != nil || options.spareArea != nil }

  private var unwrapper: Unwrapper {
    Unwrapper(
      Unwrapper.Options(
        maxUnpacked: options.maxUnpacked, unpackingFile: options.unpackingFile,
        member: options.member, endianness: options.endianness, opensImages: !isFlash))
  }

  /// What is left when the containers are taken off; empty where there is none.
  private func unwrap(_ range: Range<UInt64>) throws(FirmwareError) -> [Unwrapped] {
    let unwrapped = try unwrapper.unwrap(image, range)
    guard unwrapped.isEmpty, !isFlash else { return unwrapped }
    let opaque = try storage { () throws(StorageError) in try Contents.opaque(image, range) }
    if let opaque { throw .noFileSystem(seen: [opaque]) }
    return try startsWithJFFS2(range)
      ? [] : unwrapper.unwrapEmbedded(image, range, note: progress?.pass(range))
  }

  /// The U-Boot images beside the file system that a range starts with.
  private func besideJFFS2(_ range: Range<UInt64>) throws(FirmwareError) -> [Unwrapped] {
    try startsWithJFFS2(range)
      ? unwrapper.unwrapEmbedded(image, range, note: progress?.pass(range)) : []
  }

  private func startsWithJFFS2(_ range: Range<UInt64>) throws(FirmwareError) -> Bool {
    try storage { () throws(StorageError) in
      guard let start = try image.endOfPadding(range) else { return true }
      return try image.startsWithJFFS2(start..<range.upperBound)
    }
  }

  /// What `offset` and `length` leave of the image.
  private func chosenRange() throws(FirmwareError) -> Range<UInt64> {
    guard options.offset < image.byteCount,
      options.length ?? 1 > 0, options.length ?? 0 <= image.byteCount - options.offset
    else { throw .outOfRange(byteCount: image.byteCount) }
    let length = options.length ?? image.byteCount - options.offset
    return options.offset..<options.offset + length
  }

  private func flashRange(
    _ image: FlashImage, _ range: Range<UInt64>, eraseSize: UInt32? = nil
  ) throws(FirmwareError) -> FlashRange {
    do {
      return try FlashRange(image, range, eraseSize: eraseSize)
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// Whether the bytes hold nodes with the magic of the format before its release, for which nobody searches.
  private func isLegacy(_ inner: Unwrapped) throws(FirmwareError) -> Bool {
    // What is larger than a file system can be is no bare one.
    guard inner.range.upperBound - inner.range.lowerBound <= UInt64(FlashRange.maximumLength)
    else { return false }
    let range = try flashRange(inner.image, inner.range)
    do {
      let dialect = try Dialect.detect(in: range, endianness: options.endianness)
      return dialect?.magic == Dialect.legacyMagic
    } catch {
      throw Self.firmwareError(error)
    }
  }

  static func firmwareError(_ error: JFFS2Error) -> FirmwareError {
    if case .storage(let error) = error { return .storage(error) }
    return .volume(error)
  }
}
