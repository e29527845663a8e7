/// The list of an erase block's nodes at the block's end: what the driver takes the block to hold.
///
/// On disk: `struct jffs2_raw_summary`, entries without padding between them, filler, and the marker, which shows where in the block
/// the summary starts. Nodes that the list has and the flash no longer shows, because they became damaged or obsolete, still count
/// when the driver builds the tree. Source: `jffs2_sum_scan_sumnode`.
struct BlockSummary {
  /// A node as the list describes it.
  struct Entry {
    let type: NodeType
    /// The offset of the node in the file system.
    let flashOffset: UInt32
    /// The inode number of an inode node, the target of a dirent, or the xid of an xattr.
    var number: UInt32 = 0
    var version: UInt32 = 0
    /// A field of a dirent.
    var parentIno: UInt32 = 0
    /// A field of a dirent.
    var direntType: UInt8 = 0
    /// The name of a dirent, up to the first NUL.
    var name: [UInt8] = []
  }

  /// Where the block starts, counted from the start of the file system.
  let blockOffset: UInt32
  /// In the order of the list.
  let entries: [Entry]

  /// Reads the list from a summary node that the walk has come to.
  ///
  /// - Parameter eraseSize: The bytes of an erase block, or nil if unknown: then the size in the marker.
  /// - Returns: nil where the driver would not believe the list: a CRC is wrong, it does not end a block, or an entry makes no sense.
  /// - Throws: `.incompatibleNode` for an entry of a type that forbids to mount, `.storage`.
  static func read(
    _ range: FlashRange, _ header: NodeHeader, at offset: UInt32, _ endianness: Endianness,
    eraseSize: UInt32?
  ) throws(JFFS2Error) -> BlockSummary? {
    let most = eraseSize ?? EraseBlockSizeEstimator.largest
    guard header.totalLength >= UInt32(RawSummary.size + RawSummary.markerSize),
      header.totalLength <= most
    else { return nil }
    let bytes = try range.bytes(at: offset, count: Int(header.totalLength))
    let offsetInBlock = bytes.span.u32(at: bytes.count - RawSummary.markerSize, endianness)
    guard bytes.span.u32(at: bytes.count - 4, endianness) == RawSummary.markerMagic,
      offsetInBlock <= min(offset, most - header.totalLength)
    else { return nil }
    let blockOffset = offset - offsetInBlock
    let blockSize = offsetInBlock + header.totalLength
    guard blockSize == eraseSize ?? blockSize, eraseSize != nil || blockSize.nonzeroBitCount == 1,
      blockOffset.isMultiple(of: blockSize),
      RawSummary.isNodeCRCValid(bytes.span, endianness)
    else { return nil }
    let raw = RawSummary(parsing: bytes.span, endianness)
    guard jffs2CRC(bytes.span.extracting(RawSummary.size...)) == raw.entriesCRC else { return nil }
    var list = EntryList(
      bytes: bytes, endianness: endianness, position: RawSummary.size,
      end: bytes.count - RawSummary.markerSize, blockOffset: blockOffset, blockSize: blockSize)
    var entries: [Entry] = []
    for _ in 0..<raw.entryCount {
      guard let entry = list.next() else {
        if let type = list.incompatibleType {
          throw .incompatibleNode(type, flashOffset: range.imageOffset(offset))
        }
        return nil
      }
      entries.append(entry)
    }
    return BlockSummary(blockOffset: blockOffset, entries: entries)
  }
}

/// Reads one entry of a summary after the other.
private struct EntryList {
  let bytes: [UInt8]
  let endianness: Endianness
  var position: Int
  let end: Int
  let blockOffset: UInt32
  let blockSize: UInt32
  /// The type at which the reading broke off, if it forbids to mount.
  var incompatibleType: NodeType?

  /// The next entry, or nil where there is none that makes sense.
  mutating func next() -> BlockSummary.Entry? {
    guard position + 2 <= end else { return nil }
    let type = NodeType(rawValue: bytes.span.u16(at: position, endianness))
    switch type {
    case .inode, .xattr:
      guard let start = take(RawSummary.EntrySize.node), let offset = offset(at: start + 10) else {
        return nil
      }
      return BlockSummary.Entry(
        type: type, flashOffset: offset, number: u32(start + 2), version: u32(start + 6))
    case .dirent:
      guard let start = take(RawSummary.EntrySize.dirent), let offset = offset(at: start + 6),
        let nameStart = take(Int(bytes[start + 22]))
      else { return nil }
      return BlockSummary.Entry(
        type: type, flashOffset: offset, number: u32(start + 18), version: u32(start + 14),
        parentIno: u32(start + 10), direntType: bytes[start + 23],
        name: Array(bytes[nameStart..<position].prefix { $0 != 0 }))
    case .xref:
      guard let start = take(RawSummary.EntrySize.xref), let offset = offset(at: start + 2) else {
        return nil
      }
      return BlockSummary.Entry(type: type, flashOffset: offset)
    default:
      if type.compatibility == .incompatible { incompatibleType = type }
      return nil
    }
  }

  /// Skips bytes; returns their offset, or nil if the list has fewer.
  private mutating func take(_ count: Int) -> Int? {
    guard count <= end - position else { return nil }
    defer { position += count }
    return position
  }

  private func u32(_ place: Int) -> UInt32 { bytes.span.u32(at: place, endianness) }

  /// The offset of a node, which an entry counts from the start of the block.
  private func offset(at place: Int) -> UInt32? {
    let offsetInBlock = u32(place)
    return offsetInBlock < blockSize ? blockOffset + offsetInBlock : nil
  }
}
