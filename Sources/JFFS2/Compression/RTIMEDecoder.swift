/// RTIME: pairs of a byte and how many bytes follow it as they followed the same byte the last time.
enum RTIMEDecoder {
  /// Follows `jffs2_rtime_decompress`, which ignores what is left of the payload when the chunk is full.
  ///
  /// A run past the chunk's end is corrupt here; Linux 6.1 writes past its page.
  @_lifetime(chunk: copy chunk)
  static func decompress(
    _ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) {
    var input = ByteReader(payload)
    var output = OutputCursor(&chunk)
    // Where the output continued after each byte value. A value not seen before points to the start; past 64 KiB the
    // positions wrap, since the driver keeps 16 bits.
    var positions = [256 of UInt16](repeating: 0)
    while !output.isFull {
      let value = try input.byte()
      let start = Int(positions[value])
      try output.append(UInt8(truncatingIfNeeded: value))
      positions[value] = UInt16(truncatingIfNeeded: output.count)
      try output.copyMatch(from: start, count: input.byte())
    }
  }
}
