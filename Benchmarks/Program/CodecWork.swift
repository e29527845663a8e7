import JFFS2

/// Decompresses a short payload of a compressor that mkfs.jffs2 does not support, a thousand times.
struct CodecWork {
  private static let repetitions = 1000

  private let compression: Compression
  private let payload: [UInt8]
  private let size: Int

  /// - Parameter name: As ``Compression/name`` has it.
  /// - Returns: nil for any other.
  init?(named name: String) {
    let payloads: [(Compression, String, Int)] = [
      (.dynRubin, "5535aab501f5d50127d642f0f01c50a09cd44e07ceeaa71eb16f4d5857827d31b4ac1300", 48),
      (
        .rubinMIPS,
        "611b3eb0ac80ac8bc9bbf40f1a678ef1d01ff9f1dc9c390a9db3ff45140250bb208fa0b100455bd2b9e0d7b1"
          + "5ca1c4cf52452361ab1d40", 48
      ),
      (.lzma, "003099abe2273a368fee0000", 300),
    ]
    guard let (compression, payload, size) = payloads.first(where: { $0.0.name == name }) else {
      return nil
    }
    self.compression = compression
    self.payload = stride(from: 0, to: payload.count, by: 2).compactMap {
      UInt8(payload.dropFirst($0).prefix(2), radix: 16)
    }
    self.size = size
  }

  func run(times: Int) throws(DecompressionError) {
    var decompressor = Decompressor()
    var chunk = [UInt8](repeating: 0, count: size)
    for _ in 0..<times * Self.repetitions {
      var span = chunk.mutableSpan
      _ = try decompressor.decompress(payload.span, as: compression, into: &span)
    }
  }
}
