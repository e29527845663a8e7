/// A time in the image, for people: in UTC, since the device's own time zone is unknown.
package struct ImageTime: Equatable, Sendable {
  private let seconds: UInt32

  /// - Parameter seconds: Since 1970.
  package init(_ seconds: UInt32) { self.seconds = seconds }

  /// Such as `2015-01-20 23:33`.
  package var minutes: String { text(16) }

  /// Such as `2015-01-20 23:33:24 UTC`.
  package var full: String { "\(text(19)) UTC" }

  /// Such as `2015-01-20 23:33:24.000000000 +0000`, in the header of a unified diff.
  var ofDiff: String { "\(text(19)).000000000 +0000" }

  /// The first characters.
  private func text(_ count: Int) -> String {
    let characters = characters
    return String(decoding: (0..<count).map { characters[$0] }, as: UTF8.self)
  }

  /// The ASCII characters of a time such as `2015-01-20 23:33:24`.
  var characters: InlineArray<19, UInt8> {
    var characters = InlineArray<19, UInt8>(repeating: UInt8(ascii: "-"))
    func write(_ number: Int, at index: Int) {
      characters[index] = UInt8(ascii: "0") + UInt8(number / 10)
      characters[index + 1] = UInt8(ascii: "0") + UInt8(number % 10)
    }
    let (year, month, day) = date
    write(year / 100, at: 0)
    write(year % 100, at: 2)
    write(month, at: 5)
    write(day, at: 8)
    characters[10] = UInt8(ascii: " ")
    write(Int(seconds / 3600 % 24), at: 11)
    characters[13] = UInt8(ascii: ":")
    write(Int(seconds / 60 % 60), at: 14)
    characters[16] = UInt8(ascii: ":")
    write(Int(seconds % 60), at: 17)
    return characters
  }

  /// The civil date of the day, by counting years from the first of March, so that the leap day comes last.
  private var date: (year: Int, month: Int, day: Int) {
    let days = Int(seconds / 86400) + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (
      era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1
    )
  }
}
