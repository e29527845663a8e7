internal import Storage

/// Bytes that are in no partition, which are divided by what they contain.
struct FlashGap {
  /// The maximum number of parts; data with more is not flash memory.
  private static let maximumCount = 512
  /// How often a type is examined that turns out to be something else.
  private static let maximumExaminedCount = 16
  /// Where flash memories are divided, and the shortest run of erased flash that is a separate part.
  private static let blockSize: UInt64 = 64 << 10

  private let image: FlashImage
  private let range: Range<UInt64>

  init(_ image: FlashImage, _ range: Range<UInt64>) {
    self.image = image
    self.range = range
  }

  /// The parts, by their offsets; without a gap between them.
  func parts() throws(StorageError) -> [FlashPart] {
    guard !range.isEmpty else { return [] }
    var parts: [FlashPart] = []
    var end = range.lowerBound
    let known = try known()
    for (index, contents) in known.enumerated() {
      try append(end..<contents.offset, to: &parts)
      let following = index + 1 < known.count ? known[index + 1].offset : range.upperBound
      end = min(following, self.end(of: contents))
      parts.append(part(contents.offset..<end, contents))
    }
    try append(end..<range.upperBound, to: &parts)
    return parts
  }

  /// The certain starts of what states its own length: file systems and images of U-Boot, at the start, every 4 KiB, in large ranges
  /// every 64 KiB, and directly after another one. Multiples are counted from the start and the end of the range too: a header before
  /// the flash moves all.
  func known() throws(StorageError) -> [Contents] {
    let step: UInt64 = range.upperBound - range.lowerBound <= 64 << 20 ? 4 << 10 : Self.blockSize
    let phases = phases(step)
    var known: [Contents] = []
    var counts: [String: Int] = [:]
    var excluded: [ContentsType] = []
    var offset = range.lowerBound
    // The contents at `offset`, once they have been examined.
    var following: Contents?
    while offset < range.upperBound, known.count < Self.maximumCount {
      var next = offset + 1
      if following == nil {
        following = try Contents.at(offset, image, range, except: excluded)
      }
      if let contents = following {
        following = nil
        if contents.hasCertainLength {
          known.append(contents)
          let end = contents.offset + Self.length(of: contents)
          if let direct = try Contents.at(end, image, range, except: excluded),
            direct.hasCertainLength
          {
            (following, offset) = (direct, end)
            continue
          }
          next = self.end(of: contents)
        } else {
          counts[contents.type.name, default: 0] += 1
          if counts[contents.type.name] == Self.maximumExaminedCount {
            excluded.append(contents.type)
          }
        }
      }
      guard next <= range.upperBound else { break }
      offset = phases.map { $0 + (max(next, $0) - $0 + step - 1) / step * step }.min() ?? next
    }
    return known
  }

  /// The remainders of the offsets at which contents may start. The end of the file says nothing about them.
  private func phases(_ step: UInt64) -> Set<UInt64> {
    let end = range.upperBound == image.byteCount ? 0 : range.upperBound % step
    return [0, range.lowerBound % step, end]
  }

  private static func length(of contents: Contents) -> UInt64 {
    max(1, min(contents.detected.length ?? 0, 1 << 48))
  }

  /// Where contents with a length end, up to the next 4 KiB: what fills these belongs to them.
  private func end(of contents: Contents) -> UInt64 {
    let start = contents.offset % 4096
    let phase = phases(4096).contains(start) ? start : 0
    let end = contents.offset + Self.length(of: contents) - phase
    return ((end + 0xFFF) & ~0xFFF) + phase
  }

  private func part(_ range: Range<UInt64>, _ contents: Contents) -> FlashPart {
    FlashPart(name: nil, range: range, contents: contents, isAlias: false)
  }

  /// Adds parts for bytes without known contents: long runs of erased flash, and what is between them.
  private func append(
    _ range: Range<UInt64>, to parts: inout [FlashPart]
  ) throws(StorageError) {
    guard !range.isEmpty else { return }
    var start = range.lowerBound
    for run in try erasedRuns(range) where parts.count < Self.maximumCount {
      if start < run.lowerBound { try appendOne(start..<run.lowerBound, to: &parts) }
      try appendOne(run, to: &parts)
      start = run.upperBound
    }
    if start < range.upperBound { try appendOne(start..<range.upperBound, to: &parts) }
  }

  /// Adds a part, or extends the last one if both are erased flash.
  private func appendOne(
    _ range: Range<UInt64>, to parts: inout [FlashPart]
  ) throws(StorageError) {
    let contents = try Contents.of(image, range)
    if contents.isErased, let last = parts.last, last.contents?.isErased == true {
      let both = last.range.lowerBound..<range.upperBound
      parts[parts.count - 1] = part(both, .erased(both))
    } else {
      parts.append(part(range, contents))
    }
  }

  /// The runs of whole blocks of erased flash.
  private func erasedRuns(_ range: Range<UInt64>) throws(StorageError) -> [Range<UInt64>] {
    var runs: [Range<UInt64>] = []
    var window = ReadWindow(image, range)
    var block = (range.lowerBound + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    while block < range.upperBound {
      let end = min(block + Self.blockSize, range.upperBound)
      try window.move(to: block, wanted: Int(end - block))
      let bytes = window.bytes(from: block)
      if (0..<Int(end - block)).allSatisfy({ bytes[$0] == 0xFF }) {
        if let last = runs.last, last.upperBound == block {
          runs[runs.count - 1] = last.lowerBound..<end
        } else {
          runs.append(block..<end)
        }
      }
      block = end
    }
    return runs
  }
}

extension Contents {
  /// Whether its type and its length are certain, so that something else may follow it.
  fileprivate var hasCertainLength: Bool {
    detected.isCertain && detected.length ?? 0 > 0
      && (type.isFileSystem || ["uimage", "env", "dtb"].contains(type.fileExtension))
  }
}
