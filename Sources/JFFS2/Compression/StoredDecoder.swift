/// Payloads that are stored as they are.
enum StoredDecoder {
  /// Copies as many bytes as both can hold and returns their number.
  @_lifetime(chunk: copy chunk)
  static func decompress(_ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>) -> Int {
    let count = min(payload.count, chunk.count)
    for index in 0..<count {
      chunk[index] = payload[index]
    }
    return count
  }
}
