/// Writes payloads of both kinds of Rubin coding.
package struct RubinEncoder {
  private let divider: Int
  private let ones: [Int]
  private var low = 0
  private var width = 1 << 16
  private var bits: [Bool] = []

  private init(divider: Int, ones: [Int]) {
    self.divider = divider
    self.ones = ones
  }

  /// Compresses with the fixed weights of rubinmips.
  package static func encodeMIPS(_ data: [UInt8]) -> [UInt8] {
    var encoder = RubinEncoder(
      divider: 1043, ones: [277, 249, 290, 267, 229, 341, 212, 241])
    return encoder.encode(data)
  }

  /// Compresses with the weights that the data have, and puts these in front.
  package static func encodeDynamic(_ data: [UInt8]) -> [UInt8] {
    let ones = (0..<8).map { bit in
      let count = data.count { $0 >> UInt8(bit) & 1 == 1 }
      return min(max(256 * count / max(data.count, 1), 1), 255)
    }
    var encoder = RubinEncoder(divider: 256, ones: ones)
    return ones.map { UInt8($0) } + encoder.encode(data)
  }

  private mutating func encode(_ data: [UInt8]) -> [UInt8] {
    for byte in data {
      for bit in 0..<8 {
        encode(byte >> UInt8(bit) & 1 == 1, weight: ones[bit])
      }
    }
    for _ in 0..<16 { shift() }
    return stride(from: 0, to: bits.count, by: 8).map { start in
      (0..<8).reduce(0) { byte, bit in
        byte << 1 | (start + bit < bits.count && bits[start + bit] ? 1 : 0)
      }
    }
  }

  private mutating func encode(_ bit: Bool, weight: Int) {
    while low >= 0x8000 || low + width <= 0x8000 {
      shift()
      width <<= 1
    }
    let split = min(max((divider - weight) * width / divider, 1), width - 1)
    if bit {
      low += split
      width -= split
    } else {
      width = split
    }
  }

  private mutating func shift() {
    bits.append(low & 0x8000 != 0)
    low = (low & 0x7FFF) << 1
  }
}
