internal import JFFS2

/// A file's contents as pieces to be read and holes between them.
struct FileDataLayout {
  /// Holes begin and end at multiples of this, as those of a disk do; GNU tar requires multiples of 512.
  private static let alignment: UInt64 = 4096
  /// The most zeros in one step, so that none takes long.
  private static let maximumZeros: UInt64 = 64 << 20

  /// In bytes.
  let size: UInt64
  /// The ranges outside holes, in ascending order.
  let dataRanges: [Range<UInt64>]

  private let volume: Volume
  private let ino: UInt32
  private var position: UInt64 = 0
  private var nextRange = 0

  /// - Throws: as `Volume.nextData(_:from:)`.
  init(_ volume: Volume, _ ino: UInt32, size: UInt64) throws(JFFS2Error) {
    self.volume = volume
    self.ino = ino
    self.size = size
    var ranges: [Range<UInt64>] = []
    var offset: UInt64 = 0
    while offset < size, let data = try volume.nextData(ino, from: offset), data < size {
      let hole = min(try volume.nextHole(ino, from: data) ?? size, size)
      let start = data / Self.alignment * Self.alignment
      let end = min((hole + Self.alignment - 1) / Self.alignment * Self.alignment, size)
      if let last = ranges.last, start <= last.upperBound {
        ranges[ranges.count - 1] = last.lowerBound..<end
      } else {
        ranges.append(start..<end)
      }
      offset = hole
    }
    dataRanges = ranges
  }

  /// Whether any part of the file is a hole.
  var hasHoles: Bool { size > 0 && dataRanges != [0..<size] }

  /// The next part of the contents, or nil at their end.
  mutating func next() -> ExportEvents.Step? {
    guard position < size else { return nil }
    while nextRange < dataRanges.count, dataRanges[nextRange].upperBound <= position {
      nextRange += 1
    }
    let range = nextRange < dataRanges.count ? dataRanges[nextRange] : size..<size
    guard range.lowerBound <= position else {
      let count = min(range.lowerBound - position, Self.maximumZeros)
      position += count
      return .zeros(count)
    }
    // Pieces end at multiples of their size, so that each chunk is inside one of them.
    let end = min(range.upperBound, (position / PrefetchedChunk.size + 1) * PrefetchedChunk.size)
    defer { position = end }
    return .data(PrefetchedChunk(volume, ino, position..<end))
  }
}
