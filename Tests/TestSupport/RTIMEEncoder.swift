/// Writes RTIME payloads as `jffs2_rtime_compress` does.
package enum RTIMEEncoder {
  /// Compresses `data`; the result may be twice as long.
  package static func encode(_ data: [UInt8]) -> [UInt8] {
    var payload: [UInt8] = []
    var positions = [Int](repeating: 0, count: 256)
    var position = 0
    while position < data.count {
      let value = data[position]
      let start = positions[Int(value)]
      position += 1
      positions[Int(value)] = position & 0xFFFF
      var run = 0
      while run < 255, position + run < data.count, data[start + run] == data[position + run] {
        run += 1
      }
      payload += [value, UInt8(run)]
      position += run
    }
    return payload
  }
}
