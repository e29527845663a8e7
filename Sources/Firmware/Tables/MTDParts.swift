/// A table of flash partitions in the kernel's syntax, `mtdparts=flash:256k(boot),2M(kernel)ro,-(home)`.
///
/// Source: `drivers/mtd/parsers/cmdlinepart.c`.
package struct MTDParts: Equatable, Sendable {
  /// One partition as it is written.
  package struct Part: Equatable, Sendable {
    /// In bytes; nil for `-`, the rest of the device.
    package var size: UInt64?
    /// The offset in bytes; nil for the end of the previous one.
    package var offset: UInt64?
    /// nil where none is written.
    package var name: String?
  }

  /// The partitions of one flash memory.
  package struct Device: Equatable, Sendable {
    /// The driver's name for it; empty if none is written.
    package var id: String
    package var parts: [Part]
    /// Whether only names and sizes are known, in an order in which some may contain others.
    package var isListing = false
  }

  /// A partition with its place.
  package struct Resolved: Equatable, Sendable {
    package let name: String
    package let range: Range<UInt64>
    /// Whether its file system, or all that it contains, is in other partitions of the table.
    package var isAlias = false
  }

  /// The problem and its position in the text.
  package struct ParseError: Error, Equatable, CustomStringConvertible {
    /// Bytes of the text before the place; nil if it is not a single one.
    package let position: Int?
    package let problem: String

    /// The problem with its place.
    package var reason: String {
      (position.map { "at character \($0 + 1): " } ?? "") + problem
    }

    package var description: String { "mtdparts: \(reason)" }
  }

  package let devices: [Device]

  /// Reads a table, with or without `mtdparts=` in front.
  ///
  /// - Parameter needsDevice: Whether a table without the device's name is an error, as it is for the kernel.
  package init(_ text: String, needsDevice: Bool = true) throws(ParseError) {
    var parser = MTDPartsParser(text, needsDevice: needsDevice)
    devices = try parser.devices()
  }

  /// Reads a table from a text in any of the forms that ``MTDPartsText`` knows.
  package init(text: [UInt8]) throws(ParseError) {
    devices = try MTDPartsText(text).devices()
    guard !devices.isEmpty else {
      throw ParseError(
        position: nil,
        problem:
          "no partition table found; supported are mtdparts=, /proc/mtd and the kernel's boot log")
    }
    guard devices.allSatisfy({ $0.parts.count <= Self.maximumParts }) else {
      throw ParseError(position: nil, problem: "more than \(Self.maximumParts) partitions")
    }
  }

  /// The maximum number of partitions of a table; some operations take time that grows with the square of it.
  private static let maximumParts = 1024
}

extension MTDParts.Device {
  /// Places the partitions on a device; what reaches beyond its end is truncated or left out, as the kernel does.
  package func resolve(deviceSize: UInt64) -> [MTDParts.Resolved] {
    var resolved: [MTDParts.Resolved] = []
    var end: UInt64 = 0
    for (number, part) in placedParts(deviceSize).enumerated() {
      let start = part.offset ?? end
      guard start < deviceSize else { continue }
      let size = min(part.size ?? .max, deviceSize - start)
      end = start + size
      resolved.append(MTDParts.Resolved(name: part.displayName(number), range: start..<end))
    }
    return resolved
  }

  private func placedParts(_ deviceSize: UInt64) -> [MTDParts.Part] {
    isListing ? parts.placed(deviceSize: deviceSize) : parts
  }

  /// The names of the partitions that are not wholly on a device of that size.
  func namesBeyond(_ deviceSize: UInt64) -> [String] {
    var names: [String] = []
    var end: UInt64 = 0
    for (number, part) in placedParts(deviceSize).enumerated() {
      let start = part.offset ?? end
      let (sum, overflow) = start.addingReportingOverflow(part.size ?? 0)
      end = overflow ? .max : sum
      if end > deviceSize || start >= deviceSize { names.append(part.displayName(number)) }
    }
    return names
  }

  /// The end of the last partition with a size, before anything is truncated: what the device has at least.
  var minimumSize: UInt64 {
    var end: UInt64 = 0
    var most: UInt64 = 0
    for part in parts {
      let sum = (part.offset ?? end).addingReportingOverflow(part.size ?? 0)
      end = sum.overflow ? .max : sum.partialValue
      most = max(most, end)
    }
    return most
  }
}

extension MTDParts.Part {
  /// The name, or the kernel's for a partition without one.
  fileprivate func displayName(_ number: Int) -> String {
    let digits = String(number)
    return name ?? "Partition_" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}
