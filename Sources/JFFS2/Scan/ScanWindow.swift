internal import Storage

/// A part of a flash range in memory, moved along by the walk over it.
struct ScanWindow: ~Copyable {
  private let start: UInt64
  private var window: ReadWindow

  init(_ range: FlashRange) {
    start = range.start
    window = ReadWindow(range.image, range.start..<range.start + UInt64(range.length))
  }

  /// Makes sure that `wanted` bytes from `offset` on are in memory, or all that the range still has.
  mutating func move(to offset: UInt32, wanted: Int) throws(JFFS2Error) {
    do throws(StorageError) {
      try window.move(to: start + UInt64(offset), wanted: wanted)
    } catch {
      throw .storage(error)
    }
  }

  /// The bytes from `offset`, which must be in memory, to the window's end.
  @_lifetime(borrow self)
  borrowing func bytes(from offset: UInt32) -> Span<UInt8> {
    window.bytes(from: start + UInt64(offset))
  }
}
