internal import Storage

/// The lines of a text in an image.
///
/// A line ends at a carriage return or a line feed. A longer line than ``maximumLength`` continues as the next one.
struct TextLines {
  static let maximumLength = 1024

  private let image: FlashImage
  private let range: Range<UInt64>
  private var chunk: [UInt8] = []
  private var index = 0
  private var chunkEnd: UInt64

  /// The offset of the first byte that has not been read.
  var offset: UInt64 { chunkEnd - UInt64(chunk.count - index) }

  init(_ image: FlashImage, _ range: Range<UInt64>) {
    self.image = image
    self.range = range
    chunkEnd = range.lowerBound
  }

  /// Reads the next line that is not empty.
  ///
  /// - Returns: Whether there is one.
  mutating func next(into line: inout [UInt8]) throws(StorageError) -> Bool {
    line.removeAll(keepingCapacity: true)
    while try fill() {
      while index < chunk.count {
        let byte = chunk[index]
        index += 1
        let isEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        if !isEnd { line.append(byte) }
        if isEnd && !line.isEmpty || line.count == Self.maximumLength { return true }
      }
    }
    return !line.isEmpty
  }

  /// - Returns: Whether there is a byte at ``index``.
  private mutating func fill() throws(StorageError) -> Bool {
    if index < chunk.count { return true }
    chunk = try image.bytes(at: chunkEnd, count: 256 << 10, within: range)
    chunkEnd += UInt64(chunk.count)
    index = 0
    return !chunk.isEmpty
  }
}

extension FlashImage {
  /// Whether most bytes at an offset are those of ASCII text, possibly with line noise.
  func isText(at offset: UInt64, _ range: Range<UInt64>) throws(StorageError) -> Bool {
    let sample = try bytes(at: offset, count: 4096, within: range)
    let characters = sample.count { 0x20...0x7E ~= $0 || 0x09...0x0D ~= $0 || $0 == 0x1B }
    return !sample.isEmpty && characters * 4 >= sample.count * 3
  }
}
