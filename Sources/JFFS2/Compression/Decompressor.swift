/// Decompresses payloads, and keeps between them what the codecs would otherwise allocate for each.
///
/// One thread at a time may use it: give each thread its own.
package struct Decompressor: ~Copyable {
  private let zlib = ZlibDecoder()
  private let lzma = LZMADecoder()

  /// Allocates about 12 KB; where that fails, payloads are decompressed more slowly or found corrupt.
  package init() {}

  /// Decompresses `payload` into exactly `chunk.count` bytes.
  ///
  /// A payload is hostile until proved otherwise: nothing is read past its end or written past the chunk's.
  ///
  /// - Parameters:
  ///   - payload: The `csize` bytes after the raw inode; their CRC need not be right.
  ///   - compression: How they are stored. On disk: `compr`.
  ///   - chunk: As long as the node says, which the caller has bounded. On disk: `dsize`.
  /// - Returns: How many leading bytes of the chunk are defined; the others are zeros. Fewer than `chunk.count` where the
  ///   driver leaves the rest of its page undefined: `none` with too few bytes, `zlib` that is truncated or not zlib at all.
  /// - Throws: Where the driver answers EIO. The chunk's bytes are then arbitrary.
  @_lifetime(chunk: copy chunk)
  package mutating func decompress(
    _ payload: Span<UInt8>, as compression: Compression, into chunk: inout MutableSpan<UInt8>
  ) throws(DecompressionError) -> Int {
    let defined: Int?
    do throws(CorruptPayload) {
      defined = try expand(payload, as: compression, into: &chunk)
    } catch {
      throw .corrupt(compression)
    }
    guard let defined else { throw .unknownCompression(compression) }
    var rest = chunk._mutatingExtracting(defined...)
    rest.update(repeating: 0)
    return defined
  }

  /// Gives the payload to its codec; `nil` if there is none.
  ///
  /// - Returns: How many leading bytes of the chunk are the codec's; the others are arbitrary.
  @_lifetime(chunk: copy chunk)
  private func expand(
    _ payload: Span<UInt8>, as compression: Compression, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) -> Int? {
    switch compression {
    case .none:
      return StoredDecoder.decompress(payload, into: &chunk)
    case .copy:
      guard payload.count == chunk.count else { throw CorruptPayload() }
      return StoredDecoder.decompress(payload, into: &chunk)
    case .zlib where LZMADecoder.hasUsualProperties(payload):
      try lzma.decompressWithProperties(payload, into: &chunk)
    case .zlib:
      return try zlib.decompress(payload, into: &chunk)
    // The others fill the chunk or throw.
    case .zero:
      chunk.update(repeating: 0)
    case .rtime:
      try RTIMEDecoder.decompress(payload, into: &chunk)
    case .rubinMIPS, .dynRubin:
      try RubinDecoder.decompress(payload, into: &chunk)
    case .lzo:
      try LZODecoder.decompress(payload, into: &chunk)
    case .lzma:
      try lzma.decompress(payload, properties: 0, into: &chunk)
    case .lzma2008:
      try lzma.decompressWithProperties(payload, into: &chunk)
    default:
      return nil
    }
    return chunk.count
  }
}
