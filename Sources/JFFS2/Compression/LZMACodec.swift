private import CLZMA

/// LZMA1 data without size or end marker, as OpenWrt (8) and a patch of 2008 (0x15) store it.
struct LZMACodec: ~Copyable {
  private let decoder = clzma_make_decoder()

  deinit {
    clzma_free_decoder(decoder)
  }

  /// Expands data behind the five property bytes of the classic header: `lc`, `lp` and `pb`, and the dictionary's size.
  func decompressWithProperties(
    _ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) {
    let byteCount = 5
    guard payload.count >= byteCount else { throw CorruptPayload() }
    try decompress(
      payload.extracting(droppingFirst: byteCount), properties: payload[0], into: &chunk)
  }

  /// Expands bare data; whatever follows the chunk's last byte is ignored.
  ///
  /// `properties` is `lc`, `lp` and `pb` in one byte, as the classic header packs them; 0 in OpenWrt.
  func decompress(
    _ payload: Span<UInt8>, properties: UInt8, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) {
    // No dictionary needs to be larger than the chunk, whatever the payload says, and a larger one than it says is harmless.
    // Not below the size that all known writers use, so that liblzma can keep its memory from one chunk to the next.
    guard let dictionarySize = UInt32(exactly: max(chunk.count, 0x2000)),
      clzma_decode(decoder, properties, dictionarySize, payload, &chunk)
    else { throw CorruptPayload() }
  }
}
