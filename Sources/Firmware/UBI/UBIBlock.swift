internal import JFFS2
internal import Storage

/// A physical erase block of a UBI device, as its headers describe it.
struct UBIBlock {
  /// The use of the block.
  enum Use {
    /// Nothing but an erase counter, or not even that.
    case free
    case mapped(UBIVolumeHeader)
    /// Data, but no valid header that says of which volume.
    case damaged
  }

  /// The offset of the block in the image.
  let offset: UInt64
  /// Whether the erase counter header is valid.
  let hasEraseCounter: Bool
  let contents: Use

  /// The header of a block that belongs to a volume.
  var header: UBIVolumeHeader? {
    if case .mapped(let header) = contents { header } else { nil }
  }

  /// Reads the headers of the block at an offset.
  init(
    _ image: FlashImage, at offset: UInt64, _ layout: UBIDevice.Layout, limit: UInt64
  ) throws(StorageError) {
    self.offset = offset
    let end = min(limit, offset + layout.blockSize)
    let start = try image.bytes(
      at: offset, count: Int(layout.headers.volumeHeaderOffset) + UBIVolumeHeader.size,
      within: offset..<end)
    hasEraseCounter = UBIEraseCounterHeader(parsing: start.span) != nil
    let headerStart = min(start.count, Int(layout.headers.volumeHeaderOffset))
    if let header = UBIVolumeHeader(parsing: start.span.extracting(headerStart...)) {
      contents = .mapped(header)
      return
    }
    let data = min(end, offset + UInt64(layout.headers.dataOffset))..<end
    var reader = GapReader(image, offset..<end)
    // A header that was not completely written has no data after it. A bad block reads as zeros with some tools.
    contents =
      try reader.hasWritten(data, ignoresZeros: !hasEraseCounter) ? .damaged : .free
  }
}
