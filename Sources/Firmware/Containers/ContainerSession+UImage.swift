internal import JFFS2
internal import Storage
internal import Support

extension ContainerSession {
  /// The payloads with JFFS2 in the U-Boot image at the start of the range, and after it.
  mutating func uImage(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    let bytes = try storage { () throws(StorageError) in
      try image.bytes(at: range.lowerBound, count: UImage.headerSize, within: range)
    }
    guard var header = UImage(parsing: bytes.span) else { return [] }
    // Spare areas break the data of an image in a NAND dump: they are left out first.
    guard try !hasSpareAreas(image, range) else { return [] }
    guard header.headerChecksum == .good else { throw .wrongHeaderCRC }
    let start = range.lowerBound + UInt64(UImage.headerSize)
    let promised = start + UInt64(header.dataSize)
    let data = start..<min(promised, range.upperBound)
    let flaws = try checkData(of: &header, image, data, promised: promised)
    let outerFailure = failure
    failure = nil
    defer { failure = failure ?? outerFailure }
    let container = Container.uImage(header, offset: range.lowerBound)
    let parts = try storage { () throws(StorageError) in try header.parts(image, data) }
    var found = try payloads(
      parts, image, depth: depth, member: member, isSearched: header.compression.isUnpacked)
    let format = try storage { () throws(StorageError) in try ContainerFormat.detect(image, data) }
    var isDecompressed = failure == nil && format?.isCompression == true
    if found.isEmpty, !isDecompressed, header.compression == .lzma, parts == [data], !data.isEmpty {
      let source = ArchiveSource(image: image, range: data, format: .lzma, isForced: true)
      do {
        found = try archive(source, depth: depth + 1, member: member)
      } catch {
        switch error {
        case .unpackedTooLarge, .storage: throw error
        case .noFileSystem, .blank, .zeros: isDecompressed = true
        default: break
        }
      }
    }
    let rest = data.upperBound..<range.upperBound
    found = try found.map { $0.inside(container, warnings: flaws, flaws: flaws).named(header) }
      .followed(by: rest, container, flaws: flaws) { () throws(FirmwareError) in
        try following(image, rest, depth, member)
      }
    if !found.isEmpty { return found }
    if case .truncated = header.data {
      let isDamaged = if case .damagedContainer? = failure { true } else { false }
      let holdsNothing = try !holdsSomething(image, data)
      if isDamaged || holdsNothing {
        throw .truncated(promised: header.dataSize, present: data.count)
      }
    }
    if let failure { throw failure }
    if let member { throw .notAnArchive(member: member) }
    let seen =
      isDecompressed
      ? [] : try storage { () throws(StorageError) in try Contents.find(in: image, data) }
    guard header.compression == .none || isDecompressed || !seen.isEmpty else {
      throw .compressed(header)
    }
    let behind = try storage { () throws(StorageError) in try Contents.find(in: image, rest) }
    if seen.isEmpty, behind.isEmpty, !isDecompressed {
      let error = try Self.nothing(in: image, data)
      if error == .blank || error == .zeros { throw error }
    }
    throw .uImageWithoutJFFS2(header, seen: seen + behind)
  }

  /// The payloads with JFFS2 in the payloads.
  ///
  /// - Parameter isSearched: Whether JFFS2 may be anywhere in one, or only at its start.
  private mutating func payloads(
    _ parts: [Range<UInt64>], _ image: FlashImage, depth: Int, member: String?,
    isSearched: Bool = true
  ) throws(FirmwareError) -> [ContainerPayload] {
    var found: [ContainerPayload] = []
    for part in parts where found.count < PartitionSearch.maximumFileSystems {
      found += try attempt(
        image, part, depth: depth + 1, member: member, isSearched: isSearched)
    }
    return found
  }

  /// The problems of the data, one sentence each.
  private func checkData(
    of header: inout UImage, _ image: FlashImage, _ data: Range<UInt64>, promised: UInt64
  ) throws(FirmwareError) -> [String] {
    if promised > data.upperBound {
      header.data = .truncated(byteCount: UInt64(data.count))
      return [
        "the U-Boot image is truncated: its header declares \(header.dataSize) bytes of data, "
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
      "the U-Boot image has a wrong data CRC (stored \(stored.hexadecimal), computed "
        + "\(computed.hexadecimal)): damaged or edited"
    ]
  }

  /// Whether there is anything in the bytes that an error can name.
  private func holdsSomething(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> Bool {
    try !storage { () throws(StorageError) in try Contents.find(in: image, range) }.isEmpty
  }

  /// Whether the bytes are certainly a NAND dump with its spare areas.
  func hasSpareAreas(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> Bool {
    do throws(JFFS2Error) {
      return try SpareAreaDetection.detect(image, range) != nil
    } catch {
      if case .storage(let error) = error { throw .storage(error) }
      return false
    }
  }

  /// The payloads with JFFS2 in the FIT image at the start of the range, and after it.
  mutating func flattenedImageTree(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    let tree = try storage { () throws(StorageError) in try FlattenedImageTree(image, range) }
    guard let tree else { return [] }
    let container = Container.flattenedImageTree(offset: range.lowerBound)
    let end = max(tree.blob.upperBound, tree.payloads.last?.upperBound ?? 0)
    let rest = end..<range.upperBound
    let found = try payloads(tree.payloads, image, depth: depth, member: member)
      .map { $0.inside(container) }
      .followed(by: rest, container) { () throws(FirmwareError) in
        try following(image, rest, depth, member)
      }
    if !found.isEmpty { return found }
    if let failure { throw failure }
    // The match at the start is the FIT image itself.
    throw .noFileSystem(
      seen: try storage { () throws(StorageError) in try Contents.find(in: image, range) })
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
