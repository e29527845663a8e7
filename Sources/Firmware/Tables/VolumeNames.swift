/// The names of the directories that several volumes appear under, and how a user names one of them.
package enum VolumeNames {
  /// Names that a directory can show, no two alike: what cannot be in one becomes `_`, and a later one of two gets its number.
  ///
  /// - Parameter others: Names that the directory has already.
  package static func unique(_ names: [String], besides others: [String] = []) -> [String] {
    var taken = Set(others)
    return names.enumerated().map { number, name in
      let safe = safe(name, number)
      var unique = safe
      var attempt = number
      while !taken.insert(unique).inserted {
        unique = "\(safe)-\(attempt)"
        attempt += 1
      }
      return unique
    }
  }

  /// A name that a directory can show.
  static func safe(_ name: String, _ number: Int) -> String {
    let bytes = name.utf8.prefix(200).map { $0 == 0x2F || $0 < 0x20 || $0 == 0x7F ? 0x5F : $0 }
    let safe = String(decoding: bytes, as: UTF8.self)
    return safe.isEmpty || safe == "." || safe == ".." ? "partition\(number)" : safe
  }

  /// Which partition the user means: an exact name, then a number from 0, then an offset in hexadecimal, then a directory's name.
  package static func index(
    _ wanted: String, names: [String], offsets: [UInt64]
  ) -> Int? {
    if let index = names.firstIndex(of: wanted) { return index }
    if let number = Int(wanted), names.indices.contains(number) { return number }
    if wanted.hasPrefix("0x"), let offset = UInt64(wanted.dropFirst(2), radix: 16) {
      return offsets.firstIndex(of: offset)
    }
    return unique(names).firstIndex(of: wanted)
  }
}
