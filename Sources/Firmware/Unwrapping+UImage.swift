internal import JFFS2
internal import Storage

extension Unwrapping {
  /// The payload of the U-Boot image that starts where the range does, or of what follows it.
  mutating func uImage(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> Unwrapped? {
    let bytes = try storage { () throws(StorageError) in
      try image.bytes(at: range.lowerBound, count: UImage.headerSize, within: range)
    }
    guard var header = UImage(parsing: bytes.span) else { return nil }
    // Spare areas break the data of an image in a NAND dump: they are left out first.
    guard try !hasSpareAreas(image, range) else { return nil }
    guard header.headerChecksum == .good else { throw .wrongHeaderCRC }
    let start = range.lowerBound + UInt64(UImage.headerSize)
    let promised = start + UInt64(header.dataSize)
    let data = start..<min(promised, range.upperBound)
    let flaws = try checkData(of: &header, image, data, promised: promised)
    var warnings = flaws
    let outerFailure = failure
    failure = nil
    defer { failure = failure ?? outerFailure }
    let container = Container.uImage(header, offset: range.lowerBound)
    let parts = try storage { () throws(StorageError) in try header.parts(image, data) }
    let isSearched = header.compression.isUnpacked
    if let found = try first(
      of: parts, image, depth: depth, member: member, isSearched: isSearched, &warnings)
    {
      return found.inside(container, warnings: warnings, flaws: flaws)
    }
    if header.compression == .lzma, parts == [data], !data.isEmpty {
      let source = ArchiveSource(image: image, range: data, format: .lzma, isForced: true)
      do {
        return try archive(source, depth: depth + 1, member: member)
          .inside(container, warnings: warnings, flaws: flaws)
      } catch {
        if case .unpackedTooLarge = error { throw error }
        if case .storage = error { throw error }
      }
    }
    if let found = try following(image, data.upperBound..<range.upperBound, depth, member) {
      warnings.append("the file system lies behind the U-Boot image, not in it")
      return found.inside(container, warnings: warnings, flaws: flaws)
    }
    if let failure { throw failure }
    if let member { throw .noArchive(member: member) }
    if case .cutOff = header.data, try !holdsSomething(image, data) {
      throw .cutOff(promised: header.dataSize, present: data.count)
    }
    guard header.compression == .none else { throw .compressed(header.compression) }
    throw try Self.nothing(in: image, data)
  }

  /// The first payload that holds JFFS2, with a warning for each other one.
  ///
  /// - Parameter isSearched: Whether JFFS2 may lie anywhere in it, or only at its start.
  private mutating func first(
    of parts: [Range<UInt64>], _ image: FlashImage, depth: Int, member: String?,
    isSearched: Bool = true, _ warnings: inout [String]
  ) throws(FirmwareError) -> Unwrapped? {
    var first: Unwrapped?
    for (index, part) in parts.enumerated() {
      let found = try attempt(
        image, part, depth: depth + 1, member: member, isSearched: isSearched)
      guard let found else { continue }
      if first == nil {
        first = found
      } else {
        warnings.append(
          "part \(index) at 0x\(String(part.lowerBound, radix: 16)) holds JFFS2 too and is not shown"
        )
      }
    }
    return first
  }

  /// What is wrong with the data, a sentence each.
  private func checkData(
    of header: inout UImage, _ image: FlashImage, _ data: Range<UInt64>, promised: UInt64
  ) throws(FirmwareError) -> [String] {
    if promised > data.upperBound {
      header.data = .cutOff(byteCount: UInt64(data.count))
      return [
        "the U-Boot image is cut off: its header promises \(header.dataSize) bytes of data, "
          + "\(data.count) are there"
      ]
    }
    let computing = header
    let checksum = try storage { () throws(StorageError) in
      try computing.dataChecksum(image, data)
    }
    header.data = .checked(checksum)
    guard case .wrong(let stored, let computed) = checksum else { return [] }
    return [
      "the U-Boot image has a wrong data CRC (stored 0x\(String(stored, radix: 16)), computed "
        + "0x\(String(computed, radix: 16))): damaged or edited"
    ]
  }

  /// Whether there is anything in the bytes that an error can name.
  private func holdsSomething(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> Bool {
    try !storage { () throws(StorageError) in try Sighting.find(in: image, range) }.isEmpty
  }

  /// Whether the bytes are certainly a NAND dump with its spare areas.
  private func hasSpareAreas(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> Bool {
    do throws(JFFS2Error) {
      return try SpareAreaDetection.detect(image, range) != nil
    } catch {
      if case .storage(let error) = error { throw .storage(error) }
      return false
    }
  }

  /// A file system behind a U-Boot image and the padding that may follow it.
  private mutating func following(
    _ image: FlashImage, _ range: Range<UInt64>, _ depth: Int, _ member: String?
  ) throws(FirmwareError) -> Unwrapped? {
    let start = try storage { () throws(StorageError) in try image.endOfPadding(range) }
    guard let start else { return nil }
    let rest = start..<range.upperBound
    let isJFFS2 = try storage { () throws(StorageError) in
      try image.startsWithJFFS2(rest)
    }
    if !isJFFS2, let found = try embedded(image, rest, depth: depth, member: member).first {
      return found.payload
    }
    return try attempt(image, rest, depth: depth + 1, member: member)
  }

  /// The U-Boot images anywhere in the range that hold JFFS2 in their own data.
  mutating func embedded(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?,
    note: ((UInt64) -> Void)? = nil
  ) throws(FirmwareError) -> [(start: UInt64, end: UInt64, payload: Unwrapped)] {
    let headers = try storage { () throws(StorageError) in
      try UImage.find(in: image, range, note: note)
    }
    guard !headers.isEmpty, try !hasSpareAreas(image, range) else { return [] }
    var found: [(start: UInt64, end: UInt64, payload: Unwrapped)] = []
    for (start, header) in headers {
      let end = min(
        range.upperBound, start + UInt64(UImage.headerSize) + UInt64(header.dataSize))
      if let payload = try attempt(image, start..<end, depth: depth + 1, member: member) {
        found.append((start, end, payload))
      }
    }
    return found
  }

  /// The first payload of a FIT image that holds JFFS2, else the file system that follows it.
  mutating func flattenedImageTree(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> Unwrapped? {
    let tree = try storage { () throws(StorageError) in try FlattenedImageTree(image, range) }
    guard let tree else { return nil }
    let container = Container.flattenedImageTree(offset: range.lowerBound)
    var warnings: [String] = []
    let payloads = tree.payloads
    if let found = try first(of: payloads, image, depth: depth, member: member, &warnings) {
      return found.inside(container, warnings: warnings)
    }
    let end = max(tree.blob.upperBound, payloads.last?.upperBound ?? 0)
    if let found = try following(image, end..<range.upperBound, depth, member) {
      warnings.append("the file system lies behind the FIT image, not in it")
      return found.inside(container, warnings: warnings)
    }
    if let failure { throw failure }
    // The sighting at the start is the FIT image itself.
    throw .noFileSystem(
      seen: try storage { () throws(StorageError) in try Sighting.find(in: image, range) })
  }
}

extension FlashImage {
  /// The first byte that is neither 0x00 nor 0xFF, or nil where there is none.
  func endOfPadding(_ range: Range<UInt64>) throws(StorageError) -> UInt64? {
    try firstByte(in: range) { $0 != 0 && $0 != 0xFF }
  }

  /// Whether all bytes are the same.
  func isFilled(with byte: UInt8, _ range: Range<UInt64>) throws(StorageError) -> Bool {
    try firstByte(in: range) { $0 != byte } == nil
  }

  /// Whether the first two bytes are JFFS2's magic number, in either order.
  func startsWithJFFS2(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    let start = try bytes(at: range.lowerBound, count: 2, within: range)
    return [[0x85, 0x19], [0x19, 0x85], [0x84, 0x19], [0x19, 0x84]].contains(start)
  }

  private func firstByte(
    in range: Range<UInt64>, where matches: (UInt8) -> Bool
  ) throws(StorageError) -> UInt64? {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let piece = try bytes(at: offset, count: 1 << 20, within: range)
      if let index = piece.firstIndex(where: matches) { return offset + UInt64(index) }
      offset += UInt64(piece.count)
    }
    return nil
  }
}
