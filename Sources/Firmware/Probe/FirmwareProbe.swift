internal import JFFS2
package import Storage

/// Finds the file system in a firmware by its contents, never by the file's name.
package struct FirmwareProbe: Sendable {
  let image: FlashImage
  let options: Options
  /// The share of the search that is done; nil if it is not needed.
  let progress: SearchProgress?

  package init(_ image: FlashImage, _ options: Options = Options()) {
    self.image = image
    self.options = options
    progress = options.onSearch.map { SearchProgress(passCount: options.passCount, $0) }
  }

  /// Looks for file systems: inside containers, without the spare areas of a NAND dump, anywhere in a dump.
  ///
  /// - Returns: One or more, by their offsets, and after them the partitions of a table that are aliases of others.
  /// - Throws: ``FirmwareError`` that says what was seen instead.
  package func partitions() throws(FirmwareError) -> [Partition] {
    do throws(FirmwareError) {
      return try locateFileSystems()
    } catch {
      guard !error.isOfSystem else { throw error }
      if let requested = options.endianness, found(without: { $0.endianness = nil }) != nil {
        throw .endiannessMismatch(requested: requested)
      }
      if let requested = options.spareArea, found(without: { $0.spareArea = nil }) != nil {
        throw .noSpareAreas(requested: requested)
      }
      // The table's offsets count in what was unpacked, but not in what is in an image of the flash.
      let others = options.table == nil ? nil : found(without: { $0.table = nil })
      let outside = (others ?? []).filter {
        $0.containers.allSatisfy { $0.isSpareAreas || $0.isUnpacked }
      }
      if !outside.isEmpty {
        throw .inNoPartition(outside.map { $0.offset..<$0.offset + UInt64($0.range.length) })
      }
      throw options.spareArea == nil ? error : error.within("the data without spare areas")
    }
  }

  /// The file systems that are found without an option; nil if none is.
  private func found(without change: (inout Options) -> Void) -> [Partition]? {
    var others = options
    change(&others)
    others.onSearch = nil
    return try? FirmwareProbe(image, others).partitions()
  }

  private func locateFileSystems() throws(FirmwareError) -> [Partition] {
    guard image.byteCount > 0 else { throw .empty }
    let range = try chosenRange()
    let found = try searchAll(unwrap(range), range).map(markingSpecifiedRange)
    return try withOtherOrder(withSurroundings(found, range), range)
  }

  /// The file systems of each payload. If there are several payloads, those without a file system are skipped.
  private func searchAll(
    _ payloads: [ContainerPayload], _ range: Range<UInt64>
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

  /// The partition with its source changed if it is a whole range that the user gave rather than the whole file. The payload of a
  /// container is always whole, regardless of where the container is.
  private func markingSpecifiedRange(_ partition: Partition) -> Partition {
    guard options.offset > 0 || options.length != nil, partition.source == .wholeImage,
      partition.containers.allSatisfy(\.isSpareAreas)
    else { return partition }
    var given = partition
    given.source = .givenRange
    return given
  }

  /// The data of a NAND dump without its spare areas if the user gave their layout or it is certain; otherwise the dump unchanged.
  private func withoutSpareAreas(_ dump: ContainerPayload) throws(FirmwareError) -> ContainerPayload
  {
    if let layout = options.spareArea {
      let inner = dump.without(layout, isFound: false)
      return try contradiction(to: layout, dump).map { inner.warned($0, isFlaw: true) } ?? inner
    }
    guard let layout = try spareArea(dump, isCutOff: false) else { return dump }
    return dump.without(layout, isFound: true)
  }

  /// The layout that is certain.
  func spareArea(
    _ dump: ContainerPayload, isCutOff: Bool
  ) throws(FirmwareError) -> NANDPageLayout? {
    do throws(JFFS2Error) {
      return isCutOff
        ? try SpareAreaDetection.detectCutDump(dump.image, dump.range)
        : try SpareAreaDetection.detect(dump.image, dump.range)
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// The range as it is.
  func whole(_ range: Range<UInt64>) -> ContainerPayload {
    ContainerPayload(image: image, range: range, containers: [], warnings: [])
  }

  /// Whether the user gave a partition table or a layout of spare areas: then the bytes are a dump, and its U-Boot images are not opened.
  private var isFlash: Bool { options.table != nil || options.spareArea != nil }

  var unwrapper: ContainerOpener {
    ContainerOpener(
      ContainerOpener.Options(
        maxUnpacked: options.maxUnpacked, scratchFile: options.scratchFile,
        member: options.member, endianness: options.endianness, opensImages: !isFlash))
  }

  /// The payloads after removing the containers; empty if there are none.
  private func unwrap(_ range: Range<UInt64>) throws(FirmwareError) -> [ContainerPayload] {
    let unwrapped = try unwrapper.unwrap(image, range)
    guard unwrapped.isEmpty, !isFlash else { return unwrapped }
    let opaque = try storage { () throws(StorageError) in try Contents.opaque(image, range) }
    if let opaque { throw .noFileSystem(seen: [opaque]) }
    return try startsWithJFFS2(range)
      ? [] : unwrapper.unwrapEmbedded(image, range, onProgress: progress?.pass(range))
  }

  /// The U-Boot images beside the file system that a range starts with.
  private func besideJFFS2(_ range: Range<UInt64>) throws(FirmwareError) -> [ContainerPayload] {
    try startsWithJFFS2(range)
      ? unwrapper.unwrapEmbedded(image, range, onProgress: progress?.pass(range)) : []
  }

  private func startsWithJFFS2(_ range: Range<UInt64>) throws(FirmwareError) -> Bool {
    try storage { () throws(StorageError) in
      guard let start = try image.endOfPadding(range) else { return true }
      return try image.startsWithJFFS2(start..<range.upperBound)
    }
  }

  /// The range of the image that `offset` and `length` select.
  package func chosenRange() throws(FirmwareError) -> Range<UInt64> {
    guard options.offset < image.byteCount else {
      throw .outOfRange(.offset(options.offset), byteCount: image.byteCount)
    }
    let length = options.length ?? image.byteCount - options.offset
    guard length > 0, length <= image.byteCount - options.offset else {
      throw .outOfRange(.length(length), byteCount: image.byteCount)
    }
    return options.offset..<options.offset + length
  }

  func flashRange(
    _ image: FlashImage, _ range: Range<UInt64>, eraseSize: UInt32? = nil
  ) throws(FirmwareError) -> FlashRange {
    do {
      return try FlashRange(image, range, eraseSize: eraseSize)
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// Whether the bytes hold nodes with the magic of the format before its release, which the search ignores.
  func isLegacy(_ inner: ContainerPayload) throws(FirmwareError) -> Bool {
    // Data larger than the maximum size of a file system is not a bare one.
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
