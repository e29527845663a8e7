internal import Support

/// A part of a view of an image: a run of the image's bytes, or filler that reads as erased flash.
package struct ImageSegment: Equatable, Sendable {
  /// The offset of the bytes in the image; nil for filler.
  package let start: UInt64?
  package let count: UInt64

  package init(start: UInt64?, count: UInt64) {
    self.start = start
    self.count = count
  }
}

/// A view of an image that consists of segments in any order.
struct SegmentedImage: Sendable {
  let base: FlashImage
  /// Those that are not empty.
  private let segments: [ImageSegment]
  /// The end of each segment in the view.
  private let ends: [UInt64]

  var byteCount: UInt64 { ends.last ?? 0 }

  init(_ base: FlashImage, _ segments: [ImageSegment]) {
    self.base = base
    self.segments = segments.filter { $0.count > 0 }
    var end: UInt64 = 0
    ends = self.segments.map {
      end += $0.count
      return end
    }
  }

  /// The image offset of a byte of the view; for filler, that of the bytes after it.
  func baseOffset(of offset: UInt64) -> UInt64 {
    let index = partition(ends.count) { ends[$0] > offset }
    guard let segment = segments[index...].first(where: { $0.start != nil }),
      let start = segment.start
    else { return base.byteCount }
    guard segment == segments[index] else { return start }
    return start + segment.count - (ends[index] - offset)
  }

  /// Fills `buffer` with the bytes from `offset` on, which are inside the view.
  @_lifetime(buffer: copy buffer)
  func read(at offset: UInt64, into buffer: inout MutableSpan<UInt8>) throws(StorageError) {
    var index = partition(ends.count) { ends[$0] > offset }
    var done = 0
    while done < buffer.count {
      let position = offset + UInt64(done)
      let rest = ends[index] - position
      let count = Int(min(UInt64(buffer.count - done), rest))
      var part = buffer._mutatingExtracting(done..<done + count)
      let segment = segments[index]
      if let start = segment.start {
        try base.read(at: start + segment.count - rest, into: &part)
      } else {
        part.update(repeating: 0xFF)
      }
      done += count
      index += 1
    }
  }
}
