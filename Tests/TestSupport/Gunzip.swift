private import LibZ

/// Why a gzip file cannot be unpacked.
package struct GunzipError: Error {}

/// The contents of a gzip file.
package func gunzip(_ data: [UInt8]) throws -> [UInt8] {
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else { throw GunzipError() }
  defer { inflateEnd(&stream) }
  var input = data
  var piece = [UInt8](repeating: 0, count: 1 << 20)
  var output: [UInt8] = []
  try input.withUnsafeMutableBufferPointer { input in
    stream.next_in = input.baseAddress
    stream.avail_in = UInt32(input.count)
    var status = Z_OK
    while status == Z_OK {
      let count = piece.withUnsafeMutableBufferPointer { piece in
        stream.next_out = piece.baseAddress
        stream.avail_out = UInt32(piece.count)
        status = inflate(&stream, Z_NO_FLUSH)
        return piece.count - Int(stream.avail_out)
      }
      output += piece[..<count]
    }
    guard status == Z_STREAM_END else { throw GunzipError() }
  }
  return output
}
