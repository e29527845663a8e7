/// Writes the nodes of one regular file.
struct FileWriter {
  /// Fewer bytes of a file than this do not go into the rest of a block.
  private static let minimumDataLength = 128
  /// How often a part of a chunk is compressed until it fills the rest of a block.
  private static let maximumTrialCount = 4

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
    guard RawInode.size + payload.count > writer.block.room(for: .inode) else {
      return try write(
        chunk.fileOffset, chunk.range.count, payload, chunk.compression, chunk.dataCRC, &writer,
        output)
    }
    try split(part.bytes.span.extracting(chunk.range), chunk.fileOffset, &writer, output)
  }

  /// Writes the zeros that were kept back.
  mutating func finish<Source>(
    with writer: inout ImageWriter<Source>, _ output: ImageWriter<Source>.Output
  ) throws(Source.Failure) {
    guard !hole.isEmpty else { return }
    let none: [UInt8] = []
    try write(hole.lowerBound, hole.count, none.span, .zero, 0, &writer, output)
    hole = 0..<0
  }

  private mutating func write<Source>(
    _ offset: UInt32, _ size: Int, _ payload: Span<UInt8>, _ compression: Compression,
    _ dataCRC: UInt32, _ writer: inout ImageWriter<Source>, _ output: ImageWriter<Source>.Output
  ) throws(Source.Failure) {
    version += 1
    let node = writer.rawInode(
      file, ino, version: version, offset: offset, size: size, payload, compression, dataCRC)
    try writer.append(node, payload, output)
  }

  /// Writes as much of a chunk as fits into the block, and the rest to the next one.
  private mutating func split<Source>(
    _ bytes: Span<UInt8>, _ offset: UInt32, _ writer: inout ImageWriter<Source>,
    _ output: ImageWriter<Source>.Output
  ) throws(Source.Failure) {
    var start = 0
    while start < bytes.count {
      let rest = bytes.extracting(start...)
      let room = writer.block.room(for: .inode) - RawInode.size
      var fitting = Fitting(payload: [], compression: .none, size: 0)
      if room >= Self.minimumDataLength {
        fitting = fit(rest, into: room, writer.compressor)
      }
      guard fitting.size > 0 else {
        // A block can hold the data of many pages, or at least a part of one.
        try writer.endBlock(output)
        continue
      }
      try write(
        offset + UInt32(start), fitting.size, fitting.payload.span, fitting.compression,
        jffs2CRC(fitting.payload.span), &writer, output)
      start += fitting.size
    }
  }

  /// The stored form of a chunk's first bytes.
  private struct Fitting {
    var payload: [UInt8]
    var compression: Compression
    /// The number of bytes of the file.
    var size: Int
  }

  /// The most bytes that were found to fit; none if they are fewer than are worth a node.
  private func fit(_ bytes: Span<UInt8>, into room: Int, _ compressor: ChunkCompressor) -> Fitting {
    var best = Fitting(payload: [], compression: .none, size: 0)
    // Fewer than this fit for sure, as many as this do not.
    var limit = bytes.count + 1
    var size = bytes.count
    for _ in 0..<Self.maximumTrialCount {
      var payload: [UInt8] = []
      let compression = compressor.compress(bytes.extracting(0..<size), into: &payload)
      // As many bytes as would fill the room if all were as compressible as these.
      let estimate = size * room / payload.count
      if payload.count <= room {
        best = Fitting(payload: payload, compression: compression, size: size)
        if size == bytes.count || room - payload.count < 32 { break }
        size = min(estimate - 8, limit - 1)
      } else {
        limit = size
        size = min(estimate - 16, limit - 1)
      }
      guard size > best.size, size >= Self.minimumDataLength else { break }
    }
    return best
  }
}
