internal import Support

#if canImport(Glibc)
  internal import Glibc
#endif

extension Span<UInt8> {
  /// Whether both have the same bytes.
  package func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count, count > 0 else { return count == other.count }
    return unsafe withUnsafeBytes { bytes in
      // Sound: both pointers are valid for `count` bytes inside the closures.
      unsafe other.withUnsafeBytes {
        guard let first = bytes.baseAddress, let second = $0.baseAddress else {
          return false
        }
        return unsafe memcmp(first, second, count) == 0
      }
    }
  }
}

extension FlashImage {
  /// Shorter images are compared by one thread: starting another takes as long.
  private static let minimumParallelCount: UInt64 = 4 << 20

  /// Whether both have the same bytes; false if any cannot be read.
  package func hasSameBytes(as other: FlashImage) -> Bool {
    guard byteCount == other.byteCount else { return false }
    guard byteCount >= Self.minimumParallelCount else {
      return hasSameBytes(as: other, in: 0..<byteCount)
    }
    // Different images usually differ at the start.
    let (start, middle) = (UInt64(64 << 10), byteCount / 2)
    guard hasSameBytes(as: other, in: 0..<start) else { return false }
    let (first, second) = runConcurrently(
      { hasSameBytes(as: other, in: start..<middle) },
      { hasSameBytes(as: other, in: middle..<byteCount) })
    return first && second
  }

  private func hasSameBytes(as other: FlashImage, in range: Range<UInt64>) -> Bool {
    var window = ReadWindow(self, range)
    var otherWindow = ReadWindow(other, range)
    var offset = range.lowerBound
    while offset < range.upperBound {
      do throws(StorageError) {
        try window.move(to: offset, wanted: 1)
        try otherWindow.move(to: offset, wanted: 1)
      } catch {
        return false
      }
      let bytes = window.bytes(from: offset)
      guard bytes.isEqual(to: otherWindow.bytes(from: offset)) else { return false }
      offset += UInt64(bytes.count)
    }
    return true
  }
}
