internal import Storage

extension ContentsType {
  /// Bytes written as text, which other programs make binary.
  static let texts = [
    text("Intel HEX", "objcopy -I ihex -O binary FILE RIGHT") { $0.hasPair(where: \.isIntelHEX) },
    text("Motorola S-records", "objcopy -I srec -O binary FILE RIGHT") {
      $0.hasPair(where: \.isSRecord)
    },
    text("hexadecimal digits", "xxd -r -p FILE RIGHT") {
      $0.countBeforeDigits { $0.hexadecimalDigit != nil } == 0
    },
    text(
      "pages of U-Boot's nand dump",
      "grep -xE '[[:space:]]*([0-9a-f]{2}[[:space:]]+){15}[0-9a-f]{2}[[:space:]]*' FILE | "
        + "xxd -r -p > RIGHT"
    ) { lines in zip(lines, lines.dropFirst()).contains { $0.isPageTitle && $1.isPageLine } },
    text("a C array", "grep -oi '0x[0-9a-f][0-9a-f]' FILE | cut -c3- | xxd -r -p > RIGHT") {
      $0.hasPair(where: \.isArrayLine)
    },
    text(
      "octal words of od",
      // An asterisk means copies of the line before it.
      "perl -ane 'if (/\\*/) {$s = 1; next} $a = oct shift @F; "
        + "while ($s and $n < $a) {print $l; $n += 16} $s = 0; next if !@F; "
        + "print $l = pack \"v*\", map oct, @F; $n = $a + 16' FILE > RIGHT"
    ) { $0.hasPair(where: \.isOctalLine) },
    text("uuencoded data", "uudecode -o RIGHT FILE") { lines in
      lines.prefix(3).contains {
        ["begin 6", "begin 7", "begin-base64 "].contains(where: $0.hasPrefix)
      }
    },
    text("base64", "base64 -di FILE > RIGHT") { $0.countBeforeBase64 == 0 },
    // Between other lines.
    text("base64", "keep only the lines of base64, then base64 -di FILE > RIGHT") {
      $0.countBeforeBase64 != nil
    },
  ]

  /// A type of the whole file that its first lines show.
  private static func text(
    _ name: String, _ hint: String, where matches: @escaping @Sendable ([String]) -> Bool
  ) -> ContentsType {
    ContentsType(name, .text(hint), isOfWholeFile: true) { source in
      matches(source.lines) ? Detected() : nil
    }
  }
}

extension [UInt8] {
  private var startsAsText: Bool {
    count > 0
      && indices.prefix(32).allSatisfy { 0x20...0x7E ~= self[$0] || 0x09...0x0D ~= self[$0] }
  }

  /// Lines of the types here are so long that fewer of them fill the bytes that are examined.
  private static let maximumLineCount = 128

  /// The first lines that are complete, or the first bytes if they are one line; empty for binary data.
  var lines: [String] {
    guard startsAsText else { return [] }
    let lines = split(maxSplits: Self.maximumLineCount) { $0 == 0x0A || $0 == 0x0D }
    let isCut =
      lines.count > Self.maximumLineCount || lines.count > 1 && count == ContentsSource.headSize
    return lines.dropLast(isCut ? 1 : 0).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension [String] {
  fileprivate var countBeforeBase64: Int? {
    countBeforeDigits {
      0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0
        || [0x2B, 0x2F, 0x3D].contains($0)
    }
  }

  /// Whether two lines that follow each other, or the only one, are of a kind.
  fileprivate func hasPair(where matches: (String) -> Bool) -> Bool {
    let lines = map(matches)
    return lines == [true] || zip(lines, lines.dropFirst()).contains { $0 && $1 }
  }

  /// The number of lines before lines that are only digits of a kind and have one length, but for the last; nil if there are none.
  fileprivate func countBeforeDigits(_ isDigit: (UInt8) -> Bool) -> Int? {
    for first in indices where count == 1 || count - first > 2 {
      let text = self[first...].prefix(8)
      let length = text[first].utf8.count
      guard length >= 32, length % 4 == 0,
        text.dropLast().allSatisfy({ $0.utf8.count == length }),
        text.allSatisfy({ $0.utf8.count <= length && $0.utf8.allSatisfy(isDigit) })
      else { continue }
      // Padding and repeated bytes are not a text.
      if Set(text.joined().utf8).count >= 8 { return first }
    }
    return nil
  }
}

extension String {
  /// A colon, and bytes as hexadecimal digits, the last of which makes their sum 0.
  fileprivate var isIntelHEX: Bool {
    guard hasPrefix(":"), let bytes = Self.bytes(utf8.dropFirst()), bytes.count >= 5 else {
      return false
    }
    return bytes.count == Int(bytes[0]) + 5 && bytes.reduce(0, &+) == 0
  }

  /// `S`, a type, and bytes as hexadecimal digits, the last of which makes their sum 0xFF.
  fileprivate var isSRecord: Bool {
    guard hasPrefix("S"), let bytes = Self.bytes(utf8.dropFirst(2)), bytes.count >= 3 else {
      return false
    }
    return bytes.count == Int(bytes[0]) + 1 && bytes.reduce(0, &+) == 0xFF
  }

  /// `Page 00000000 dump:`
  fileprivate var isPageTitle: Bool {
    let words = split(separator: " ")
    return words.count == 3 && words[0] == "Page" && words[2] == "dump:"
      && words[1].utf8.allSatisfy { $0.hexadecimalDigit != nil }
  }

  /// 16 bytes as hexadecimal digits.
  fileprivate var isPageLine: Bool {
    let units = split { $0 == " " || $0 == "\t" }
    return units.count == 16 && units.allSatisfy(\.isByte)
  }

  /// Bytes such as `0x85,`.
  fileprivate var isArrayLine: Bool {
    let units = split { $0 == "," || $0 == " " || $0 == "\t" }
    return units.count >= 8
      && units.allSatisfy { $0.lowercased().hasPrefix("0x") && $0.dropFirst(2).isByte }
  }

  /// An address and eight words of two bytes, as `od` writes them without options.
  fileprivate var isOctalLine: Bool {
    let units = split(separator: " ")
    return units.count == 9 && units[0].utf8.count >= 7
      && units.dropFirst().allSatisfy { $0.utf8.count == 6 && UInt16($0, radix: 8) != nil }
      && UInt64(units[0], radix: 8)?.isMultiple(of: 16) == true
  }

  private static func bytes(_ digits: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in digits {
      guard let value = digit.hexadecimalDigit else { return digit == 0x20 ? bytes : nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return high == nil ? bytes : nil
  }
}

extension Substring {
  /// Whether these are two hexadecimal digits.
  fileprivate var isByte: Bool {
    utf8.count == 2 && utf8.allSatisfy { $0.hexadecimalDigit != nil }
  }
}
