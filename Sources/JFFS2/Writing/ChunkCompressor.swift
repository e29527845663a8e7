private import CCompression
internal import Synchronization

/// Compresses chunks for one thread at a time.
///
/// `@unchecked Sendable` is sound because ``CompressorPool`` hands each out to one thread at a time, under a lock.
// Sound: the deflater is made and freed here, and used only through this object.
@safe final class ChunkCompressor: @unchecked Sendable {
  /// OpenWrt's.
  private static let lzmaDictionarySize: UInt32 = 0x2000

  private let compressions: Set<Compression>
  private let deflater: OpaquePointer?
  private var lzo = LZOCompressor()
  private var best: [UInt8] = []
  private var other: [UInt8] = []

  init(_ format: ImageFormat) {
    compressions = format.compressions
    unsafe deflater =
      compressions.contains(.zlib) ? ccompression_make_deflater(format.effort.rawValue) : nil
  }

  deinit { unsafe ccompression_free_deflater(deflater) }

  /// Appends the smallest form of a chunk to `payloads`: the chunk itself unless compression saves space on the flash.
  ///
  /// - Returns: How the chunk is stored.
  func compress(_ chunk: Span<UInt8>, into payloads: inout [UInt8]) -> Compression {
    // Stored data takes a multiple of four bytes; compression that saves less gains nothing.
    var limit = (chunk.count - 1) & ~3
    if best.count < chunk.count {
      best = [UInt8](repeating: 0, count: chunk.count)
      other = best
    }
    var chosen = Compression.none
    for compression in ImageFormat.writableCompressions where compressions.contains(compression) {
      guard limit > 0 else { break }
      if compression == .rtime, !isWorthwhileRTIME(chunk.count, limit) { continue }
      var whole = other.mutableSpan
      var output = whole.part(0..<limit)
      guard let count = compress(chunk, as: compression, into: &output) else { continue }
      chosen = compression
      limit = count - 1
      swap(&best, &other)
    }
    if chosen == .none {
      payloads.append(chunk)
    } else {
      payloads += best[...limit]
    }
    return chosen
  }

  /// Whether rtime may be smaller than the other compressors: only with short data, or with very regular data, where they are small too.
  private func isWorthwhileRTIME(_ byteCount: Int, _ best: Int) -> Bool {
    compressions.count == 1 || byteCount < 512 || best <= byteCount / 8
  }

  /// - Returns: The number of bytes written, or nil if they do not fit.
  @_lifetime(output: copy output)
  private func compress(
    _ chunk: Span<UInt8>, as compression: Compression, into output: inout MutableSpan<UInt8>
  ) -> Int? {
    let count: Int
    switch compression {
    case .zlib: count = unsafe ccompression_deflate(deflater, 0, 0, chunk, &output)
    case .lzma: count = ccompression_encode_lzma(Self.lzmaDictionarySize, 0, 0, chunk, &output)
    case .rtime: return RTIMEDecoder.compress(chunk, into: &output)
    case .lzo: return lzo.compress(chunk, into: &output)
    default: return nil
    }
    return count > 0 ? count : nil
  }
}

/// The compressors of threads that do not compress now.
final class CompressorPool: Sendable {
  private let format: ImageFormat
  private let idle = Mutex<[ChunkCompressor]>([])

  init(_ format: ImageFormat) { self.format = format }

  /// Lends a compressor to `body`.
  func withCompressor<Result>(_ body: (ChunkCompressor) -> Result) -> Result {
    let compressor = idle.withLock { $0.popLast() } ?? ChunkCompressor(format)
    defer { idle.withLock { $0.append(compressor) } }
    return body(compressor)
  }
}

extension [UInt8] {
  /// Appends the bytes of a span.
  mutating func append(_ bytes: Span<UInt8>) {
    for index in bytes.indices { append(bytes[index]) }
  }
}
