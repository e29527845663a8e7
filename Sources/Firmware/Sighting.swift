internal import Storage

/// Something else than JFFS2 and where it was seen.
package struct Sighting: Equatable, Sendable {
  package let signature: Signature
  /// Counted in the image.
  package let offset: UInt64

  /// How many are told.
  private static let limit = 5
  /// How many of one kind are kept: an UBI shows at every erase block.
  private static let limitOfKind = 2

  /// What the range starts with, where that packs files or cuts them into pieces and nobody here opens it: nodes that are met in such are
  /// a part of some file system at best.
  static func closed(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> Sighting? {
    let sighting = try at(range.lowerBound, image, range)
    return sighting?.signature.isClosed == true ? sighting : nil
  }

  /// What starts at an offset.
  static func at(
    _ offset: UInt64, _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> Sighting? {
    let start = try image.bytes(at: offset, count: Signature.size, within: range)
    return Signature.match(start.span).map { Sighting(signature: $0, offset: offset) }
  }

  /// The end of the squashfs that the range starts with; nil where it starts with none.
  ///
  /// It stores what does not shrink as it is, and ends of files elsewhere: a JFFS2 that is a file in it may show in part.
  static func endOfSquashFS(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> UInt64? {
    let start = try image.bytes(at: range.lowerBound, count: 48, within: range)
    guard start.count == 48, start.starts(with: Array("hsqs".utf8)) else { return nil }
    let used = start[40...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return used <= range.upperBound - range.lowerBound ? range.lowerBound + used : nil
  }

  /// Looks at the start of a range and wherever flash memories are divided: every 4 KiB, in large ranges every 64 KiB.
  ///
  /// - Returns: The most telling ones, by their offsets.
  static func find(
    in image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> [Sighting] {
    let step: UInt64 = range.upperBound - range.lowerBound <= 64 << 20 ? 4 << 10 : 64 << 10
    var found: [Sighting] = []
    var buffer = [UInt8](repeating: 0, count: Signature.size)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(UInt64(Signature.size), range.upperBound - offset))
      if count < buffer.count { buffer.removeLast(buffer.count - count) }
      var span = buffer.mutableSpan
      try image.read(at: offset, into: &span)
      if let signature = Signature.match(buffer.span),
        found.count(where: { $0.signature == signature })
          < (signature.isOfWholeFile ? 1 : limitOfKind)
      {
        found.append(Sighting(signature: signature, offset: offset))
      }
      offset = (offset / step + 1) * step
    }
    if let archive = try closedArchive(behindProgram: image, range), !found.contains(archive) {
      found.append(archive)
    }
    let telling =
      found.filter(\.signature.isFileSystem) + found.filter { !$0.signature.isFileSystem }
    return telling.prefix(limit).sorted { $0.offset < $1.offset }
  }
}

extension Sighting: CustomStringConvertible {
  package var description: String {
    "\(signature.name) at 0x\(String(offset, radix: 16)): \(signature.advice(at: offset))"
  }
}
