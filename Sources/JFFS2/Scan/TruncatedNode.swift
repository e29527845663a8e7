extension FlashRange {
  /// The number of bytes examined before the end, more than any undamaged node has.
  private static let maximumNodeLength = 128 << 10

  /// The offset of a node that extends beyond the end of the range, as in a truncated image; nil if there is none.
  ///
  /// The driver writes no such node, for none crosses the end of an erase block.
  ///
  /// - Parameter endianness: The only byte order to look for.
  package func offsetOfTruncatedNode(endianness: Endianness?) throws(JFFS2Error) -> UInt32? {
    let tail = min(length, UInt32(Self.maximumNodeLength))
    let start = length / 4 * 4 - tail / 4 * 4
    let bytes = try bytes(at: start, count: Int(length - start))
    let dialects = Dialect.all.filter { endianness ?? $0.endianness == $0.endianness }
    var place = 0
    while place + NodeHeader.size <= bytes.count {
      let rest = bytes.span.extracting(place...)
      var header: NodeHeader?
      for dialect in dialects { header = header ?? NodeHeader(parsing: rest, dialect: dialect) }
      if let header, NodeHeader.size...Self.maximumNodeLength ~= Int(header.totalLength) {
        if header.totalLength > rest.count { return start + UInt32(place) }
        // What a node holds may be such an image itself.
        place += Int(header.occupiedLength)
      } else {
        place += 4
      }
    }
    return nil
  }
}
