internal import JFFS2
internal import Storage

/// An archive after a program for Windows or Linux that unpacks it.
struct SelfExtractingArchive {
  let format: ContainerFormat
  /// The archive, and what follows it.
  let range: Range<UInt64>

  private static let recordSize: UInt64 = 22
  private static let signature7z: [UInt8] = [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]

  /// Finds the archive in a range that starts with a program; nil if it does not, or if there is none.
  init?(_ image: FlashImage, _ range: Range<UInt64>) throws(StorageError) {
    guard try image.startsWithProgram(range) else { return nil }
    if let archive = try Self.zip(image, range) {
      (format, self.range) = (.zip, archive..<range.upperBound)
    } else if let archive = try Self.sevenZip(image, range) {
      (format, self.range) = (.sevenZip, archive..<range.upperBound)
    } else {
      return nil
    }
  }

  /// The start of the ZIP whose end record is at the end of a range, except for a comment, a signature or padding.
  private static func zip(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> UInt64? {
    let count = min(range.upperBound - range.lowerBound, 1 << 20)
    let tailStart = range.upperBound - count
    let tail = try image.bytes(at: tailStart, count: Int(count), within: range)
    guard tail.count >= Int(recordSize) else { return nil }
    for index in (0...tail.count - Int(recordSize)).reversed()
    where tail[index] == 0x50 && tail[index...].starts(with: Array("PK\u{5}\u{6}".utf8)) {
      let size = tail.little(at: index + 12, 4)
      let offset = tail.little(at: index + 16, 4)
      let place = tailStart + UInt64(index) - range.lowerBound
      guard size >= 46, size <= place, offset <= place - size else { continue }
      let list = range.lowerBound + place - size
      let entry = try image.bytes(at: list, count: 46, within: range)
      guard entry.count == 46, entry.starts(with: Array("PK\u{1}\u{2}".utf8)) else { continue }
      // Offsets count from the archive's start, or from the program's if someone has corrected them.
      let start = list - offset
      let archive = start > range.lowerBound ? start : start + entry.little(at: 42, 4)
      guard archive < list else { continue }
      return archive
    }
    return nil
  }

  /// The start of a 7z archive, by its signature and header CRC.
  private static func sevenZip(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> UInt64? {
    try image.firstOffset(of: signature7z, in: range) { offset throws(StorageError) in
      let header = try image.bytes(at: offset, count: 32, within: range)
      return header.count == 32
        && header.little(at: 8, 4)
          == UInt64(~jffs2CRC(header.span.extracting(12..<32), initial: .max))
    }
  }
}

extension Contents {
  /// The archive after a program that only another program opens.
  static func opaqueArchive(
    behindProgram image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> Contents? {
    guard try image.startsWithProgram(range) else { return nil }
    for magic in [Array("Rar!\u{1A}\u{7}".utf8), Array("MSCF\0\0\0\0".utf8)] {
      let offset = try image.firstOffset(of: magic, in: range) { _ in true }
      guard let offset else { continue }
      return try opaque(image, offset..<range.upperBound)
    }
    return nil
  }
}

extension FlashImage {
  /// Whether the range starts as a program for Windows or Linux does.
  fileprivate func startsWithProgram(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    let start = try bytes(at: range.lowerBound, count: 4, within: range)
    return start.starts(with: Array("MZ".utf8)) || start == [0x7F, 0x45, 0x4C, 0x46]
  }

  /// The first place of some bytes at which a condition holds.
  func firstOffset(
    of bytes: [UInt8], in range: Range<UInt64>,
    where holds: (UInt64) throws(StorageError) -> Bool
  ) throws(StorageError) -> UInt64? {
    var start = range.lowerBound
    while start < range.upperBound {
      let chunk = try self.bytes(at: start, count: 1 << 20, within: range)
      guard chunk.count >= bytes.count else { return nil }
      for index in 0...chunk.count - bytes.count
      where chunk[index] == bytes[0] && chunk[index...].starts(with: bytes) {
        if try holds(start + UInt64(index)) { return start + UInt64(index) }
      }
      start += UInt64(chunk.count - bytes.count + 1)
    }
    return nil
  }
}

extension ContainerSession {
  /// The payloads with JFFS2 in the archive after the program that the range starts with; empty if there is none.
  mutating func selfExtracting(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    let archive = try storage { () throws(StorageError) in
      try SelfExtractingArchive(image, range)
    }
    guard let archive else { return [] }
    let source = ArchiveSource(image: image, range: archive.range, format: archive.format)
    do {
      return try self.archive(source, depth: depth, member: member)
    } catch {
      // The program itself may be before JFFS2 in a flash memory.
      switch error {
      case .storage, .unpackedTooLarge, .multipleMatches, .ambiguousMember: throw error
      default: break
      }
      guard try holdsJFFS2(image, range) else { throw error }
      return []
    }
  }
}
