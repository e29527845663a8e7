/// Why a payload has no bytes to give; the driver answers EIO.
package enum DecompressionError: Error, Equatable {
  /// The compressor is unknown.
  case unknownCompression(Compression)
  /// The payload is not what this compressor writes, or not of the node's `dsize`.
  case corrupt(Compression)
}

/// The error of a codec; ``Decompressor`` adds the number under which the payload was stored.
struct CorruptPayload: Error {}
