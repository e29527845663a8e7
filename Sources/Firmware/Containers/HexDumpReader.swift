internal import JFFS2
internal import Storage

/// Turns the lines of a hexadecimal dump into bytes.
///
/// A line counts where its address continues the one before it, or the next line continues it. So a garbled address moves nothing.
struct HexDumpReader: ~Copyable {
  /// The image from the lines of a dump that are read, with their bytes concatenated.
  struct Result {
    let image: FlashImage
    let runs: [HexDumpRun]
    var garbled: AddressList
    /// The ranges that the commands in the text name.
    let requests: [HexDumpRequest]
    /// Which order of the bytes in a unit the characters confirm; nil if they do not decide.
    let order: Endianness?
    /// Whether there are more interruptions than are read.
    let isIncomplete: Bool
  }

  /// More interruptions than a dump has that anyone can use.
  private static let maximumRuns = 16384

  private let style: HexDumpStyle
  private let isReversed: Bool
  private let limit: UInt64
  private var file: TemporaryFile
  private var buffer: [UInt8] = []
  private var runs: [HexDumpRun] = []
  private var requests: [HexDumpRequest] = []
  /// The address after the last line.
  private var expected: UInt64?
  /// The bytes of the last line, for `*`.
  private var lastBytes: [UInt8] = []
  private var isRepeated = false
  /// A line that does not continue the last one.
  private var held: HeldLine?
  /// Whether other text came after the last line of the dump.
  private var isInterrupted = true
  private var garbled = AddressList()
  private var mismatches = AddressList()
  private var (comparedLines, printedFaults, reversedFaults) = (0, 0, 0)

  private struct HeldLine {
    let line: HexDumpLine
    let text: [UInt8]
    let address: UInt64?
    let isInterrupted: Bool
  }

  /// - Parameters:
  ///   - isReversed: The bytes of a unit are printed in the reverse of their order in memory, as a little-endian processor prints words.
  ///   - limit: The number of bytes that may be written.
  ///   - file: Where the bytes are written.
  init(
    _ style: HexDumpStyle, isReversed: Bool, limit: UInt64, into file: consuming TemporaryFile
  ) {
    self.style = style
    self.isReversed = isReversed
    self.limit = limit
    self.file = file
  }

  /// Reads a text.
  ///
  /// - Returns: nil if the dump has more bytes than the limit.
  consuming func read(_ image: FlashImage, _ range: Range<UInt64>) throws(StorageError) -> Result? {
    var lines = TextLines(image, range)
    var text: [UInt8] = []
    var line = HexDumpLine()
    while runs.count < Self.maximumRuns, try lines.next(into: &text) {
      try read(&line, text)
      guard file.byteCount + UInt64(buffer.count) <= limit else { return nil }
    }
    if let held { try settle(held, next: nil) }
    try flush()
    let isIncomplete = runs.count >= Self.maximumRuns
    // Where many lines differ, the characters are not a copy of the bytes.
    let faults = isReversed ? reversedFaults : printedFaults
    if faults * 4 < comparedLines { garbled.add(mismatches) }
    return Result(
      image: file.image(path: "\(image.path)(dump)"), runs: runs, garbled: garbled,
      requests: requests,
      order: printedFaults == reversedFaults
        ? nil : printedFaults < reversedFaults ? .big : .little,
      isIncomplete: isIncomplete)
  }

  private mutating func read(_ line: inout HexDumpLine, _ text: [UInt8]) throws(StorageError) {
    let isLine =
      line.parse(text, byteCounts: style.byteCounts)
      || line.parseUnits(text, at: style.unitsColumn, byteCounts: style.byteCounts)
        && line.bytes.count == style.byteCounts[line.unitDigits]
    guard isLine else {
      if text.drop(while: { $0 == 0x20 }) == [UInt8(ascii: "*")] {
        isRepeated = try isLastLineKnown()
      } else {
        isInterrupted = true
        if requests.count < 64, let request = HexDumpRequest(command: text) {
          requests.append(request)
        }
      }
      return
    }
    let address = style.address(of: line)
    if isRepeated, held == nil, let address { try repeatLast(to: address) }
    guard !line.isAddressOnly else { return }
    if let held {
      self.held = nil
      try settle(held, next: address)
    }
    if let address, address == expected {
      try append(line, text, at: address)
    } else {
      held = HeldLine(line: line, text: text, address: address, isInterrupted: isInterrupted)
    }
    isInterrupted = false
    isRepeated = false
  }

  /// Whether the line that a `*` repeats has been written, which this does if it has not been decided yet.
  private mutating func isLastLineKnown() throws(StorageError) -> Bool {
    guard let held else { return !lastBytes.isEmpty }
    self.held = nil
    let isKnown = place(of: held, next: nil) != nil
    try settle(held, next: nil)
    return isKnown
  }

  /// Writes a line that does not continue the one before it.
  ///
  /// - Parameter next: The address of the line after it; nil if there is none.
  private mutating func settle(_ held: HeldLine, next: UInt64?) throws(StorageError) {
    guard let place = place(of: held, next: next) else {
      if let expected, expected != next { garbled.add(expected) }
      return
    }
    try append(held.line, held.text, at: place)
    if place != held.address { garbled.add(place) }
  }

  /// The address of a line that does not continue the previous one; nil if the adjacent lines do not define it.
  private func place(of held: HeldLine, next: UInt64?) -> UInt64? {
    let step = UInt64(style.byteCounts[held.line.unitDigits] ?? held.line.bytes.count)
    func isNear(_ address: UInt64, behind other: UInt64) -> Bool {
      address >= other && address - other <= 64 * step && (address - other) % step == 0
    }
    if let address = held.address, let next, address &+ step == next { return address }
    let beforeNext = next.flatMap { $0 < step ? nil : $0 - step }
    if let expected {
      if let address = held.address, isNear(address, behind: expected),
        next.map({ isNear($0, behind: address &+ step) }) ?? true
      {
        return address
      }
      if let beforeNext, isNear(beforeNext, behind: expected) { return beforeNext }
      if next == nil, held.address == nil { return expected }
    } else if held.address == nil {
      return beforeNext
    }
    // A dump of one line.
    let isAlone = held.isInterrupted && (isInterrupted || expected == nil || next == nil)
    return isAlone ? held.address : nil
  }

  private mutating func append(
    _ line: HexDumpLine, _ text: [UInt8], at address: UInt64
  ) throws(StorageError) {
    compareCharacters(line, text, address)
    lastBytes = line.bytes
    if isReversed { lastBytes.reverseUnits(of: line.unitDigits / 2) }
    let count = UInt64(lastBytes.count)
    let step = UInt64(style.byteCounts[line.unitDigits] ?? lastBytes.count)
    guard address <= .max - step else { return }
    try append(lastBytes, at: address)
    expected = address + max(count, step)
  }

  private mutating func append(_ bytes: [UInt8], at address: UInt64) throws(StorageError) {
    let count = UInt64(bytes.count)
    if let last = runs.last, last.end == address {
      runs[runs.count - 1].count += count
    } else {
      runs.append(
        HexDumpRun(
          address: address, offset: file.byteCount + UInt64(buffer.count), count: count))
    }
    buffer += bytes
    if buffer.count >= 64 << 10 { try flush() }
  }

  private mutating func flush() throws(StorageError) {
    let bytes = buffer
    try file.append(bytes.span)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes the last line again up to an address.
  private mutating func repeatLast(to address: UInt64) throws(StorageError) {
    isRepeated = false
    guard var next = expected, address > next, (address - next) % UInt64(lastBytes.count) == 0
    else { return }
    let count = max(1, (64 << 10) / lastBytes.count)
    let block = (0..<count).flatMap { _ in lastBytes }
    while next < address, file.byteCount + UInt64(buffer.count) <= limit {
      let part = block.prefix(Int(min(UInt64(block.count), address - next)))
      try append(Array(part), at: next)
      next += UInt64(part.count)
    }
    expected = next
  }

  /// Compares the characters of a line with its bytes in both orders.
  private mutating func compareCharacters(
    _ line: HexDumpLine, _ text: [UInt8], _ address: UInt64
  ) {
    guard let column = style.characterColumn else { return }
    let characters = text.dropFirst(line.unitsStart + column)
    guard !characters.isEmpty else { return }
    var reversed = line.bytes
    reversed.reverseUnits(of: line.unitDigits / 2)
    let isPrinted = line.bytes.agrees(with: characters)
    let isReversed = reversed.agrees(with: characters)
    comparedLines += 1
    printedFaults += isPrinted ? 0 : 1
    reversedFaults += isReversed ? 0 : 1
    if !(self.isReversed ? isReversed : isPrinted) { mismatches.add(address) }
  }
}

extension [UInt8] {
  /// Reverses each unit that is complete.
  fileprivate mutating func reverseUnits(of size: Int) {
    for start in stride(from: 0, through: count - size, by: size) {
      self[start..<start + size].reverse()
    }
  }

  /// Whether characters can be what a dump prints for the bytes: a dot for those that are not in ASCII.
  fileprivate func agrees(with characters: ArraySlice<UInt8>) -> Bool {
    zip(self, characters).allSatisfy { byte, character in
      switch byte {
      case 0x21...0x7E: byte == character
      case 0x20: character == 0x20 || character == UInt8(ascii: ".")
      case 0..<0x20: character == UInt8(ascii: ".") || character == 0x20
      default: character == UInt8(ascii: ".") || !(0x21...0x7E ~= character)
      }
    }
  }
}
