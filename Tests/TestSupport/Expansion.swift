package import JFFS2

/// The decompressed data of a payload.
package struct Expansion: Equatable, Sendable {
  /// The whole chunk.
  package let bytes: [UInt8]
  /// How many of its leading bytes are defined.
  package let defined: Int

  /// The result that a test expects.
  package init(bytes: [UInt8], defined: Int) {
    self.bytes = bytes
    self.defined = defined
  }

  /// Decompresses `payload` between guard bytes, into a chunk that is not clean before.
  ///
  /// Stops the process if anything outside the chunk was written, or if the count or the zeros after it are wrong.
  package init(
    of payload: [UInt8], as compression: Compression, size: Int,
    with decompressor: inout Decompressor
  ) throws(DecompressionError) {
    let guarded = 32
    var buffer = [UInt8](repeating: 0xA5, count: size + 2 * guarded)
    let original = buffer
    defer {
      precondition(buffer.prefix(guarded) == original.prefix(guarded), "written before the chunk")
      precondition(buffer.suffix(guarded) == original.suffix(guarded), "written past the chunk")
    }
    var span = buffer.mutableSpan
    var chunk = span._mutatingExtracting(guarded..<guarded + size)
    let defined = try decompressor.decompress(payload.span, as: compression, into: &chunk)
    let bytes = Array(buffer[guarded..<guarded + size])
    precondition(0...size ~= defined, "more bytes are defined than the chunk has")
    precondition(bytes[defined...].allSatisfy { $0 == 0 }, "undefined bytes are not zeros")
    self.bytes = bytes
    self.defined = defined
  }

  /// Decompresses `payload` with a separate decompressor.
  package init(
    of payload: [UInt8], as compression: Compression, size: Int
  ) throws(DecompressionError) {
    var decompressor = Decompressor()
    try self.init(of: payload, as: compression, size: size, with: &decompressor)
  }
}

/// One way to write payloads, for tests that hold for all of them.
package struct Encoder: Sendable, CustomStringConvertible {
  /// The name that a failing test shows.
  package let description: String
  /// The number under which nodes carry the result.
  package let compression: Compression
  /// Compresses data of any length but 0.
  package let encode: @Sendable ([UInt8]) -> [UInt8]

  /// Every encoder there is; both kinds of Rubin coding under both of their numbers.
  package static let all: [Encoder] = [
    Encoder(description: "none", compression: .none) { $0 },
    Encoder(description: "copy", compression: .copy) { $0 },
    Encoder(description: "rtime", compression: .rtime) { RTIMEEncoder.encode($0) },
    Encoder(description: "dynrubin, 3", compression: .rubinMIPS) {
      RubinEncoder.encodeDynamic($0)
    },
    Encoder(description: "dynrubin, 5", compression: .dynRubin) {
      RubinEncoder.encodeDynamic($0)
    },
    Encoder(description: "rubinmips, 3", compression: .rubinMIPS) { RubinEncoder.encodeMIPS($0) },
    Encoder(description: "rubinmips, 5", compression: .dynRubin) { RubinEncoder.encodeMIPS($0) },
    Encoder(description: "zlib", compression: .zlib) { ZlibEncoder.encode($0) },
    Encoder(description: "lzma, 6", compression: .zlib) {
      LZMAEncoder.encodeWithProperties($0)
    },
    Encoder(description: "lzo", compression: .lzo) { LZOEncoder($0).block },
    Encoder(description: "lzma", compression: .lzma) { LZMAEncoder.encode($0) },
    Encoder(description: "lzma2008", compression: .lzma2008) {
      LZMAEncoder.encodeWithProperties($0)
    },
  ]
}
