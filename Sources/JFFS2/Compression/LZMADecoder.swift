private import CCompression

/// LZMA1 data without size or end marker, as OpenWrt (8), a patch of 2008 (0x15) and DD-WRT (6, zlib's number) store it.
// Sound: the decoder is made and freed here, and used only through this value.
@safe struct LZMADecoder: ~Copyable {
  private let decoder = unsafe ccompression_make_lzma_decoder()

  deinit { unsafe ccompression_free_lzma_decoder(decoder) }

  /// Whether property bytes and LZMA1 data start here, and not a zlib stream, whose first byte ends in 8.
  ///
  /// The dictionary is 4 KiB to 16 MiB large, and the range coder's first byte is 0.
  static func hasUsualProperties(_ payload: Span<UInt8>) -> Bool {
    payload.count > 5 && payload[0] & 0x0F != 8 && payload[0] < 9 * 5 * 5 && payload[1] == 0
      && payload[4] == 0 && payload[5] == 0 && (payload[3] > 0 || payload[2] >= 0x10)
  }

  /// Decompresses data after the five property bytes of the classic header: `lc`, `lp` and `pb`, and the dictionary's size.
  @_lifetime(chunk: copy chunk)
  func decompressWithProperties(
    _ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) {
    let byteCount = 5
    guard payload.count >= byteCount else { throw CorruptPayload() }
    try decompress(
      payload.extracting(droppingFirst: byteCount), properties: payload[0], into: &chunk)
  }

  /// Decompresses bare data; bytes after the end of the chunk are ignored.
  ///
  /// `properties` is `lc`, `lp` and `pb` in one byte, as the classic header packs them; 0 in OpenWrt.
  @_lifetime(chunk: copy chunk)
  func decompress(
    _ payload: Span<UInt8>, properties: UInt8, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) {
    guard !chunk.isEmpty else { return }
    // No dictionary needs to be larger than the chunk, regardless of the payload, and a larger one than declared is harmless.
    // Not below the size that all known writers use, so that liblzma can keep its memory from one chunk to the next.
    guard !payload.isEmpty, let dictionarySize = UInt32(exactly: max(chunk.count, 0x2000)),
      unsafe ccompression_decode_lzma(decoder, properties, dictionarySize, payload, &chunk)
    else { throw CorruptPayload() }
  }
}
