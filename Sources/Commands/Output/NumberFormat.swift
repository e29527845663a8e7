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

  /// A number of bytes as `ls -h` prints it, rounded up: `512`, `1.5K`, `14K`.
  static func human(_ count: UInt64) -> String {
    var (unit, value) = ("", Double(count))
    for next in ["K", "M", "G"] where value >= 1024 || value.rounded(.up) >= 1024 {
      (unit, value) = (next, value / 1024)
    }
    if unit.isEmpty { return "\(count)" }
    let tenths = Int((value * 10).rounded(.up))
    return tenths < 100
      ? "\(tenths / 10).\(tenths % 10)\(unit)" : "\(Int(value.rounded(.up)))\(unit)"
  }

  /// The shares of the parts of a whole in percent, with one decimal. They add up to 100; none is 0 or 100 unless it is exactly that.
  static func percentages(_ parts: [UInt64]) -> [String] {
    let whole = parts.reduce(0, +)
    guard whole > 0 else { return parts.map { _ in "0.0%" } }
    let exact = parts.map { Double($0) / Double(whole) * 1000 }
    var tenths = zip(parts, exact).map { part, share in
      part > 0 ? max(1, Int(share.rounded(.down))) : 0
    }
    // Those that rounding changed most give or take what is missing.
    while case let missing = 1000 - tenths.reduce(0, +), missing != 0 {
      let step = missing > 0 ? 1 : -1
      let candidates = tenths.indices.filter { parts[$0] > 0 && tenths[$0] + step > 0 }
      guard
        let index = candidates.max(by: {
          (exact[$0] - Double(tenths[$0])) * Double(step)
            < (exact[$1] - Double(tenths[$1])) * Double(step)
        })
      else { break }
      tenths[index] += step
    }
    return tenths.map { "\($0 / 10).\($0 % 10)%" }
  }

  /// A share in percent with one decimal; neither 0 nor 100 unless it is exactly that.
  static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "0.0%" }
    var tenths = Int((Double(part) / Double(whole) * 1000).rounded())
    if part > 0 { tenths = max(tenths, 1) }
    if part < whole { tenths = min(tenths, 999) }
    return "\(tenths / 10).\(tenths % 10)%"
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
