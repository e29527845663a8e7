internal import Storage
internal import Support

/// The contents of a part of a firmware, detected by structure.
package struct Contents: Equatable, Sendable {
  package let type: ContentsType
  /// The offset in the image.
  package let offset: UInt64
  /// The facts in its headers.
  package let detected: Detected

  /// The type without an article, for a table; what is only likely says so.
  package var label: String {
    detected.isCertain ? type.label : "probably \(type.label)"
  }

  /// The name in messages, with identifying facts.
  var title: String {
    let name = detected.name ?? type.name
    return detected.summary.isEmpty ? name : "\(name) (\(detected.summary.joined(separator: ", ")))"
  }
}

extension Contents: CustomStringConvertible {
  package var description: String {
    let hint = type.hint(at: offset)
    let place = "\(detected.isCertain ? "" : "probably ")\(title) at \(offset.hexadecimal)"
    return hint.isEmpty ? place : "\(place): \(hint)"
  }
}

/// The facts in the headers of contents.
package struct Detected: Equatable, Sendable {
  /// A name that is more exact than that of the type.
  package var name: String?
  /// The facts that identify it, for a message: a name, volumes, a compression.
  package var summary: [String] = []
  /// Other facts, for a table.
  package var facts: [String] = []
  /// The number of bytes that it covers, if the headers say so. Can be more than there are.
  package var length: UInt64?
  /// Whether checksums or several fields agree, so that it is not there by chance.
  package var isCertain = true
}

/// The bytes in which a type is looked for.
struct ContentsSource {
  /// The number of bytes that most types need.
  static let headSize = 2048

  let image: FlashImage
  /// From where the contents would start to where they could end.
  let range: Range<UInt64>
  /// The first ``headSize`` bytes, or all if there are fewer.
  let head: [UInt8]
  /// The lines in it if it is text.
  let lines: [String]

  init(_ image: FlashImage, _ range: Range<UInt64>) throws(StorageError) {
    self.image = image
    self.range = range
    head = try image.bytes(at: range.lowerBound, count: Self.headSize, within: range)
    lines = head.lines
  }

  var byteCount: UInt64 { range.upperBound - range.lowerBound }

  /// Bytes from an offset that counts from the start, fewer where the range ends.
  func bytes(at offset: UInt64, count: Int) throws(StorageError) -> [UInt8] {
    guard offset < byteCount else { return [] }
    return try image.bytes(at: range.lowerBound + offset, count: count, within: range)
  }

  /// Whether bytes are at an offset of the head.
  func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
    offset + bytes.count <= head.count && head[offset...].starts(with: bytes)
  }

  func has(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }
}

extension [UInt8] {
  /// A number of `size` bytes, the least significant first; 0 if the bytes end before.
  func little(at offset: Int, _ size: Int) -> UInt64 {
    guard offset >= 0, offset + size <= count else { return 0 }
    return self[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A number of `size` bytes, the most significant first; 0 if the bytes end before.
  func big(at offset: Int, _ size: Int) -> UInt64 {
    guard offset >= 0, offset + size <= count else { return 0 }
    return self[offset..<offset + size].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The text of a field that NUL or spaces end; nil if there is none.
  func text(at offset: Int, _ size: Int) -> String? {
    guard offset + size <= count else { return nil }
    let bytes = self[offset..<offset + size].prefix { $0 != 0 }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    let end = text.lastIndex { $0 != " " }
    return end.map { String(text[...$0]) }
  }
}

extension UInt64 {
  /// The number as an amount of bytes, for a fact.
  var asByteCount: String {
    if self < 10 << 10 { return "\(self) bytes" }
    let (unit, name): (UInt64, String) = self < 10 << 20 ? (1 << 10, "KiB") : (1 << 20, "MiB")
    return "\(self / unit) \(name)"
  }
}
