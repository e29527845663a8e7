internal import Storage
internal import Support

/// Bytes of a dump that follow each other, and where they are in the file that they were written to.
struct HexDumpRun {
  var address: UInt64
  var offset: UInt64
  var count: UInt64

  var end: UInt64 { address + count }

  /// The part between two addresses.
  func part(_ range: Range<UInt64>) -> HexDumpRun {
    let start = max(address, range.lowerBound)
    return HexDumpRun(
      address: start, offset: offset + (start - address), count: min(end, range.upperBound) - start)
  }
}

/// The first addresses of some, for a message.
struct AddressList {
  private static let maximumCount = 8

  private var addresses: [UInt64] = []
  private(set) var count = 0

  mutating func add(_ address: UInt64) {
    count += 1
    if addresses.count < Self.maximumCount { addresses.append(address) }
  }

  /// Adds those of another list that are not in this one.
  mutating func add(_ list: AddressList) {
    let others = list.addresses.filter { !addresses.contains($0) }
    count += list.count - (list.addresses.count - others.count)
    addresses = Array((addresses + others).sorted().prefix(Self.maximumCount))
  }

  var description: String {
    addresses.map(\.hexadecimal).joined(separator: ", ")
      + (count > addresses.count ? " and \(count - addresses.count) more" : "")
  }
}

/// The command in a text that prints a dump: `md` of U-Boot, or `dump` of RedBoot.
struct HexDumpRequest {
  let addresses: Range<UInt64>

  init?(command text: [UInt8]) {
    let words = text.split { $0 == 0x20 || $0 == 0x09 }.map { String(decoding: $0, as: UTF8.self) }
    if let index = words.firstIndex(where: { Self.unitSizes[$0] != nil }), words.count > index + 2,
      let size = Self.unitSizes[words[index]], let start = Self.number(words[index + 1]),
      let count = Self.number(words[index + 2])
    {
      let (length, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, length > 0, length < .max - start else { return nil }
      addresses = start..<start + length
      return
    }
    func argument(_ name: String) -> UInt64? {
      guard let index = words.firstIndex(of: name), words.count > index + 1 else { return nil }
      return words[index + 1].hasPrefix("0x")
        ? Self.number(words[index + 1]) : UInt64(words[index + 1])
    }
    guard words.contains(where: { ["d", "dump", "x"].contains($0) }), let start = argument("-b"),
      let length = argument("-l"), length > 0, length < .max - start
    else { return nil }
    addresses = start..<start + length
  }

  private static let unitSizes: [String: UInt64] = [
    "md": 4, "md.b": 1, "md.w": 2, "md.l": 4, "md.q": 8,
  ]

  /// U-Boot's numbers are hexadecimal, with and without `0x`.
  private static func number(_ word: String) -> UInt64? {
    UInt64(word.hasPrefix("0x") ? String(word.dropFirst(2)) : word, radix: 16)
  }
}
