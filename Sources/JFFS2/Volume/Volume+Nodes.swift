extension Volume {
  /// The fields of a node whose node CRC the scan has checked.
  func rawInode(_ node: DataNode) throws(JFFS2Error) -> RawInode {
    let bytes = try range.bytes(at: node.flashOffset, count: RawInode.size)
    return RawInode(parsing: bytes.span, dialect.endianness)
  }

  /// As ``hasGoodData(_:)`` for a node of the inode table, but reads each one once only.
  func hasGoodData(at place: Int) throws(JFFS2Error) -> Bool {
    if let isValid = checkedNodes[place] { return isValid }
    let isValid = try hasGoodData(inodes.nodes[place])
    checkedNodes.record(place, isValid: isValid)
    return isValid
  }

  /// Whether the payload's CRC is right. A node without payload has none to check.
  func hasGoodData(_ node: DataNode) throws(JFFS2Error) -> Bool {
    guard node.compressedSize > 0 else { return true }
    let context = scratch.borrow()
    defer { scratch.giveBack(context) }
    let pieceSize: UInt32 = 256 << 10
    var crc: UInt32 = 0
    var stored: UInt32 = 0
    var done: UInt32 = 0
    let total = UInt32(RawInode.size) + node.compressedSize
    var buffer = context.borrowBuffer(Int(min(pieceSize, total)))
    defer { context.returnBuffer(buffer) }
    while done < total {
      let count = Int(min(pieceSize, total - done))
      var whole = buffer.mutableSpan
      var span = whole.part(0..<count)
      try range.read(at: node.flashOffset + done, into: &span)
      let header = done == 0 ? RawInode.size : 0
      if done == 0 { stored = RawInode.dataCRC(in: span.span, dialect.endianness) }
      crc = jffs2CRC(span.span.extracting(header..<count), initial: crc)
      done += UInt32(count)
    }
    return crc == stored
  }

  /// Reads a node and decompresses its payload into exactly its length.
  ///
  /// - Throws: `.damaged` with the whole chunk's range.
  @_lifetime(chunk: copy chunk)
  func expand(_ node: DataNode, into chunk: inout MutableSpan<UInt8>) throws(JFFS2Error) {
    let context = scratch.borrow()
    defer { scratch.giveBack(context) }
    guard node.compressedSize <= Self.maximumChunkSize else {
      throw .damaged(damage(node, .chunkTooLarge))
    }
    let count = RawInode.size + Int(node.compressedSize)
    let bytes = try range.bytes(at: node.flashOffset, count: count)
    if let reason = expand(node, bytes.span, into: &chunk, context) {
      throw .damaged(damage(node, reason))
    }
  }

  /// Checks a node's payload and decompresses it.
  ///
  /// - Parameters:
  ///   - stored: The node from its header on; may be empty where the node has no payload.
  ///   - chunk: Exactly the node's length.
  /// - Returns: nil where all is well, or what is wrong.
  @_lifetime(chunk: copy chunk)
  func expand(
    _ node: DataNode, _ stored: Span<UInt8>, into chunk: inout MutableSpan<UInt8>,
    _ context: Scratch
  ) -> Damage.Reason? {
    let payload = stored.extracting(
      node.compressedSize == 0 ? 0..<0 : RawInode.size..<stored.count)
    if node.compressedSize > 0,
      jffs2CRC(payload) != RawInode.dataCRC(in: stored, dialect.endianness)
    {
      return .dataCRC
    }
    do throws(DecompressionError) {
      let defined = try context.decompressor.decompress(
        payload, as: node.compression, into: &chunk)
      return defined < chunk.count && damagePolicy == .error ? .short : nil
    } catch {
      switch error {
      case .unknownCompression(let compression):
        return .unknownCompression(compression.rawValue)
      case .corrupt(let compression):
        return .undecodable(compression.name ?? "\(compression.rawValue)")
      }
    }
  }

  /// A node's chunk as damage to report.
  func damage(_ node: DataNode, _ reason: Damage.Reason) -> Damage {
    Damage(
      ino: node.ino, range: UInt64(node.fileOffset)..<UInt64(node.fileEnd),
      flashOffset: range.imageOffset(node.flashOffset), reason: reason)
  }
}
