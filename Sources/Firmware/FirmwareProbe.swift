package import JFFS2
package import Storage

/// A file system that was found in a firmware, and how to it.
package struct Partition: Sendable {
  /// Where the file system lies.
  package let range: FlashRange
  /// The U-Boot image around it, if there is one.
  package let uImage: UImage?
  /// What a person should know before trusting the contents, a sentence each.
  package let warnings: [String]

  package init(range: FlashRange, uImage: UImage? = nil, warnings: [String] = []) {
    self.range = range
    self.uImage = uImage
    self.warnings = warnings
  }
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

    package init(offset: UInt64 = 0, length: UInt64? = nil, endianness: Endianness? = nil) {
      self.offset = offset
      self.length = length
      self.endianness = endianness
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
    if let header = try storage({ () throws(StorageError) in
      try UImage.read(image, at: range.lowerBound)
    }) {
      return try partition(in: header, range)
    }
    if let found = try jffs2(in: range) {
      return Partition(range: found, uImage: nil, warnings: [])
    }
    if try isBlank(range) { throw .blank }
    throw .noFileSystem(seen: try signature(range))
  }

  /// What `offset` and `length` leave of the image.
  private func chosenRange() throws(FirmwareError) -> Range<UInt64> {
    guard options.offset < image.byteCount,
      options.length ?? 1 > 0, options.length ?? 0 <= image.byteCount - options.offset
    else { throw .outOfRange(byteCount: image.byteCount) }
    let length = options.length ?? image.byteCount - options.offset
    return options.offset..<options.offset + length
  }

  /// The file system in the data behind a header, which may be longer or shorter than the header says.
  private func partition(
    in header: UImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> Partition {
    guard header.headerChecksum == .good else { throw .wrongHeaderCRC }
    let start = range.lowerBound + UInt64(UImage.headerSize)
    let promised = start + UInt64(header.dataSize)
    let data = start..<min(promised, range.upperBound)
    var warnings: [String] = []
    if promised > range.upperBound {
      warnings.append(
        "the U-Boot image is cut off: its header promises \(header.dataSize) bytes of data, "
          + "\(data.count) are there")
    } else if case .wrong(let stored, let computed) = try storage({ () throws(StorageError) in
      try header.dataChecksum(image, data)
    }) {
      warnings.append(
        "the U-Boot image has a wrong data CRC (stored 0x\(hex(stored)), computed "
          + "0x\(hex(computed))): damaged or edited")
    }
    if let found = try jffs2(in: data) {
      return Partition(range: found, uImage: header, warnings: warnings)
    }
    guard header.compression == .none else { throw .compressed(header.compression) }
    if try isBlank(data) { throw .blank }
    throw .noFileSystem(seen: try signature(data))
  }

  /// The range as a file system's, where it has nodes.
  private func jffs2(in range: Range<UInt64>) throws(FirmwareError) -> FlashRange? {
    do throws(JFFS2Error) {
      let flash = try FlashRange(image, range)
      return try Dialect.detect(in: flash, endianness: options.endianness) == nil ? nil : flash
    } catch {
      if case .storage(let error) = error { throw .storage(error) }
      throw .volume(error)
    }
  }

  private func isBlank(_ range: Range<UInt64>) throws(FirmwareError) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(UInt64(buffer.count), range.upperBound - offset))
      buffer.removeLast(buffer.count - count)
      try storage { () throws(StorageError) in
        var span = buffer.mutableSpan
        try image.read(at: offset, into: &span)
      }
      guard buffer.allSatisfy({ $0 == 0xFF }) else { return false }
      offset += UInt64(count)
    }
    return true
  }

  private func signature(_ range: Range<UInt64>) throws(FirmwareError) -> Signature? {
    try storage { () throws(StorageError) in try Signature.find(image, range) }
  }

  private func storage<Result>(
    _ body: () throws(StorageError) -> Result
  ) throws(FirmwareError) -> Result {
    do {
      return try body()
    } catch {
      throw .storage(error)
    }
  }

  private func hex(_ value: UInt32) -> String { String(value, radix: 16) }
}
