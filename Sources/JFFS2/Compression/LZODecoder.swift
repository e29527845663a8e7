/// LZO1X: literals and matches, each of which may be followed by up to three literals.
enum LZODecoder {
  /// Follows `lzo1x_decompress_safe`: the end mark must come where both payload and chunk end.
  ///
  /// The prefix of an LZO-RLE stream (a first byte of 17), which Linux 6.1 knows and JFFS2 never writes, is corrupt here.
  @_lifetime(chunk: copy chunk)
  static func decompress(
    _ payload: Span<UInt8>, into chunk: inout MutableSpan<UInt8>
  ) throws(CorruptPayload) {
    var input = ByteReader(payload)
    var output = OutputCursor(&chunk)
    // The literals since the last match, which decide what a small instruction means: 0 to 3 as they are, 4 for a run.
    var literals = 0

    if let first = input.peek, first > 17 {
      let count = try input.byte() - 17
      try output.append(input.bytes(count))
      literals = min(count, 4)
    }
    while true {
      let instruction = try input.byte()
      let length: Int
      let distance: Int
      switch instruction {
      case 0..<16 where literals == 0:
        let count = try input.lzoLength(instruction, fieldSize: 15) + 3
        try output.append(input.bytes(count))
        literals = 4
        continue
      case 0..<16:
        let isAfterRun = literals == 4
        length = isAfterRun ? 3 : 2
        distance = try input.byte() << 2 + instruction >> 2 + (isAfterRun ? 2049 : 1)
        literals = instruction & 3
      case 16..<32:
        length = try input.lzoLength(instruction & 7, fieldSize: 7) + 2
        let word = try input.word()
        distance = 16384 + (instruction & 8) << 11 + word >> 2
        if distance == 16384 {
          guard length == 3, input.isAtEnd, output.isFull else { throw CorruptPayload() }
          return
        }
        literals = word & 3
      case 32..<64:
        length = try input.lzoLength(instruction & 31, fieldSize: 31) + 2
        let word = try input.word()
        distance = word >> 2 + 1
        literals = word & 3
      default:
        length = instruction >> 5 + 1
        distance = try input.byte() << 3 + instruction >> 2 & 7 + 1
        literals = instruction & 3
      }
      try output.copyMatch(from: output.count - distance, count: length)
      try output.append(input.bytes(literals))
    }
  }
}

extension ByteReader {
  /// The length that an instruction's field gives, or, where the field is 0, the bytes that follow: the field's greatest
  /// value, 255 for each zero byte, and the first byte that is not zero.
  @_lifetime(self: copy self)
  fileprivate mutating func lzoLength(
    _ field: Int, fieldSize: Int
  ) throws(CorruptPayload) -> Int {
    guard field == 0 else { return field }
    var length = fieldSize
    while true {
      let byte = try byte()
      guard byte == 0 else { return length + byte }
      length += 255
    }
  }
}
