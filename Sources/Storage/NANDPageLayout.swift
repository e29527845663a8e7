/// How a dump of a NAND flash interleaves pages and their spare areas: page 0, spare 0, page 1, spare 1, and so on.
package struct NANDPageLayout: Hashable, Sendable {
  /// The bytes of data in a page.
  package let pageSize: Int
  /// The bytes of spare area (OOB) after each page.
  package let oobSize: Int

  /// - Parameters:
  ///   - pageSize: 1 to 1 MiB.
  ///   - oobSize: 1 to `pageSize`.
  /// - Returns: nil where a size is out of its range.
  package init?(pageSize: Int, oobSize: Int) {
    guard 1...1 << 20 ~= pageSize, 1...pageSize ~= oobSize else { return nil }
    self.pageSize = pageSize
    self.oobSize = oobSize
  }

  /// The bytes of a page with its spare area.
  package var stride: Int { pageSize + oobSize }

  /// The number of data bytes in a number of dump bytes; its last page may be truncated anywhere.
  package func dataByteCount(inDumpOf byteCount: UInt64) -> UInt64 {
    let (pages, rest) = byteCount.quotientAndRemainder(dividingBy: UInt64(stride))
    return pages * UInt64(pageSize) + min(rest, UInt64(pageSize))
  }

  /// The offset of a byte of data in the dump.
  func rawOffset(forDataOffset offset: UInt64) -> UInt64 {
    let (page, rest) = offset.quotientAndRemainder(dividingBy: UInt64(pageSize))
    return page * UInt64(stride) + rest
  }
}

extension NANDPageLayout: CustomStringConvertible {
  /// As the option `oob` takes it: `2048+64`.
  package var description: String { "\(pageSize)+\(oobSize)" }
}
