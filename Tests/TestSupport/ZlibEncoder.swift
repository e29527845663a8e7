private import LibZ

/// Writes zlib streams.
package enum ZlibEncoder {
  /// Compresses `data` at a level of 0 to 9.
  ///
  /// `windowBits` is 9 to 15 for a zlib stream, negative for deflate data without header and Adler-32; an empty
  /// `dictionary` is none.
  package static func encode(
    _ data: [UInt8], level: Int32 = 9, windowBits: Int32 = 15, dictionary: [UInt8] = []
  ) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    precondition(
      deflateInit2_(
        &stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
    defer { deflateEnd(&stream) }
    if !dictionary.isEmpty {
      precondition(deflateSetDictionary(&stream, dictionary, UInt32(dictionary.count)) == Z_OK)
    }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(data.count))) + 64)
    var input = data
    let count = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return Int(stream.total_out)
      }
    }
    return Array(output.prefix(count))
  }
}

/// The same as `jffs2_zlib_decompress` of Linux 6.1, implemented with zlib alone.
package enum DriverZlib {
  /// The bytes that come out, at most `size`, or `nil` where the driver answers EIO.
  package static func decompress(_ payload: [UInt8], size: Int) -> [UInt8]? {
    var windowBits: Int32 = 15
    var skipped = 0
    if payload.count > 2, payload[1] & 0x20 == 0, payload[0] & 0x0F == 8,
      (Int(payload[0]) << 8 + Int(payload[1])) % 31 == 0
    {
      windowBits = -(Int32(payload[0] >> 4) + 8)
      skipped = 2
    }
    var stream = z_stream()
    let streamSize = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, streamSize) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = Array(payload.dropFirst(skipped))
    var output = [UInt8](repeating: 0, count: size)
    let count = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        while inflate(&stream, Z_FINISH) == Z_OK {}
        return Int(stream.total_out)
      }
    }
    return Array(output.prefix(count))
  }
}
