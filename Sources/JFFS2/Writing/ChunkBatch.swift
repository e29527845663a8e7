internal import Storage
internal import Synchronization
internal import Support

/// A part of a file's contents, read and compressed by another thread than the one that writes it.
final class ChunkBatch<Source: FileContentsSource>: Sendable {
  /// The bytes of a page or less.
  struct Chunk {
    /// Where they are in the file.
    let fileOffset: UInt32
    /// Where they are in ``Contents/bytes``.
    let range: Range<Int>
    /// Where the stored form is in ``Contents/payloads``.
    let payload: Range<Int>
    let compression: Compression
    let dataCRC: UInt32
  }

  struct Contents {
    let bytes: [UInt8]
    var payloads: [UInt8] = []
    var chunks: [Chunk] = []
  }

  /// The bytes of a part, a multiple of every page size.
  static var byteCount: UInt32 { 256 << 10 }

  let file: UInt32
  private let range: Range<UInt32>
  private let result = Mutex<Result<Contents, Source.Failure>?>(nil)
  private let isDone = Semaphore()

  init(_ file: UInt32, _ range: Range<UInt32>) {
    self.file = file
    self.range = range
  }

  /// Reads and compresses the part; to be called once.
  func load(_ source: Source, pageSize: Int, _ compressors: CompressorPool) {
    let loaded = contents(source, pageSize: pageSize, compressors)
    result.withLock { $0 = loaded }
    isDone.signal()
  }

  /// Waits until the part is there, and hands it out; to be called once.
  func take() throws(Source.Failure) -> Contents {
    isDone.wait()
    let taken = result.withLock { result in
      defer { result = nil }
      return result
    }
    guard let taken else { return Contents(bytes: []) }
    return try taken.get()
  }

  private func contents(
    _ source: Source, pageSize: Int, _ compressors: CompressorPool
  ) -> Result<Contents, Source.Failure> {
    var bytes = [UInt8](repeating: 0, count: range.count)
    do throws(Source.Failure) {
      var span = bytes.mutableSpan
      try source.read(file, at: UInt64(range.lowerBound), into: &span)
    } catch {
      return .failure(error)
    }
    return .success(
      compressors.withCompressor { compressor in
        compress(bytes, pageSize: pageSize, compressor)
      })
  }

  private func compress(
    _ bytes: [UInt8], pageSize: Int, _ compressor: ChunkCompressor
  ) -> Contents {
    var payloads: [UInt8] = []
    payloads.reserveCapacity(bytes.count)
    var chunks: [Chunk] = []
    for start in stride(from: 0, to: bytes.count, by: pageSize) {
      let end = min(start + pageSize, bytes.count)
      let chunk = bytes.span.extracting(start..<end)
      let payloadStart = payloads.count
      let compression = chunk.isZero ? .zero : compressor.compress(chunk, into: &payloads)
      let payload = payloadStart..<payloads.count
      chunks.append(
        Chunk(
          fileOffset: range.lowerBound + UInt32(start), range: start..<end, payload: payload,
          compression: compression, dataCRC: jffs2CRC(payloads.span.extracting(payload))))
    }
    return Contents(bytes: bytes, payloads: payloads, chunks: chunks)
  }
}

extension Span<UInt8> {
  /// Whether all bytes are 0.
  var isZero: Bool {
    for index in indices where self[index] != 0 { return false }
    return true
  }
}
