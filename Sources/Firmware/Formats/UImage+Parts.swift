package import Storage

extension UImage {
  /// The ranges of the payloads in the data: one for an ordinary image, one per file for a list of files.
  ///
  /// A table that does not fit is mistaken for ordinary data.
  ///
  /// - Parameter data: The data in `image`, which may be truncated.
  func parts(
    _ image: FlashImage, _ data: Range<UInt64>
  ) throws(StorageError) -> [Range<UInt64>] {
    // 4 is a list of files, 6 a script, which has the same table.
    guard type == 4 || type == 6 else { return [data] }
    let table = try image.bytes(at: data.lowerBound, count: 4 * Self.maximumPartCount, within: data)
    var sizes: [UInt64] = []
    for place in stride(from: 0, to: table.count / 4 * 4, by: 4) {
      let size = table.bigEndian32(at: place)
      guard size > 0 else { break }
      sizes.append(UInt64(size))
    }
    let total = sizes.reduce(4 * UInt64(sizes.count + 1)) { $0 + ($1 + 3) / 4 * 4 }
    guard !sizes.isEmpty, total <= UInt64(dataSize) + 3 else { return [data] }
    var start = data.lowerBound + 4 * UInt64(sizes.count + 1)
    var parts: [Range<UInt64>] = []
    for size in sizes where start < data.upperBound {
      let end = min(start + size, data.upperBound)
      parts.append(start..<end)
      start = end + (4 - (end - data.lowerBound) % 4) % 4
    }
    return parts
  }

  private static let maximumPartCount = 256

  /// The offsets of all headers with a valid CRC, regardless of what is around them, but not those inside another's data or in UBI.
  ///
  /// - Parameters:
  ///   - limit: The number of headers to stop at.
  ///   - onProgress: Called with the current offset from time to time.
  package static func find(
    in image: FlashImage, _ range: Range<UInt64>, limit: Int = 64,
    onProgress: ((UInt64) -> Void)? = nil
  ) throws(StorageError) -> [(offset: UInt64, header: UImage)] {
    var found: [(offset: UInt64, header: UImage)] = []
    var ubiHeaders = UBIHeaderSearch(from: range.lowerBound)
    try find(in: image, range, limit: limit, onProgress: onProgress, &found, &ubiHeaders)
    guard !found.isEmpty, !ubiHeaders.offsets.isEmpty else { return found }
    // In UBI, what follows a header need not belong to it.
    let devices = try UBIDevice.locate(image, range, ubiHeaders.offsets)
    return found.filter { image in !devices.contains { $0.range.contains(image.offset) } }
  }

  private static func find(
    in image: FlashImage, _ range: Range<UInt64>, limit: Int, onProgress: ((UInt64) -> Void)?,
    _ found: inout [(offset: UInt64, header: UImage)], _ ubiHeaders: inout UBIHeaderSearch
  ) throws(StorageError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let piece = try image.bytes(at: offset, count: 1 << 20, within: range)
      guard piece.count >= headerSize else { break }
      ubiHeaders.record(piece.span, at: offset)
      // A header that the piece cuts is whole in the next one.
      let end = piece.count - headerSize + 1
      var place = 0
      while let magic = firstMagic(in: piece.span, from: place), magic < end {
        let bytes = piece.span.extracting(magic..<magic + headerSize)
        guard let header = UImage(parsing: bytes), header.headerChecksum == .good else {
          place = magic + 4
          continue
        }
        found.append((offset + UInt64(magic), header))
        if found.count == limit { return }
        place = magic + headerSize + Int(header.dataSize)
      }
      offset += UInt64(max(place, end))
      onProgress?(min(offset, range.upperBound))
    }
  }

  private static func firstMagic(in bytes: Span<UInt8>, from start: Int) -> Int? {
    var index = start
    while index + 4 <= bytes.count {
      // The third byte of the magic number (0x19) shows how far to continue where it is none of the four.
      switch bytes[index + 3] {
      case 0x56:
        if bytes[index] == 0x27, bytes[index + 1] == 0x05, bytes[index + 2] == 0x19 { return index }
        index += 4
      case 0x19: index += 1
      case 0x05: index += 2
      case 0x27: index += 3
      default: index += 4
      }
    }
    return nil
  }
}
