/// Finds the table of partitions in a text as people have it: the kernel's boot log, `mtdparts=` anywhere in a command line or an
/// environment, the contents of /proc/mtd, or a table in the kernel's syntax with or without the device's name.
struct MTDPartsText {
  private let text: [UInt8]

  init(_ bytes: [UInt8]) {
    // PowerShell writes UTF-16.
    if bytes.starts(with: [0xFF, 0xFE]) {
      let units = stride(from: 2, to: bytes.count - 1, by: 2).map {
        UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
      }
      text = Array(String(decoding: units, as: UTF16.self).utf8)
    } else {
      text = bytes
    }
  }

  /// The devices of the table; empty if there is no table.
  ///
  /// - Throws: The problem of a table in the kernel's syntax if there is no valid one.
  func devices() throws(MTDParts.ParseError) -> [MTDParts.Device] {
    var log = BootLogTable()
    for line in lines(text) { log.add(line) }
    if !log.table.isEmpty { return log.table }
    if let devices = try wrapped(assignments), !devices.isEmpty { return devices }
    if let device = try listing() { return [device] }
    return try wrapped(bare) ?? []
  }

  /// The result of a method for the text, or else from the text without line breaks: a terminal may have broken the line anywhere.
  private func wrapped(
    _ read: ([UInt8]) throws(MTDParts.ParseError) -> [MTDParts.Device]?
  ) throws(MTDParts.ParseError) -> [MTDParts.Device]? {
    let result = Result { () throws(MTDParts.ParseError) in try read(text) }
    if let devices = try? result.get(), !devices.isEmpty { return devices }
    let joined = text.filter { $0 != 0x0A && $0 != 0x0D }
    if let devices = try? read(joined), !devices.isEmpty { return devices }
    return try result.get()
  }

  private func lines(_ text: [UInt8]) -> [Substring] {
    String(decoding: text, as: UTF8.self).split { $0.isNewline || $0 == "\0" }
  }

  /// The tables after each `mtdparts=`; nil if there is none. Templates are passed over.
  private func assignments(_ text: [UInt8]) throws(MTDParts.ParseError) -> [MTDParts.Device]? {
    let prefix = Array("mtdparts=".utf8)
    var devices: [MTDParts.Device] = []
    var failure: MTDParts.ParseError?
    var isFound = false
    var position = 0
    while let start = text[position...].indices.first(where: {
      text[$0] == prefix[0] && text[$0...].starts(with: prefix)
    }) {
      position = start + prefix.count
      guard !text[position...].starts(with: prefix),
        let table = table(at: start, of: text), !table.contains("${"), !table.contains("$(")
      else { continue }
      isFound = true
      position = max(position, start + table.utf8.count)
      do throws(MTDParts.ParseError) {
        for device in try MTDParts(table, needsDevice: false).devices
        where !devices.contains(device) && devices.count < Self.maximumDevices {
          devices.append(device)
        }
      } catch {
        failure = failure ?? error
      }
    }
    if devices.isEmpty, let failure { throw failure }
    return isFound ? devices : nil
  }

  private func table(at start: Int, of text: [UInt8]) -> String? {
    let end = min(text.count, start + Self.maximumTable)
    return MTDPartsSearch.text(text.span.extracting(start..<end))
  }

  private static let maximumTable = 64 << 10
  private static let maximumDevices = 64

  /// The entries of /proc/mtd: sizes without offsets.
  private func listing() throws(MTDParts.ParseError) -> MTDParts.Device? {
    var parts: [MTDParts.Part] = []
    for line in lines(text) {
      var scanner = LineScanner(line)
      guard scanner.skip(behind: "mtd"), let number = scanner.number(radix: 10), scanner.take(":"),
        let size = scanner.number(radix: 16), let eraseSize = scanner.number(radix: 16),
        let name = scanner.quoted()
      else { continue }
      // The volumes of a UBI, which the kernel can list as well, have the size of blocks without UBI's headers.
      guard eraseSize.nonzeroBitCount == 1 else { break }
      guard number == UInt64(parts.count) else {
        // Numbers that begin again are those of a second listing.
        if number == 0 { break }
        throw MTDParts.ParseError(
          position: nil,
          problem:
            "mtd\(parts.count) is not listed: a partition begins where the previous one ends")
      }
      parts.append(MTDParts.Part(size: size, name: name))
    }
    return parts.isEmpty ? nil : MTDParts.Device(id: "/proc/mtd", parts: parts, isListing: true)
  }

  /// The first line with a table, after the name of a variable and in quotes or not.
  private func bare(_ text: [UInt8]) throws(MTDParts.ParseError) -> [MTDParts.Device]? {
    let lines = lines(text)
    var failure: MTDParts.ParseError?
    for line in lines where line.contains("(") || lines.count == 1 {
      let words = [line] + line.split(separator: " ").filter { $0.contains("(") }
      for word in words {
        do throws(MTDParts.ParseError) {
          return try MTDParts(Self.value(word), needsDevice: false).devices
        } catch {
          failure = failure ?? error
        }
      }
    }
    // In a longer text it may be anything.
    if let failure, lines.count == 1, lines[0].contains("(") { throw failure }
    return nil
  }

  /// The value after `NAME=`, without quotes and white space.
  private static func value(_ word: Substring) -> String {
    let ignored: Set<Character> = [" ", "\t", "\"", "'", ";", "\u{FEFF}"]
    var value = word
    if let equals = value.prefix(while: { $0 != "(" }).lastIndex(of: "=") {
      value = value[value.index(after: equals)...]
    }
    value = value.drop { ignored.contains($0) }
    while let last = value.last, ignored.contains(last) { value.removeLast() }
    return String(value)
  }
}
