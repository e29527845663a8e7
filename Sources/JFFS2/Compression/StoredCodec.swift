/// Payloads that are stored as they are.
enum StoredCodec {
  /// Copies what both have space for and returns how many bytes that is.
  static func decompress(_ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>) -> Int {
    let count = min(payload.count, chunk.count)
    for index in 0..<count {
      chunk[index] = payload[index]
    }
    return count
  }
}
