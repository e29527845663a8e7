internal import CCompression

/// The checksum of every CRC field: reflected CRC-32 with a register that starts at `initial` and is not inverted.
///
/// It is not zlib's `crc32`, which inverts the register before and after. Source: `crc32()` of `include/linux/crc32.h`.
package func jffs2CRC(_ bytes: Span<UInt8>, initial: UInt32 = 0) -> UInt32 {
  bytes.isEmpty ? initial : ccompression_crc32(initial, bytes)
}
