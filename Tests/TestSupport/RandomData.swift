/// Random numbers that a printed seed brings back.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// Starts the sequence that belongs to `seed`.
  package init(seed: UInt64) {
    state = seed
  }

  /// The next number (SplitMix64).
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Bytes that a compressor finds work in: random ones, runs, and repetitions from near and far.
  package mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let length = Int.random(in: 1...(Bool.random(using: &self) ? 8 : 300), using: &self)
      switch Int.random(in: 0..<8, using: &self) {
      case 0:
        bytes += (0..<length).map { _ in UInt8.random(in: 0...255, using: &self) }
      case 1:
        bytes += (0..<length).map { _ in UInt8.random(in: 97...100, using: &self) }
      case 2:
        bytes += [UInt8](repeating: UInt8.random(in: 0...255, using: &self), count: length)
      default:
        guard !bytes.isEmpty else { continue }
        let reach = [16, 900, 3000, 16000, 49000].randomElement(using: &self) ?? 16
        let start = max(0, bytes.count - Int.random(in: 1...reach, using: &self))
        bytes += bytes[start..<min(bytes.count, start + length)]
        bytes.append(UInt8.random(in: 0...255, using: &self))
      }
    }
    return Array(bytes.prefix(count))
  }
}
