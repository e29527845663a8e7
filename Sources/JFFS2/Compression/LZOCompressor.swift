/// Writes LZO1X blocks: at each byte the longest of a few earlier occurrences of the next three, unless the next byte has a longer one.
struct LZOCompressor {
  private static let hashBits: UInt32 = 13
  private static let maximumCandidateCount = 64

  /// Where three bytes with this hash were last, plus one.
  private var latest: [UInt32] = []
  /// For each position the one before it with the same hash, plus one.
  private var earlier: [UInt32] = []

  /// Compresses `data`.
  ///
  /// - Returns: The number of bytes written to `output`, or nil if they do not fit.
  @_lifetime(output: copy output)
  mutating func compress(_ data: Span<UInt8>, into output: inout MutableSpan<UInt8>) -> Int? {
    latest = [UInt32](repeating: 0, count: 1 << Self.hashBits)
    earlier = [UInt32](repeating: 0, count: data.count)
    var block = LZOBlock(output.count)
    var position = 0
    var pending = 0
    var next: Match?
    while position + 3 <= data.count {
      let found = next ?? match(data, at: position)
      next = nil
      insert(data, position)
      guard let found else {
        position += 1
        continue
      }
      // A longer match at the next byte is worth a literal.
      if let later = match(data, at: position + 1), later.length > found.length + 1 {
        next = later
        position += 1
        continue
      }
      guard block.append(literals: data.extracting(pending..<position), to: &output),
        block.appendMatch(length: found.length, distance: found.distance, to: &output)
      else { return nil }
      for passed in position + 1..<position + found.length { insert(data, passed) }
      position += found.length
      pending = position
    }
    let literals = data.extracting(pending..<data.count)
    guard block.append(literals: literals, to: &output), block.appendEnd(to: &output) else {
      return nil
    }
    return block.count
  }

  private struct Match {
    let length: Int
    let distance: Int
  }

  /// The longest match that takes fewer bytes than it replaces; of equal ones the nearest.
  private func match(_ data: Span<UInt8>, at position: Int) -> Match? {
    guard position + 3 <= data.count else { return nil }
    var best: Match?
    var candidate = Int(latest[Self.hash(data, position)]) - 1
    for _ in 0..<Self.maximumCandidateCount {
      guard candidate >= 0, position - candidate <= LZOBlock.maximumDistance else { break }
      var length = 0
      while position + length < data.count, data[candidate + length] == data[position + length] {
        length += 1
      }
      let distance = position - candidate
      if length > max(best?.length ?? 0, distance > LZOBlock.nearDistance ? 3 : 2) {
        best = Match(length: length, distance: distance)
      }
      candidate = Int(earlier[candidate]) - 1
    }
    return best
  }

  private mutating func insert(_ data: Span<UInt8>, _ position: Int) {
    guard position + 3 <= data.count else { return }
    let hash = Self.hash(data, position)
    earlier[position] = latest[hash]
    latest[hash] = UInt32(position + 1)
  }

  private static func hash(_ data: Span<UInt8>, _ position: Int) -> Int {
    let bytes =
      UInt32(data[position]) | UInt32(data[position + 1]) << 8 | UInt32(data[position + 2]) << 16
    return Int((bytes &* 0x9E37_79B1) >> (32 - hashBits))
  }
}

/// The instructions of one LZO1X block that have been written.
private struct LZOBlock {
  /// The maximum distance of a match.
  static let maximumDistance = 49151
  /// The maximum distance at which a match of three bytes is worth its instruction.
  static let nearDistance = 2048

  /// The number of bytes written.
  private(set) var count = 0
  private let capacity: Int
  /// The offset of the byte whose low two bits take the number of literals after the last match.
  private var literalCountOffset: Int?

  init(_ capacity: Int) { self.capacity = capacity }

  /// Appends bytes as they are.
  ///
  /// - Returns: Whether they fit.
  @_lifetime(output: copy output)
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
    if length <= 8, distance <= Self.nearDistance {
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
