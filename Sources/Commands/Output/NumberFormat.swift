internal import Storage
internal import Support

/// Numbers as people read them.
enum NumberFormat {
  /// A number of bytes in the largest binary unit that makes it at least 1, such as `64 KiB`, `3.2 MiB`.
  static func bytes(_ count: UInt64) -> String {
    var value = Double(count)
    var unit = "B"
    for next in ["KiB", "MiB", "GiB"] where value >= 1024 {
      value /= 1024
      unit = next
    }
    let tenths = Int((value * 10).rounded())
    return (tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)") + " " + unit
  }

  /// A share in percent with one decimal; neither 0 nor 100 unless it is exactly that.
  static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "0.0 %" }
    var tenths = Int((Double(part) / Double(whole) * 1000).rounded())
    if part > 0 { tenths = max(tenths, 1) }
    if part < whole { tenths = min(tenths, 999) }
    return "\(tenths / 10).\(tenths % 10) %"
  }

  /// With a comma between each three digits.
  static func grouped(_ count: UInt64) -> String {
    var digits = "\(count)"
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
      place -= 3
    }
    return digits
  }

  /// A mode with the bits of the file type, for JSON: `0o` and octal digits.
  static func mode(_ mode: UInt16) -> String { "0o" + String(mode, radix: 8) }

  /// The number, grouped, with its noun.
  static func pluralized(_ count: Int, _ noun: String) -> String {
    "\(grouped(UInt64(count))) \(noun.pluralForm(for: count))"
  }
}
