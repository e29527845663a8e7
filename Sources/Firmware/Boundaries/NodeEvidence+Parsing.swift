internal import JFFS2
internal import Storage

extension NodeEvidence {
  /// The evidence of a node with valid CRCs; nil for another type or with an invalid CRC.
  ///
  /// - Parameter boundary: The best aligned offset after the previous evidence.
  init?(
    _ header: NodeHeader, at offset: UInt64, _ bytes: Span<UInt8>, _ endianness: Endianness,
    _ boundary: UInt64
  ) {
    let distance = UInt32(clamping: offset - min(boundary, offset))
    let isLive = header.type.isAccurate
    switch header.type.accurate {
    case .cleanmarker where isLive:
      self.init(kind: .cleanmarker, offset: offset, boundaryDistance: distance)
    case .inode
    where bytes.count >= RawInode.size
      && (!isLive || RawInode.hasValidNodeCRC(bytes, endianness)):
      let raw = RawInode(parsing: bytes, endianness)
      self.init(
        kind: .inode, isHole: raw.compression == .zero && raw.compressedSize == 0,
        isObsolete: !isLive, offset: offset, length: header.totalLength,
        boundaryDistance: distance, number: raw.ino, version: raw.version,
        target: UInt32(raw.mode >> 12), signature: bytes.signature(at: RawInode.Offset.dataCRC),
        attributes: jffs2CRC(bytes.extracting(RawInode.Offset.mode..<RawInode.Offset.fileOffset)),
        fileSize: raw.fileSize,
        data: raw.fileOffset..<raw.fileOffset + min(raw.size, .max - raw.fileOffset))
    case .dirent
    where RawDirent.isComplete(bytes)
      && (!isLive || RawDirent.hasValidCRCs(bytes, endianness)):
      let raw = RawDirent(parsing: bytes, endianness)
      self.init(
        kind: .dirent, isObsolete: !isLive, offset: offset, length: header.totalLength,
        boundaryDistance: distance, number: raw.parentIno,
        version: raw.version, target: raw.ino,
        signature: bytes.signature(at: RawDirent.Offset.nodeCRC))
    default: return nil
    }
  }
}

extension Span<UInt8> {
  fileprivate func signature(at offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 << 8 | UInt64(self[offset + $1]) }
  }
}
