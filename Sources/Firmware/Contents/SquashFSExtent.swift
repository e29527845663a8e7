internal import Storage
internal import Support

/// The bytes of a squashfs. JFFS2 nodes among them belong to files that it contains.
///
/// Data that do not shrink are stored as they are, a block at a time: of a file that is a JFFS2 image some nodes may show, and others are
/// compressed.
struct SquashFSExtent {
  let range: Range<UInt64>
  /// Whether a file shows in parts at best: its data are compressed, and the squashfs is certainly there as a whole.
  let hasCompressedFiles: Bool

  /// Finds those that start at the given offsets, ascending; none is in another.
  ///
  /// One at the start of the range counts by its superblock alone. Elsewhere, a superblock may be left over from an older squashfs that was
  /// overwritten, so the end has to be there.
  ///
  /// - Parameter offsets: The offsets of magic numbers, ascending.
  static func locate(
    _ image: FlashImage, _ range: Range<UInt64>, _ offsets: [UInt64]
  ) throws(StorageError) -> [SquashFSExtent] {
    var found: [SquashFSExtent] = []
    for offset in offsets where offset >= found.last?.range.upperBound ?? range.lowerBound {
      let source = try ContentsSource(image, offset..<range.upperBound)
      guard let superblock = SquashFSSuperblock(source), superblock.length <= source.byteCount
      else { continue }
      let isComplete = try superblock.isComplete(in: source)
      guard isComplete || offset == range.lowerBound else { continue }
      found.append(
        SquashFSExtent(
          range: offset..<offset + superblock.length,
          hasCompressedFiles: isComplete && !superblock.isUncompressed))
    }
    return found
  }
}

extension [SquashFSExtent] {
  /// The one that has the byte at an offset.
  func index(at offset: UInt64) -> Int? {
    let index = Support.partition(count) { self[$0].range.upperBound > offset }
    return index < count && self[index].range.contains(offset) ? index : nil
  }
}
