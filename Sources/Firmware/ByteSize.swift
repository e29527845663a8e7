package import Storage

/// Reads amounts as people write them.
package enum ByteSize {
  /// Bytes from `65536`, `64k`, `64K`, `64KiB`, `1M`, `1g` or `0x10000`; nil for anything else, also when it
  /// does not fit 64 bits.
  package static func parse(_ text: String) -> UInt64? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return number(text.dropFirst(2), radix: 16) }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let value = number(digits, radix: 10),
      let shift = shift(of: text.dropFirst(digits.count).lowercased())
    else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : product
  }

  /// A number without sign and in ASCII digits only: the standard library's own reader takes a `+`.
  package static func number<Text: StringProtocol>(_ text: Text, radix: Int) -> UInt64? {
    guard text.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
    return UInt64(text, radix: radix)
  }

  private static func shift(of suffix: String) -> UInt64? {
    switch suffix {
    case "": 0
    case "k", "kib": 10
    case "m", "mib": 20
    case "g", "gib": 30
    case "t", "tib": 40
    default: nil
    }
  }
}

extension NANDPageLayout {
  /// Reads page and spare size as the option `oob` takes them, such as `2048+64`; nil for anything else.
  package init?(parsing text: String) {
    let sizes = text.split(separator: "+", omittingEmptySubsequences: false)
    guard sizes.count == 2, let page = ByteSize.parse(String(sizes[0])),
      let spare = ByteSize.parse(String(sizes[1]))
    else { return nil }
    self.init(pageSize: Int(clamping: page), oobSize: Int(clamping: spare))
  }
}
