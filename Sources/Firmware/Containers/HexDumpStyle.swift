internal import Storage

/// The format of the lines of a hexadecimal dump.
struct HexDumpStyle {
  /// The number of bytes per line, by the number of digits in a unit.
  var byteCounts: [Int: Int] = [:]
  /// Whether addresses are octal, as od prints them.
  var isOctal = false
  /// The column of the units.
  var unitsColumn = 0
  /// The column of the characters, from the first unit; nil if there are none.
  var characterColumn: Int?

  /// The address of a line.
  func address(of line: HexDumpLine) -> UInt64? { isOctal ? line.octalAddress : line.address }
}

extension HexDumpStyle {
  /// Why two lines that follow each other are of one dump: the second address continues after the bytes of the first line.
  private struct Evidence: Hashable {
    let unitDigits: Int
    let byteCount: Int
    let isOctal: Bool
  }

  /// The lines that are examined when the dump has been found.
  private static let sampleCount = 1024
  /// The minimum number of consecutive lines, because those of a table may be consecutive by chance.
  private static let minimumVotes = 3
  /// The amount of text to examine for the start of a dump.
  private static let searchLimit: UInt64 = 4 << 20

  /// Finds a dump in a text.
  ///
  /// - Returns: nil if the bytes are not a text, or have no lines that follow each other.
  init?(detecting image: FlashImage, _ range: Range<UInt64>) throws(StorageError) {
    guard try image.isText(at: range.lowerBound, range) else { return nil }
    var lines = TextLines(image, range)
    var votes: [Evidence: Int] = [:]
    var samples: [[UInt8]] = []
    var text: [UInt8] = []
    var (line, last) = (HexDumpLine(), HexDumpLine())
    var nextCheck = range.lowerBound
    while samples.count < Self.sampleCount, try lines.next(into: &text) {
      if lines.offset >= nextCheck {
        let isSearched = votes.isEmpty && lines.offset - range.lowerBound >= Self.searchLimit
        let isText = try image.isText(at: lines.offset, range)
        guard !isSearched, isText || lines.offset == range.upperBound else { break }
        nextCheck = lines.offset + 256 << 10
      }
      guard line.parse(text), !line.isAddressOnly else { continue }
      for evidence in Self.evidence(last, line) { votes[evidence, default: 0] += 1 }
      samples.append(text)
      swap(&line, &last)
    }
    guard
      let best = votes.max(by: { ($0.value, $1.key.byteCount) < ($1.value, $0.key.byteCount) }),
      best.value >= Self.minimumVotes
    else { return nil }
    isOctal = best.key.isOctal
    for (evidence, count) in votes where evidence.isOctal == isOctal {
      let known = byteCounts[evidence.unitDigits].map {
        votes[Evidence(unitDigits: evidence.unitDigits, byteCount: $0, isOctal: isOctal)] ?? 0
      }
      if count > known ?? 0 { byteCounts[evidence.unitDigits] = evidence.byteCount }
    }
    findColumns(samples)
  }

  private static func evidence(_ first: HexDumpLine, _ second: HexDumpLine) -> [Evidence] {
    guard first.unitDigits == second.unitDigits, !first.bytes.isEmpty else { return [] }
    var found: [Evidence] = []
    let count = UInt64(first.bytes.count)
    let digits = first.unitDigits
    if let address = first.address, let next = second.address, next &- address == count {
      found.append(Evidence(unitDigits: digits, byteCount: Int(count), isOctal: false))
    }
    if let address = first.octalAddress, let next = second.octalAddress, next &- address == count {
      found.append(Evidence(unitDigits: digits, byteCount: Int(count), isOctal: true))
    }
    return found
  }

  private mutating func findColumns(_ samples: [[UInt8]]) {
    var line = HexDumpLine()
    var columns: [Int: Int] = [:]
    var unitColumns: [Int: Int] = [:]
    for text in samples {
      guard line.parse(text, byteCounts: byteCounts),
        line.bytes.count == byteCounts[line.unitDigits]
      else { continue }
      unitColumns[line.unitsStart, default: 0] += 1
      let rest = text[line.end...].drop { $0 == 0x20 || $0 == 0x09 }
      guard let first = rest.first else { continue }
      let isFrame = first == UInt8(ascii: "|") || first == UInt8(ascii: ">")
      columns[rest.startIndex + (isFrame ? 1 : 0) - line.unitsStart, default: 0] += 1
    }
    // Characters that begin with a space seem to begin later, and noise earlier.
    let count = columns.values.reduce(0, +)
    characterColumn = columns.filter { $0.value * 20 >= count }.keys.min()
    unitsColumn = unitColumns.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
  }
}
