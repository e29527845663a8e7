/// Reads a table of partitions from left to right.
struct MTDPartsParser {
  private static let minimumSize: UInt64 = 4096

  private let bytes: [UInt8]
  private let needsDevice: Bool
  private var position = 0

  init(_ text: String, needsDevice: Bool) {
    self.needsDevice = needsDevice
    bytes = Array(text.utf8)
    let prefix = Array("mtdparts=".utf8)
    if bytes.starts(with: prefix) { position = prefix.count }
  }

  mutating func devices() throws(MTDParts.ParseError) -> [MTDParts.Device] {
    var devices: [MTDParts.Device] = []
    repeat {
      devices.append(try device())
    } while take(UInt8(ascii: ";"))
    guard position == bytes.count else { throw error("expected , or ;") }
    return devices
  }

  private mutating func device() throws(MTDParts.ParseError) -> MTDParts.Device {
    // A driver's name may hold colons itself: the last one before the first partition's name ends it.
    let stops: [UInt8] = Array("(,;".utf8)
    let end = bytes[position...].firstIndex { stops.contains($0) } ?? bytes.count
    let colon = bytes[position..<end].lastIndex(of: UInt8(ascii: ":"))
    guard colon != nil || !needsDevice else { throw error("expected a device's name and :") }
    guard colon != position else { throw error("the device has no name") }
    let id = colon.map { String(decoding: bytes[position..<$0], as: UTF8.self) } ?? ""
    position = colon.map { $0 + 1 } ?? position
    var parts: [MTDParts.Part] = []
    repeat {
      if parts.last.map({ $0.size == nil }) == true {
        throw error("no partition may follow one that takes the rest")
      }
      parts.append(try part())
    } while take(UInt8(ascii: ","))
    return MTDParts.Device(id: id, parts: parts)
  }

  private mutating func part() throws(MTDParts.ParseError) -> MTDParts.Part {
    var part = MTDParts.Part()
    if !take(UInt8(ascii: "-")) {
      let start = position
      let size = try number("expected a size such as 256k, or -")
      // What may follow are `ro`, `lk` and `slc`.
      let isUnit =
        position < bytes.count && 0x61...0x7A ~= bytes[position] | 0x20
        && !"rls".utf8.contains(bytes[position])
      if isUnit { throw error("no such unit; use k, m or g") }
      guard size >= Self.minimumSize else {
        position = start
        throw error("the partition is smaller than 4096 bytes")
      }
      part.size = size
    }
    if take(UInt8(ascii: "@")) { part.offset = try number("expected an offset such as 0x40000") }
    if take(UInt8(ascii: "(")) {
      guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ")")) else {
        position -= 1
        throw error("( without )")
      }
      // The kernel takes such a name, which is not used for partitions.
      guard !bytes[position..<end].contains(UInt8(ascii: "(")) else {
        position -= 1
        throw error("( without )")
      }
      part.name = String(decoding: bytes[position..<end], as: UTF8.self)
      position = end + 1
    }
    // What the kernel does with the partition.
    for flag in ["ro", "lk", "slc"] { _ = take(flag) }
    return part
  }

  /// A number as the kernel's `memparse` reads it: decimal, 0x or octal, then k, m, g or t.
  private mutating func number(_ complaint: String) throws(MTDParts.ParseError) -> UInt64 {
    let start = position
    var radix: UInt64 = 10
    if take("0x") || take("0X") {
      radix = 16
    } else if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
      radix = 8
    }
    var value: UInt64 = 0
    let digits = position
    while position < bytes.count, let digit = Self.digit(bytes[position]), digit < radix {
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !overflow, !carry else { throw tooLarge(start) }
      value = sum
      position += 1
    }
    guard position > digits else {
      position = start
      throw error(complaint)
    }
    let suffixes: [(letters: String, shift: UInt64)] = [
      ("kK", 10), ("mM", 20), ("gG", 30), ("tT", 40),
    ]
    for suffix in suffixes where position < bytes.count {
      guard suffix.letters.utf8.contains(bytes[position]) else { continue }
      position += 1
      guard value <= UInt64.max >> suffix.shift else { throw tooLarge(start) }
      return value << suffix.shift
    }
    return value
  }

  private mutating func tooLarge(_ start: Int) -> MTDParts.ParseError {
    position = start
    return error("the number is too large")
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x41...0x46: UInt64(byte - 0x41 + 10)
    case 0x61...0x66: UInt64(byte - 0x61 + 10)
    default: nil
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func take(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private func error(_ problem: String) -> MTDParts.ParseError {
    MTDParts.ParseError(position: position, problem: problem)
  }
}
