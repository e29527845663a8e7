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
  /// Whether both have the same bytes; false if any cannot be read.
  package func hasSameBytes(as other: FlashImage) -> Bool {
    guard byteCount == other.byteCount else { return false }
    var window = ReadWindow(self, 0..<byteCount)
    var otherWindow = ReadWindow(other, 0..<byteCount)
    var offset: UInt64 = 0
    while offset < byteCount {
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
