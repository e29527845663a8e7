import TestSupport

/// A generator whose seed is in the test's output.
func announcedGenerator(_ test: String = #function) -> SeededGenerator {
  let seed = UInt64.random(in: 0...UInt64.max)
  print("seed \(seed): \(test)")
  return SeededGenerator(seed: seed)
}

/// The bytes of pairs of hexadecimal digits.
func bytes(hex: String) -> [UInt8] {
  let digits = hex.compactMap(\.hexDigitValue).map(UInt8.init)
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
