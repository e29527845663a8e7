/// The valid CRCs of a node. A CRC is nil if this type of node does not have it, or if it is unknown because lengths are inconsistent.
package struct NodeChecks: Equatable, Sendable {
  /// On disk: `hdr_crc`.
  package var header = true
  /// On disk: `node_crc`.
  package var node: Bool?
  /// On disk: `name_crc` of a dirent.
  package var name: Bool?
  /// On disk: `data_crc` of an inode node with a payload or of an xattr, `sum_crc` of a summary.
  package var data: Bool?
  /// Whether the lengths in the node agree with its total length.
  package var areLengthsRight = true

  package init() {}

  /// Whether nothing is wrong.
  package var areGood: Bool {
    header && node != false && name != false && data != false && areLengthsRight
  }
}

/// Checks all CRCs of a node, also of one that is obsolete: they were computed while it was live.
package struct NodeChecker {
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
  ) throws(JFFS2Error) -> NodeChecks {
    let isVisible = bytes.count >= Int(header.totalLength)
    var checks = NodeChecks()
    let payload: Payload?
    switch header.type.accurate {
    case .inode: payload = inode(header, bytes, &checks)
    case .dirent: payload = dirent(header, bytes, &checks)
    case .xattr: payload = xattr(header, bytes, &checks)
    case .summary: payload = summary(header, bytes, &checks)
    case .xref:
      checks.areLengthsRight = header.totalLength == UInt32(RawXref.size)
      if checks.areLengthsRight { checks.node = nodeCRC(bytes, 24) == u32(bytes, 24) }
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
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeChecks
  ) -> Payload? {
    guard header.totalLength >= UInt32(RawInode.size) else {
      checks.areLengthsRight = false
      return nil
    }
    checks.node = nodeCRC(bytes, 60) == u32(bytes, 64)
    let stored = UInt64(RawInode.size) + UInt64(u32(bytes, 48))
    checks.areLengthsRight = (stored + 3) & ~3 == (UInt64(header.totalLength) + 3) & ~3
    guard checks.areLengthsRight, stored <= UInt64(header.totalLength),
      stored > UInt64(RawInode.size)
    else { return nil }
    return Payload(start: RawInode.size, end: Int(stored), stored: u32(bytes, 60))
  }

  private func dirent(
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeChecks
  ) -> Payload? {
    let size = RawDirent.size
    guard header.totalLength >= UInt32(size) else {
      checks.areLengthsRight = false
      return nil
    }
    checks.node = nodeCRC(bytes, 32) == u32(bytes, 32)
    // The driver asks only that the name is inside what was scanned.
    guard bytes.count >= size + Int(bytes[28]) else {
      checks.areLengthsRight = false
      return nil
    }
    checks.name = RawDirent.hasGoodNameCRC(bytes, endianness)
    return nil
  }

  private func xattr(
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeChecks
  ) -> Payload? {
    guard header.totalLength >= UInt32(RawXattr.size) else {
      checks.areLengthsRight = false
      return nil
    }
    checks.node = nodeCRC(bytes, 28) == u32(bytes, 28)
    let raw = RawXattr(parsing: bytes, endianness)
    let end = RawXattr.size + raw.payloadLength
    checks.areLengthsRight = header.totalLength == padded(UInt32(end))
    guard checks.areLengthsRight else { return nil }
    return Payload(
      start: RawXattr.size, end: end, stored: raw.dataCRC,
      zeroed: RawXattr.size + Int(raw.nameLength))
  }

  private func summary(
    _ header: NodeHeader, _ bytes: Span<UInt8>, _ checks: inout NodeChecks
  ) -> Payload? {
    let size = 32
    guard header.totalLength >= UInt32(size) else {
      checks.areLengthsRight = false
      return nil
    }
    checks.node = nodeCRC(bytes, 24) == u32(bytes, 28)
    return Payload(start: size, end: Int(header.totalLength), stored: u32(bytes, 24))
  }

  /// The CRC of a node's first bytes as they were while it was live.
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
