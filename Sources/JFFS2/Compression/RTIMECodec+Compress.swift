extension RTIMEDecoder {
  /// Compresses `data` as `jffs2_rtime_compress` does.
  ///
  /// - Returns: The number of bytes written to `output`, or nil if they do not fit.
  @_lifetime(output: copy output)
  static func compress(_ data: Span<UInt8>, into output: inout MutableSpan<UInt8>) -> Int? {
    var positions = [256 of UInt16](repeating: 0)
    var position = 0
    var count = 0
    while position < data.count {
      guard count + 2 <= output.count else { return nil }
      let value = data[position]
      var start = Int(positions[Int(value)])
      position += 1
      positions[Int(value)] = UInt16(truncatingIfNeeded: position)
      var run = 0
      while run < 255, position < data.count, data[start] == data[position] {
        run += 1
        start += 1
        position += 1
      }
      output[count] = value
      output[count + 1] = UInt8(run)
      count += 2
    }
    return count
  }
}
