/// Writes LZO1X blocks: a greedy search with one candidate for each three bytes.
struct LZOCompressor {
  private static let hashBits: UInt32 = 13

  /// Where three bytes with this hash were last, plus one.
  private var positions: [UInt32] = []

  /// Compresses `data`.
  ///
  /// - Returns: The number of bytes written to `output`, or nil if they do not fit.
  mutating func compress(_ data: Span<UInt8>, into output: inout MutableSpan<UInt8>) -> Int? {
    positions = [UInt32](repeating: 0, count: 1 << Self.hashBits)
    var block = LZOBlock(output.count)
    var position = 0
    var pending = 0
    while position + 3 <= data.count {
      let hash = Self.hash(data, position)
      let candidate = Int(positions[hash]) - 1
      positions[hash] = UInt32(position + 1)
      guard candidate >= 0, position - candidate <= LZOBlock.maximumDistance,
        data[candidate] == data[position], data[candidate + 1] == data[position + 1],
        data[candidate + 2] == data[position + 2]
      else {
        position += 1
        continue
      }
      var length = 3
      while position + length < data.count, data[candidate + length] == data[position + length] {
        length += 1
      }
      let literals = data.extracting(pending..<position)
      guard block.append(literals: literals, to: &output),
        block.appendMatch(length: length, distance: position - candidate, to: &output)
      else { return nil }
      let end = position + length
      position += 1
      while position < end, position + 3 <= data.count {
        positions[Self.hash(data, position)] = UInt32(position + 1)
        position += 1
      }
      position = end
      pending = end
    }
    let literals = data.extracting(pending..<data.count)
    guard block.append(literals: literals, to: &output), block.appendEnd(to: &output) else {
      return nil
    }
    return block.count
  }

  private static func hash(_ data: Span<UInt8>, _ position: Int) -> Int {
    let bytes =
      UInt32(data[position]) | UInt32(data[position + 1]) << 8 | UInt32(data[position + 2]) << 16
    return Int((bytes &* 0x9E37_79B1) >> (32 - hashBits))
  }
}

/// The instructions of one LZO1X block, as far as they are written.
private struct LZOBlock {
  /// The most bytes that a match may be behind.
  static let maximumDistance = 49151

  /// The number of bytes written.
  private(set) var count = 0
  private let capacity: Int
  /// Where the low two bits take the number of literals behind the last match.
  private var literalCountOffset: Int?

  init(_ capacity: Int) { self.capacity = capacity }

  /// Appends bytes as they are.
  ///
  /// - Returns: Whether they fit.
  mutating func append(literals: Span<UInt8>, to output: inout MutableSpan<UInt8>) -> Bool {
    guard literals.count > 0 else { return true }
    guard literals.count + literals.count / 255 + 3 <= capacity - count else { return false }
    if count == 0, literals.count <= 238 {
      put(UInt8(17 + literals.count), &output)
    } else if literals.count <= 3, let literalCountOffset {
      output[literalCountOffset] |= UInt8(literals.count)
    } else {
      put(length: literals.count - 3, fieldSize: 15, instruction: 0, &output)
    }
    for index in literals.indices { put(literals[index], &output) }
    return true
  }

  /// Appends a copy of at least three earlier bytes.
  ///
  /// - Returns: Whether it fits.
  mutating func appendMatch(
    length: Int, distance: Int, to output: inout MutableSpan<UInt8>
  ) -> Bool {
    guard length / 255 + 4 <= capacity - count else { return false }
    if length <= 8, distance <= 2048 {
      literalCountOffset = count
      put(UInt8((length - 1) << 5 | ((distance - 1) & 7) << 2), &output)
      put(UInt8((distance - 1) >> 3), &output)
    } else if distance <= 16384 {
      put(length: length - 2, fieldSize: 31, instruction: 32, &output)
      put(word: distance - 1, &output)
    } else {
      put(
        length: length - 2, fieldSize: 7, instruction: distance >= 32768 ? 24 : 16, &output)
      put(word: distance & 0x3FFF, &output)
    }
    return true
  }

  /// Appends the mark that ends a block.
  mutating func appendEnd(to output: inout MutableSpan<UInt8>) -> Bool {
    guard capacity - count >= 3 else { return false }
    for byte: UInt8 in [0x11, 0, 0] { put(byte, &output) }
    return true
  }

  private mutating func put(_ byte: UInt8, _ output: inout MutableSpan<UInt8>) {
    output[count] = byte
    count += 1
  }

  private mutating func put(word distance: Int, _ output: inout MutableSpan<UInt8>) {
    literalCountOffset = count
    put(UInt8(truncatingIfNeeded: distance << 2), &output)
    put(UInt8(truncatingIfNeeded: distance >> 6), &output)
  }

  private mutating func put(
    length: Int, fieldSize: Int, instruction: UInt8, _ output: inout MutableSpan<UInt8>
  ) {
    guard length > fieldSize else { return put(instruction | UInt8(length), &output) }
    var rest = length - fieldSize
    put(instruction, &output)
    while rest > 255 {
      put(0, &output)
      rest -= 255
    }
    put(UInt8(rest), &output)
  }
}
