package import JFFS2
package import Storage

/// A file system that was found in a firmware, and how to it.
package struct Partition: Sendable {
  /// What the partition table calls it, or a name made from its offset.
  package let name: String
  /// Where the file system lies; in a NAND dump, counted without its spare areas.
  package let range: FlashRange
  /// How its borders are known.
  package let source: FoundPartition.Source
  /// What was taken off on the way to it, outermost first.
  package let containers: [Container]
  /// What a person should know before trusting the contents, a sentence each.
  package let warnings: [String]
  /// Its nodes, where the search has read them all.
  package let log: ScannedLog?
}

/// Finds the file system in a firmware by looking at the bytes, never at the file's name.
package struct FirmwareProbe: Sendable {
  /// Where to look, for a user who knows more than the file tells.
  package struct Options: Sendable {
    /// The first byte to look at, counted in the file as it is.
    package var offset: UInt64 = 0
    /// The bytes to look at; nil for all that follow.
    package var length: UInt64?
    /// The only byte order to look for.
    package var endianness: Endianness?
    /// The layout of a NAND dump with its spare areas; nil for finding out.
    package var spareArea: SpareAreaLayout?
    /// The partition table that the user gave; it counts from ``offset``.
    package var table: MTDParts?
    /// The bytes that may be unpacked in all.
    package var maxUnpacked: UInt64
    /// The name of the archive's member to take.
    package var member: String?

    package init(
      offset: UInt64 = 0, length: UInt64? = nil, endianness: Endianness? = nil,
      spareArea: SpareAreaLayout? = nil, table: MTDParts? = nil, maxUnpacked: UInt64 = 1 << 30,
      member: String? = nil
    ) {
      self.offset = offset
      self.length = length
      self.endianness = endianness
      self.spareArea = spareArea
      self.table = table
      self.maxUnpacked = maxUnpacked
      self.member = member
    }
  }

  private let image: FlashImage
  private let options: Options

  package init(_ image: FlashImage, _ options: Options = Options()) {
    self.image = image
    self.options = options
  }

  /// Looks for file systems: inside of containers, without the spare areas of a NAND dump, anywhere in a dump.
  ///
  /// - Returns: One or more, by their offsets.
  /// - Throws: ``FirmwareError`` that says what was seen instead.
  package func partitions() throws(FirmwareError) -> [Partition] {
    guard image.byteCount > 0 else { throw .empty }
    let range = try chosenRange()
    // A table counts in the file as it is.
    if options.table == nil, options.spareArea == nil, let unwrapped = try unwrap(range) {
      return try search(unwrapped)
    }
    guard let layout = try spareArea(range) else {
      return try search(
        Unwrapped(image: image, range: range, containers: [], warnings: []))
    }
    let data = image.withoutSpareArea(layout, from: range.lowerBound)
    let byteCount = layout.dataByteCount(inDumpOf: range.upperBound - range.lowerBound)
    let warning =
      "a NAND dump: the \(layout.spareSize) bytes of spare area after every \(layout.pageSize) are "
      + "left out (\(options.spareArea == nil ? "found by the CRCs" : "as asked for")), and "
      + "offsets count without them"
    return try search(
      Unwrapped(image: data, range: 0..<byteCount, containers: [], warnings: [warning]))
  }

  /// The first of ``partitions()``.
  package func partition() throws(FirmwareError) -> Partition {
    let found = try partitions()
    guard let first = found.first else { throw .noFileSystem(seen: []) }
    return first
  }

  /// The file systems in bytes that are no container.
  private func search(_ inner: Unwrapped) throws(FirmwareError) -> [Partition] {
    if options.table == nil, let log = try plainLog(inner) {
      let name = FoundPartition(name: nil, range: inner.range, source: .wholeImage).displayName
      return [
        Partition(
          name: name, range: log.range, source: .wholeImage, containers: inner.containers,
          warnings: inner.warnings, log: log)
      ]
    }
    let found = try storage { () throws(StorageError) in
      try PartitionSearch(
        inner.image, inner.range, endianness: options.endianness, table: options.table
      ).partitions()
    }
    var partitions: [Partition] = []
    for partition in found {
      partitions.append(
        Partition(
          name: partition.displayName, range: try flashRange(inner.image, partition.range),
          source: partition.source, containers: inner.containers, warnings: inner.warnings,
          log: nil))
    }
    if !partitions.isEmpty { return partitions }
    let range = try flashRange(inner.image, inner.range)
    if options.table == nil, try isLegacy(range) {
      return [
        Partition(
          name: "jffs2", range: range, source: .wholeImage, containers: inner.containers,
          warnings: inner.warnings, log: nil)
      ]
    }
    let isBlank = try storage { () throws(StorageError) in try inner.image.isBlank(inner.range) }
    if isBlank { throw .blank }
    throw .noFileSystem(
      seen: try storage { () throws(StorageError) in
        try Sighting.find(in: inner.image, inner.range)
      })
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
    let log = try? ScannedLog(FlashRange(inner.image, inner.range), dialect: dialect)
    return log.flatMap { $0.isOneFileSystem ? $0 : nil }
  }

  /// The layout that the user gave, or that is certain.
  private func spareArea(_ range: Range<UInt64>) throws(FirmwareError) -> SpareAreaLayout? {
    if let layout = options.spareArea { return layout }
    do throws(JFFS2Error) {
      return try SpareAreaDetection.detect(image, range)
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// What is left when the containers are taken off, or nil where there is none.
  private func unwrap(_ range: Range<UInt64>) throws(FirmwareError) -> Unwrapped? {
    let unwrapper = Unwrapper(
      Unwrapper.Options(
        maxUnpacked: options.maxUnpacked, member: options.member, endianness: options.endianness))
    if let unwrapped = try unwrapper.unwrap(image, range) { return unwrapped }
    let isJFFS2 = try storage { () throws(StorageError) in
      guard let start = try image.endOfPadding(range) else { return true }
      return try image.startsWithJFFS2(start..<range.upperBound)
    }
    return isJFFS2 ? nil : try unwrapper.unwrapEmbedded(image, range)
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
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> FlashRange {
    do {
      return try FlashRange(image, range)
    } catch {
      throw Self.firmwareError(error)
    }
  }

  /// Whether the range holds nodes with the magic of the format before its release, for which nobody searches.
  private func isLegacy(_ range: FlashRange) throws(FirmwareError) -> Bool {
    do {
      let dialect = try Dialect.detect(in: range, endianness: options.endianness)
      return dialect?.magic == Dialect.legacyMagic
    } catch {
      throw Self.firmwareError(error)
    }
  }

  private static func firmwareError(_ error: JFFS2Error) -> FirmwareError {
    if case .storage(let error) = error { return .storage(error) }
    return .volume(error)
  }
}
