internal import Glibc
package import Storage

extension Contents {
  private static let erased = type("erased", "bin")
  private static let zeros = type("zeros", "bin")
  static let uBoot = type("U-Boot", "bin")
  private static let text = type("text", "txt")
  private static let unknown = type("unknown", "bin")

  /// Whether the structure or all bytes show what the contents are.
  package var isKnown: Bool { type != Self.unknown }

  /// A range of erased flash.
  static func erased(_ range: Range<UInt64>) -> Contents {
    Contents(
      type: erased, offset: range.lowerBound,
      detected: Detected(length: range.upperBound - range.lowerBound))
  }

  /// Whether all bytes are those of erased flash.
  var isErased: Bool { type == Self.erased }

  private static func type(_ name: String, _ fileExtension: String) -> ContentsType {
    ContentsType(name, .none, fileExtension: fileExtension, detect: { _ in nil })
  }

  /// The contents of a range of a firmware, detected by its start, or else by all of its bytes.
  ///
  /// Reads all of the range if its start is not known.
  package static func of(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> Contents {
    let count = range.upperBound - range.lowerBound
    if let contents = try at(range.lowerBound, image, range) { return contents }
    func contents(_ type: ContentsType, _ detected: Detected) -> Contents {
      Contents(type: type, offset: range.lowerBound, detected: detected)
    }
    let statistics = try ByteStatistics(image, range)
    if statistics.isFilled(with: 0xFF) { return erased(range) }
    if statistics.isFilled(with: 0) { return contents(zeros, Detected(length: count)) }
    if statistics.isText { return contents(text, Detected(length: count)) }
    let source = try ContentsSource(image, range)
    if let detected = try Detected(uBoot: source) { return contents(uBoot, detected) }
    var detected = Detected(isCertain: true)
    if statistics.entropy > 7.9, count >= 4096 {
      let hundredths = Int(statistics.entropy * 100)
      detected.facts = [
        "high entropy, \(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10) bits per byte: compressed or "
          + "encrypted"
      ]
    }
    return contents(unknown, detected)
  }
}

/// The frequencies of byte values in a range.
struct ByteStatistics {
  private var counts = [UInt64](repeating: 0, count: 256)
  private var total: UInt64 = 0
  /// Whether only padding follows the first byte of padding.
  private var isPaddedAtEnd = true
  private var sawPadding = false

  init(_ image: FlashImage, _ range: Range<UInt64>) throws(StorageError) {
    var window = ReadWindow(image, range)
    var offset = range.lowerBound
    while offset < range.upperBound {
      try window.move(to: offset, wanted: 1)
      let bytes = window.bytes(from: offset)
      for index in bytes.indices { add(bytes[index]) }
      offset += UInt64(bytes.count)
    }
    total = counts.reduce(0, +)
  }

  private mutating func add(_ byte: UInt8) {
    counts[Int(byte)] += 1
    if byte == 0 || byte == 0xFF {
      sawPadding = true
    } else if sawPadding {
      isPaddedAtEnd = false
    }
  }

  func isFilled(with byte: UInt8) -> Bool { counts[Int(byte)] == total }

  /// Whether all bytes are those of a text in ASCII or UTF-8, up to padding at the end.
  var isText: Bool {
    let controls = (1..<0x20).filter { ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) }
    let printable = (0x20..<0x7F).reduce(0) { $0 + counts[$1] }
    let other = (0x7F..<0xFF).reduce(0) { $0 + counts[$1] }
    let kinds = (0x20..<0x7F).count { counts[$0] > 0 }
    return isPaddedAtEnd && printable >= 8 && kinds >= 4 && controls.allSatisfy { counts[$0] == 0 }
      && other * 8 <= printable
  }

  /// The entropy, in bits per byte.
  var entropy: Double {
    counts.reduce(0) { sum, count in
      guard count > 0 else { return sum }
      let share = Double(count) / Double(total)
      return sum - share * log2(share)
    }
  }
}
