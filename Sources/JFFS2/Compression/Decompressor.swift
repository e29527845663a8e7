/// Decompresses payloads, and keeps between them what the codecs would otherwise allocate for each.
///
/// One thread at a time may use it: give each thread its own.
package struct Decompressor: ~Copyable {
  private let zlib = ZlibCodec()
  private let lzma = LZMACodec()

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
  /// - Returns: The number of defined leading bytes of the chunk; the others are zeros. Fewer than `chunk.count` where the
  ///   driver leaves the rest of its page undefined: `none` with too few bytes, `zlib` truncated or not zlib at all.
  /// - Throws: If the driver answers EIO. The chunk's bytes are then arbitrary.
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
  /// - Returns: The number of leading bytes of the chunk written by the codec; the others are arbitrary.
  private func expand(
    _ payload: Span<UInt8>, as compression: Compression, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) -> Int? {
    switch compression {
    case .none:
      return StoredCodec.decompress(payload, into: &chunk)
    case .copy:
      guard payload.count == chunk.count else { throw CorruptPayload() }
      return StoredCodec.decompress(payload, into: &chunk)
    case .zlib where !chunk.isEmpty && LZMACodec.hasUsualProperties(payload):
      try lzma.decompressWithProperties(payload, into: &chunk)
    case .zlib:
      return try zlib.decompress(payload, into: &chunk)
    // The others fill the chunk or throw.
    case .zero:
      chunk.update(repeating: 0)
    case .rtime:
      try RTIMECodec.decompress(payload, into: &chunk)
    case .rubinMIPS, .dynRubin:
      try RubinCodec.decompress(payload, into: &chunk)
    case .lzo:
      try LZOCodec.decompress(payload, into: &chunk)
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
