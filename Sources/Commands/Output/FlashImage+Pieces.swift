internal import FirmwareAccess
internal import Storage

extension FlashImage {
  /// Reads a range piece by piece, at most 256 KiB at a time.
  func forEachPiece(
    of range: Range<UInt64>, _ body: (ArraySlice<UInt8>) throws(ProgramError) -> Void
  ) throws(ProgramError) {
    var buffer = [UInt8](
      repeating: 0, count: Int(min(256 << 10, range.upperBound - range.lowerBound)))
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(UInt64(buffer.count), range.upperBound - offset))
      do throws(StorageError) {
        var span = buffer.mutableSpan
        var part = span._mutatingExtracting(0..<count)
        try read(at: offset, into: &part)
      } catch {
        throw ProgramError("\(error)", .failure)
      }
      try body(buffer[..<count])
      offset += UInt64(count)
    }
  }
}
