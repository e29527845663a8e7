internal import Storage

/// A line of a hexadecimal dump: an address, units of hexadecimal digits, and optionally the same bytes as characters.
struct HexDumpLine {
  /// The largest number of bytes in a line.
  static let maximumByteCount = 64

  /// The digits of the address, as a hexadecimal number.
  private(set) var address: UInt64?
  /// The digits of the address, as an octal number; nil if they are not one.
  private(set) var octalAddress: UInt64?
  /// The number of digits in a unit: 2, 4, 8 or 16.
  private(set) var unitDigits = 0
  /// The bytes in the order in which they are printed.
  private(set) var bytes: [UInt8] = []
  /// The index of the first unit.
  private(set) var unitsStart = 0
  /// The index after the last unit.
  private(set) var end = 0

  /// Whether the line is an address and nothing else.
  var isAddressOnly: Bool { address != nil && bytes.isEmpty }

  /// Reads a line.
  ///
  /// - Parameter byteCounts: The number of bytes per line, by ``unitDigits``; nil if that is not known.
  /// - Returns: Whether it starts with an address, optionally after a time or a prompt, followed by units or nothing.
  mutating func parse(_ line: [UInt8], byteCounts: [Int: Int]? = nil) -> Bool {
    for index in line.indices.prefix(40) where line[index] == UInt8(ascii: ":") {
      var first = index
      while first > 0, index - first < 16, line[first - 1].hexadecimalDigit != nil { first -= 1 }
      guard index - first >= 4 else { continue }
      if setAddress(line, first..<index), readUnits(line, from: index + 1, byteCounts),
        bytes.count > 1
      {
        return true
      }
    }
    var first = line.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? 0
    if line.dropFirst(first).starts(with: Array("0x".utf8)) { first += 2 }
    let digits = line[first...].prefix(17).prefix { $0.hexadecimalDigit != nil }
    guard digits.count >= 4, setAddress(line, digits.indices) else { return false }
    if digits.endIndex == line.endIndex {
      bytes.removeAll(keepingCapacity: true)
      return true
    }
    let isSeparated = [0x20, 0x09, UInt8(ascii: "|")].contains(line[digits.endIndex])
    return isSeparated && readUnits(line, from: digits.endIndex + 1, byteCounts)
  }

  /// Reads the units at the column where the dump has them, of a line whose address is not readable.
  mutating func parseUnits(
    _ line: [UInt8], at column: Int, byteCounts: [Int: Int]
  ) -> Bool {
    address = nil
    octalAddress = nil
    return column < line.count && readUnits(line, from: column, byteCounts)
  }

  private mutating func setAddress(_ line: [UInt8], _ range: Range<Int>) -> Bool {
    guard range.count <= 16 else { return false }
    address = line[range].reduce(0) { $0 << 4 | UInt64($1.hexadecimalDigit ?? 0) }
    let isOctal = line[range].allSatisfy { 0x30...0x37 ~= $0 }
    octalAddress = isOctal ? line[range].reduce(0) { $0 << 3 | UInt64($1 & 7) } : nil
    return true
  }

  /// - Returns: Whether there is a unit.
  private mutating func readUnits(
    _ line: [UInt8], from first: Int, _ byteCounts: [Int: Int]?
  ) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    unitDigits = 0
    end = first
    var limit = Self.maximumByteCount
    while bytes.count < limit {
      let unit = line[end...].drop { $0 == 0x20 || $0 == 0x09 }
      // After more spaces are the characters.
      guard unit.startIndex - end <= (bytes.isEmpty ? 8 : 2), unit.startIndex > end || bytes.isEmpty
      else { break }
      let digits = unit.prefix(17).prefix { $0.hexadecimalDigit != nil }
      if unitDigits == 0 {
        guard [2, 4, 8, 16].contains(digits.count) else { break }
        if let byteCounts {
          guard let count = byteCounts[digits.count] else { break }
          limit = count
        }
        unitDigits = digits.count
        unitsStart = digits.startIndex
      }
      let isEnd =
        digits.endIndex == line.endIndex || [0x20, 0x09, 0x7C].contains(line[digits.endIndex])
      // The last unit of xxd may be shorter.
      guard isEnd, !digits.isEmpty, digits.count <= unitDigits, digits.count % 2 == 0 else { break }
      for index in stride(from: digits.startIndex, to: digits.endIndex, by: 2) {
        let (high, low) = (line[index].hexadecimalDigit ?? 0, line[index + 1].hexadecimalDigit ?? 0)
        bytes.append(high << 4 | low)
      }
      end = digits.endIndex
      guard digits.count == unitDigits else { break }
    }
    return !bytes.isEmpty
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit in ASCII.
  var hexadecimalDigit: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x41 + 10
    case 0x61...0x66: self - 0x61 + 10
    default: nil
    }
  }
}
