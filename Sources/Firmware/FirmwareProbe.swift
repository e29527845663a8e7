package import JFFS2
package import Storage

/// A file system that was found in a firmware, and how to it.
package struct Partition: Sendable {
  /// Where the file system lies.
  package let range: FlashRange
  /// What was taken off on the way to it, outermost first.
  package let containers: [Container]
  /// What was left out of a NAND dump; ``range`` then counts without it.
  package internal(set) var spareArea: SpareAreaLayout? = nil
  /// What a person should know before trusting the contents, a sentence each.
  package internal(set) var warnings: [String]
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
    /// The bytes that may be unpacked in all.
    package var maxUnpacked: UInt64
    /// The name of the archive's member to take.
    package var member: String?

    package init(
      offset: UInt64 = 0, length: UInt64? = nil, endianness: Endianness? = nil,
      spareArea: SpareAreaLayout? = nil, maxUnpacked: UInt64 = 1 << 30, member: String? = nil
    ) {
      self.offset = offset
      self.length = length
      self.endianness = endianness
      self.spareArea = spareArea
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

  /// Looks for the file system.
  ///
  /// - Throws: ``FirmwareError`` that says what was seen instead.
  package func partition() throws(FirmwareError) -> Partition {
    guard image.byteCount > 0 else { throw .empty }
    let range = try chosenRange()
    guard let layout = try spareArea(range) else { return try partition(in: range) }
    let data = image.withoutSpareArea(layout, from: range.lowerBound)
    let byteCount = layout.dataByteCount(inDumpOf: range.upperBound - range.lowerBound)
    var found = try FirmwareProbe(data, options).partition(in: 0..<byteCount)
    found.spareArea = layout
    found.warnings.insert(
      "a NAND dump: the \(layout.spareSize) bytes of spare area after every \(layout.pageSize) are "
        + "left out (\(options.spareArea == nil ? "found by the CRCs" : "as asked for")), and "
        + "offsets count without them", at: 0)
    return found
  }

  /// The layout that the user gave, or that is certain.
  private func spareArea(_ range: Range<UInt64>) throws(FirmwareError) -> SpareAreaLayout? {
    if let layout = options.spareArea { return layout }
    do throws(JFFS2Error) {
      return try SpareAreaDetection.detect(image, range)
    } catch {
      if case .storage(let error) = error { throw .storage(error) }
      throw .volume(error)
    }
  }

  private func partition(in range: Range<UInt64>) throws(FirmwareError) -> Partition {
    if let unwrapped = try unwrap(range) {
      guard let found = try jffs2(in: unwrapped.range, of: unwrapped.image) else {
        throw .noFileSystem(seen: [])
      }
      return Partition(
        range: found, containers: unwrapped.containers, warnings: unwrapped.warnings)
    }
    if let found = try jffs2(in: range, of: image) {
      return Partition(range: found, containers: [], warnings: [])
    }
    if try storage({ () throws(StorageError) in try image.isBlank(range) }) { throw .blank }
    throw .noFileSystem(
      seen: try storage { () throws(StorageError) in try Sighting.find(in: image, range) })
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

  /// The range as a file system's, where it has nodes.
  private func jffs2(
    in range: Range<UInt64>, of image: FlashImage
  ) throws(FirmwareError) -> FlashRange? {
    do throws(JFFS2Error) {
      let flash = try FlashRange(image, range)
      return try Dialect.detect(in: flash, endianness: options.endianness) == nil ? nil : flash
    } catch {
      if case .storage(let error) = error { throw .storage(error) }
      throw .volume(error)
    }
  }
}
