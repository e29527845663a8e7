package import Storage

/// The part of an image that one file system occupies. Its offsets count from its own start and fit 32 bits, as JFFS2's do.
package struct FlashRange: Sendable {
  /// The image that holds the bytes.
  package let image: FlashImage

  /// The start of the range in ``image``, in bytes.
  package let start: UInt64

  /// The number of bytes, at most ``maximumLength``.
  package let length: UInt32

  /// The bytes of an erase block, if what contains the range says so.
  package let eraseSize: UInt32?

  /// The driver counts a flash in 32 bits; the last few bytes are left out so that rounding up a length cannot overflow.
  package static let maximumLength = UInt32.max & ~0xFFF

  /// - Parameter eraseSize: The bytes of an erase block, a multiple of 4, if what contains the range says so.
  /// - Throws: ``JFFS2Error`` `.tooLarge`, `.invalidEraseSize`, or `.storage` where the range is not inside the image.
  package init(
    _ image: FlashImage, _ range: Range<UInt64>, eraseSize: UInt32? = nil
  ) throws(JFFS2Error) {
    guard range.upperBound <= image.byteCount else {
      throw .storage(StorageError(.outOfRange, path: image.path, offset: range.upperBound))
    }
    let count = range.upperBound - range.lowerBound
    guard count <= UInt64(Self.maximumLength) else { throw .tooLarge(byteCount: count) }
    if let eraseSize, !Self.isValid(eraseSize: eraseSize) {
      throw .invalidEraseSize(eraseSize)
    }
    self.image = image
    self.start = range.lowerBound
    self.length = UInt32(count)
    self.eraseSize = eraseSize
  }

  /// Whether erase blocks may have as many bytes: nodes start at multiples of 4.
  static func isValid(eraseSize: UInt32) -> Bool { eraseSize > 0 && eraseSize.isMultiple(of: 4) }

  /// Whether both are the same bytes of the same image.
  func isSame(as other: FlashRange) -> Bool {
    image === other.image && start == other.start && length == other.length
  }

  /// Fills `buffer` with the bytes from `offset`, counted from the range's start, on.
  @_lifetime(buffer: copy buffer)
  package func read(
    at offset: UInt32, into buffer: inout MutableSpan<UInt8>
  ) throws(JFFS2Error) {
    do throws(StorageError) {
      guard UInt64(offset) + UInt64(buffer.count) <= UInt64(length) else {
        throw StorageError(.outOfRange, path: image.path, offset: start + UInt64(length))
      }
      try image.read(at: start + UInt64(offset), into: &buffer)
    } catch {
      throw .storage(error)
    }
  }

  /// The same bytes as a separate array, for what is small or rare.
  package func bytes(at offset: UInt32, count: Int) throws(JFFS2Error) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    try read(at: offset, into: &span)
    return bytes
  }

  /// The offset in the image file, as shown in a hex editor.
  package func imageOffset(_ offset: UInt32) -> UInt64 {
    image.reportedOffset(of: start + UInt64(offset))
  }
}
