extension Dialect {
  /// The dialect of most valid nodes in the range, with the current magic if any have it, or nil where there is none.
  ///
  /// A node of a wrong dialect has a wrong header CRC, so that a few nodes decide; the whole range is walked only where its start holds
  /// none.
  ///
  /// - Parameter endianness: The only byte order to be tried, where the user knows it.
  package static func detect(
    in range: FlashRange, endianness: Endianness? = nil
  ) throws(JFFS2Error) -> Dialect? {
    let image = range.image
    // The driver sees current nodes only; the older magic counts where there are none of them.
    for magic in [currentMagic, legacyMagic] {
      let candidates = all.filter {
        $0.magic == magic && (endianness == nil || $0.endianness == endianness)
      }
      var walked: UInt32 = 0
      for length in [min(range.length, 64 << 10), min(range.length, 1 << 20), range.length]
      where length > walked {
        walked = length
        let part = try FlashRange(image, range.start..<range.start + UInt64(length))
        var best: (dialect: Dialect, count: Int)?
        for dialect in candidates {
          var counter = NodeCounter()
          try NodeScanner(part, dialect: dialect).scan(&counter)
          if counter.count > best?.count ?? 0 { best = (dialect, counter.count) }
        }
        if let best { return best.dialect }
      }
    }
    return nil
  }

  private struct NodeCounter: NodeVisitor {
    var count = 0

    mutating func visit(
      _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
    ) throws(JFFS2Error) {
      count += 1
    }
  }
}
