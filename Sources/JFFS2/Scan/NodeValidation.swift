/// Which CRCs of a node are right. A value is nil if this type of node has no such CRC, or if lengths disagree.
package struct NodeValidation: Equatable, Sendable {
  /// On disk: `hdr_crc`.
  package var header = true
  /// On disk: `node_crc`.
  package var node: Bool?
  /// On disk: `name_crc` of a dirent.
  package var name: Bool?
  /// On disk: `data_crc` of an inode node with a payload or of an xattr, `sum_crc` of a summary.
  package var data: Bool?
  /// Whether the lengths in the node agree with its total length.
  package var lengthsMatch = true

  package init() {}

  /// Whether nothing is wrong.
  package var areValid: Bool {
    header && node != false && name != false && data != false && lengthsMatch
  }
}

/// Checks all CRCs of a node, also of one that is obsolete: they were computed while it was live.
package struct NodeValidator {
  private let range: FlashRange
  private let endianness: Endianness
  private var buffer: [UInt8] = []

  package init(_ range: FlashRange, _ endianness: Endianness) {
    self.range = range
    self.endianness = endianness
  }

  /// The CRCs of a node that a walk has come to; reads from the medium what of the node is not in memory.
  ///
  /// - Parameters:
  ///   - bytes: As ``NodeVisitor`` gets them.
  ///   - includesData: Whether the CRC of the payload is computed, which costs reading it.
  package mutating func checks(
    of header: NodeHeader, at offset: UInt32, _ bytes: Span<UInt8>, includesData: Bool = true
  ) throws(JFFS2Error) -> NodeValidation {
    let isVisible = bytes.count >= Int(header.totalLength)
    var checks = NodeValidation()
    let payload: Payload?
    switch header.type.accurate {
    case .inode: payload = inode(header, bytes, &checks)
    case .dirent: payload = dirent(header, bytes, &checks)
    case .xattr: payload = xattr(header, bytes, &checks)
    case .summary: payload = summary(header, bytes, &checks)
    case .xref:
      checks.lengthsMatch = header.totalLength == UInt32(RawXref.size)
      if checks.lengthsMatch { checks.node = isNodeCRCValid(bytes, RawXref.Offset.nodeCRC) }
      payload = nil
    default: payload = nil
    }
    guard let payload, includesData else { return checks }
    if isVisible {
      let crc = payload.crc(bytes.extracting(payload.start..<payload.end), at: payload.start)
      checks.data = crc == payload.stored
    } else {
      checks.data = try read(payload, at: offset) == payload.stored
    }
    return checks
  }

  private func inode(
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeValidation
  ) -> Payload? {
    guard header.totalLength >= UInt32(RawInode.size) else {
      checks.lengthsMatch = false
      return nil
    }
    checks.node = isNodeCRCValid(
      bytes, RawInode.Offset.dataCRC, at: RawInode.Offset.nodeCRC)
    let stored = UInt64(RawInode.size) + UInt64(u32(bytes, RawInode.Offset.compressedSize))
    checks.lengthsMatch = (stored + 3) & ~3 == (UInt64(header.totalLength) + 3) & ~3
    guard checks.lengthsMatch, stored <= UInt64(header.totalLength),
      stored > UInt64(RawInode.size)
    else { return nil }
    return Payload(
      start: RawInode.size, end: Int(stored), stored: u32(bytes, RawInode.Offset.dataCRC))
  }

  private func dirent(
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeValidation
  ) -> Payload? {
    let size = RawDirent.size
    guard header.totalLength >= UInt32(size) else {
      checks.lengthsMatch = false
      return nil
    }
    checks.node = isNodeCRCValid(bytes, RawDirent.Offset.nodeCRC)
    // The driver requires only that the name is inside the scanned data.
    guard RawDirent.isComplete(bytes) else {
      checks.lengthsMatch = false
      return nil
    }
    checks.name = RawDirent.hasValidNameCRC(bytes, endianness)
    return nil
  }

  private func xattr(
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeValidation
  ) -> Payload? {
    guard header.totalLength >= UInt32(RawXattr.size) else {
      checks.lengthsMatch = false
      return nil
    }
    checks.node = isNodeCRCValid(bytes, RawXattr.Offset.nodeCRC)
    let raw = RawXattr(parsing: bytes, endianness)
    let end = RawXattr.size + raw.payloadLength
    checks.lengthsMatch = header.totalLength == padded(UInt32(end))
    guard checks.lengthsMatch else { return nil }
    return Payload(
      start: RawXattr.size, end: end, stored: raw.dataCRC,
      zeroed: RawXattr.size + Int(raw.nameLength))
  }

  private func summary(
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeValidation
  ) -> Payload? {
    let size = RawSummary.size
    guard header.totalLength >= UInt32(size) else {
      checks.lengthsMatch = false
      return nil
    }
    checks.node = isNodeCRCValid(
      bytes, RawSummary.Offset.entriesCRC, at: RawSummary.Offset.nodeCRC)
    return Payload(
      start: size, end: Int(header.totalLength), stored: u32(bytes, RawSummary.Offset.entriesCRC))
  }

  /// Whether the CRC of a node's first bytes, as they were while it was live, is what the node states.
  ///
  /// - Parameter offset: The offset of the CRC; nil where it follows these bytes.
  private func isNodeCRCValid(
    _ bytes: Span<UInt8>, _ count: Int, at offset: Int? = nil
  ) -> Bool {
    nodeCRC(bytes, count) == u32(bytes, offset ?? count)
  }

  private func nodeCRC(_ bytes: Span<UInt8>, _ count: Int) -> UInt32 {
    // The type's high byte holds the ACCURATE bit.
    let place = endianness == .little ? 3 : 2
    if bytes[place] & 0x20 != 0 { return jffs2CRC(bytes.extracting(0..<count)) }
    let first = InlineArray<4, UInt8> { $0 == place ? bytes[$0] | 0x20 : bytes[$0] }
    return jffs2CRC(bytes.extracting(4..<count), initial: jffs2CRC(first.span))
  }

  private func u32(_ bytes: Span<UInt8>, _ offset: Int) -> UInt32 {
    bytes.u32(at: offset, endianness)
  }

  /// The CRC of a payload that is not in memory, read piece by piece.
  private mutating func read(_ payload: Payload, at offset: UInt32) throws(JFFS2Error) -> UInt32 {
    let pieceSize = 256 << 10
    if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: pieceSize) }
    let range = range
    var crc: UInt32 = 0
    var position = payload.start
    while position < payload.end {
      let count = min(pieceSize, payload.end - position)
      var whole = buffer.mutableSpan
      var piece = whole.part(0..<count)
      try range.read(at: offset + UInt32(position), into: &piece)
      crc = payload.crc(piece.span, at: position, initial: crc)
      position += count
    }
    return crc
  }
}

/// Bytes of a node under one CRC, counted from the node's start.
private struct Payload {
  let start: Int
  let end: Int
  /// The CRC stored in the node.
  let stored: UInt32
  /// The byte that always counts as zero: the separator after an extended attribute's name.
  var zeroed: Int?

  /// The CRC of a piece of the payload that starts at `position`.
  func crc(_ piece: Span<UInt8>, at position: Int, initial: UInt32 = 0) -> UInt32 {
    guard let zeroed, zeroed >= position, zeroed < position + piece.count else {
      return jffs2CRC(piece, initial: initial)
    }
    let zero: [UInt8] = [0]
    let before = jffs2CRC(piece.extracting(0..<zeroed - position), initial: initial)
    return jffs2CRC(
      piece.extracting((zeroed - position + 1)...), initial: jffs2CRC(zero.span, initial: before))
  }
}
