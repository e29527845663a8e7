/// Writes the nodes of one regular file.
struct FileWriter {
  /// Fewer bytes of a file than this do not go into the rest of a block.
  private static let minimumDataLength = 128
  /// How often a part of a chunk is compressed until it fills the rest of a block.
  private static let maximumTrialCount = 3

  private let file: FileTree.File
  private let ino: UInt32
  private var version: UInt32 = 0
  /// Zeros that are not written yet.
  private var hole: Range<UInt32> = 0..<0

  init(_ file: FileTree.File, _ ino: UInt32) {
    self.file = file
    self.ino = ino
  }

  /// Writes a chunk; zeros are kept back, so that neighboring ones become one node.
  mutating func write<Source>(
    _ chunk: ChunkBatch<Source>.Chunk, of part: ChunkBatch<Source>.Contents,
    with writer: inout ImageWriter<Source>, _ output: ImageWriter<Source>.Output
  ) throws(Source.Failure) {
    if chunk.compression == .zero {
      let end = chunk.fileOffset + UInt32(chunk.range.count)
      hole = (hole.isEmpty ? chunk.fileOffset : hole.lowerBound)..<end
      return
    }
    try finish(with: &writer, output)
    let payload = part.payloads.span.extracting(chunk.payload)
    if payload.count > room(writer), room(writer) < Self.minimumDataLength {
      try writer.endBlock(output)
    }
    guard payload.count > room(writer) else {
      return try write(
        offset: chunk.fileOffset, size: chunk.range.count, payload, chunk.compression,
        dataCRC: chunk.dataCRC, &writer, output)
    }
    try split(
      part.bytes.span.extracting(chunk.range), storedCount: payload.count, chunk.fileOffset,
      &writer, output)
  }

  /// Writes the zeros that were kept back.
  mutating func finish<Source>(
    with writer: inout ImageWriter<Source>, _ output: ImageWriter<Source>.Output
  ) throws(Source.Failure) {
    guard !hole.isEmpty else { return }
    let none: [UInt8] = []
    try write(
      offset: hole.lowerBound, size: hole.count, none.span, .zero, dataCRC: 0, &writer, output)
    hole = 0..<0
  }

  private mutating func write<Source>(
    offset: UInt32, size: Int, _ payload: Span<UInt8>, _ compression: Compression,
    dataCRC: UInt32, _ writer: inout ImageWriter<Source>, _ output: ImageWriter<Source>.Output
  ) throws(Source.Failure) {
    version += 1
    let node = writer.rawInode(
      file, ino, version: version, offset: offset, size: size, payload, compression,
      dataCRC: dataCRC)
    try writer.append(node, payload, output)
  }

  /// The most bytes of a payload that fit into the block.
  private func room<Source>(_ writer: ImageWriter<Source>) -> Int {
    writer.block.room(for: .inode) - RawInode.size
  }

  /// Writes as much of a chunk as fits into the block, and the rest to the next one.
  ///
  /// - Parameter storedCount: The bytes that the whole chunk takes, which do not fit.
  private mutating func split<Source>(
    _ bytes: Span<UInt8>, storedCount: Int, _ offset: UInt32,
    _ writer: inout ImageWriter<Source>, _ output: ImageWriter<Source>.Output
  ) throws(Source.Failure) {
    var start = 0
    var size = Self.fittingSize(bytes.count, storedCount: storedCount, room(writer))
    while start < bytes.count {
      let part = fit(
        bytes.extracting(start...), trying: size, into: room(writer), writer.compressor)
      try write(
        offset: offset + UInt32(start), size: part.size, part.payload.span, part.compression,
        dataCRC: jffs2CRC(part.payload.span), &writer, output)
      start += part.size
      size = bytes.count - start
      if size > 0, room(writer) < Self.minimumDataLength { try writer.endBlock(output) }
    }
  }

  /// The stored form of some bytes of a file.
  private struct Part {
    let size: Int
    let payload: [UInt8]
    let compression: Compression

    init(_ bytes: Span<UInt8>, _ compressor: ChunkCompressor) {
      size = bytes.count
      var payload: [UInt8] = []
      compression = compressor.compress(bytes, into: &payload)
      self.payload = payload
    }
  }

  /// The most bytes that were found to fit, after a few trials.
  private func fit(
    _ bytes: Span<UInt8>, trying first: Int, into room: Int, _ compressor: ChunkCompressor
  ) -> Part {
    var best: Part?
    var size = first
    // As many do not fit.
    var limit = bytes.count + 1
    for _ in 0..<Self.maximumTrialCount {
      let part = Part(bytes.extracting(0..<size), compressor)
      if part.payload.count > room {
        limit = size
      } else {
        best = part
        if room - part.payload.count < Self.minimumDataLength { break }
      }
      size = min(
        Self.fittingSize(size, storedCount: part.payload.count, room), limit - 1)
      guard size > best?.size ?? 0 else { break }
    }
    // The bytes themselves fit in any case.
    return best ?? Part(bytes.extracting(0..<min(room, bytes.count)), compressor)
  }

  /// The number of bytes that fill the room if all are as compressible as these.
  private static func fittingSize(_ count: Int, storedCount: Int, _ room: Int) -> Int {
    max(minimumDataLength, count * room / storedCount - 16)
  }
}
