private import CCompression

/// zlib streams, with the tolerance of the driver: how a stream ends is not an error.
///
/// libdeflate, which is faster, handles complete, valid streams. Streams that it rejects are decoded by zlib with the rules of
/// `jffs2_zlib_decompress`. libdeflate lets a few things pass that zlib calls invalid (symbols and incomplete codes that no
/// compressor makes), so only a right Adler-32 is its proof that the bytes are the driver's.
// Sound: the inflater is made and freed here, and used only through this value.
@safe struct ZlibDecoder: ~Copyable {
  private let inflater = unsafe ccompression_make_inflater()

  deinit { unsafe ccompression_free_inflater(inflater) }

  /// Decompresses what there is, at most `chunk.count` bytes, and returns how many came out.
  ///
  /// - Throws: Only where the header asks for a window that zlib refuses.
  @_lifetime(chunk: copy chunk)
  func decompress(
    _ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) -> Int {
    // The driver has inflate read any other header, which puts out nothing and is not an error.
    guard let header = ZlibHeader(payload) else { return 0 }
    guard header.windowBits <= 15 else { throw CorruptPayload() }
    guard !chunk.isEmpty else { return 0 }

    // libdeflate never asks whether a distance leaves the window; no distance is longer than the chunk.
    if chunk.count <= 1 << header.windowBits,
      unsafe ccompression_inflate(inflater, 0, 0, payload, &chunk)
    {
      return chunk.count
    }
    // A negative window size means deflate data without header and Adler-32.
    let body = payload.extracting(droppingFirst: ZlibHeader.byteCount)
    let count = ccompression_inflate_prefix(Int32(-header.windowBits), 0, 0, body, &chunk)
    guard count >= 0 else { throw CorruptPayload() }
    return count
  }
}

/// The first bytes of a stream that the driver inflates without examining its Adler-32.
private struct ZlibHeader {
  static let byteCount = 2

  /// The logarithm of the window's size: 8 to 15, or up to 23 where the stream is not zlib's.
  let windowBits: Int

  /// Reads the header, or gives `nil` if there is no data after it, the method is not deflate, the check bits are
  /// wrong, or a preset dictionary is needed.
  init?(_ payload: Span<UInt8>) {
    guard payload.count > Self.byteCount else { return nil }
    let method = Int(payload[0])
    let flags = Int(payload[1])
    guard method & 0x0F == 8, flags & 0x20 == 0, (method << 8 | flags) % 31 == 0 else { return nil }
    windowBits = method >> 4 + 8
  }
}
