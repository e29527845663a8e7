/// The partitions that the kernel's boot log lists, line by line: `0x000000000000-0x000000040000 : "boot"`.
///
/// `Creating 2 MTD partitions on "firmware":` announces partitions whose offsets count in `firmware`; `2 uimage-fw partitions found on MTD
/// device firmware` alone announces some with the offsets of the partitions around it.
struct BootLogTable {
  /// A device has a few, even in a log of several starts.
  private static let maximum = 1024

  private var devices: [MTDParts.Device] = []
  private var scopes: [Scope] = []
  /// The base of the offsets in each partition, by name.
  private var origins: [String: (partition: UInt64, parent: UInt64)] = [:]

  /// Partitions that are listed inside another.
  private struct Scope {
    let parent: String
    let origin: UInt64
    var expected: UInt64
    var isUntouched = true
  }

  /// The devices that have partitions.
  var table: [MTDParts.Device] { devices.filter { !$0.parts.isEmpty } }

  mutating func add(_ line: Substring) {
    if announces(line) { return }
    var scanner = LineScanner(line)
    guard scanner.skip(behind: "0x"), let start = scanner.number(radix: 16), scanner.take("-"),
      scanner.take("0x"), let end = scanner.number(radix: 16), scanner.take(":"),
      let name = scanner.quoted(), start < end
    else { return }
    add(name, start, end)
  }

  /// Whether a line says whose partitions follow.
  private mutating func announces(_ line: Substring) -> Bool {
    var scanner = LineScanner(line)
    if scanner.skip(behind: "Creating "), let count = scanner.number(radix: 10),
      scanner.take("MTD partitions on"), let parent = scanner.quoted()
    {
      begin(parent, count)
      return true
    }
    let words = line.split(separator: " ")
    guard scanner.skip(behind: "partitions found on MTD device "),
      let noun = words.lastIndex(of: "partitions"), noun > 1, let count = UInt64(words[noun - 2]),
      let parent = words.last.map(String.init)
    else { return false }
    if let origin = origins[parent] {
      scopes.append(Scope(parent: parent, origin: origin.parent, expected: count))
    }
    return true
  }

  /// Begins the partitions of a device, or of a partition that is known.
  private mutating func begin(_ parent: String, _ count: UInt64) {
    if let origin = origins[parent] {
      if let last = scopes.last, last.parent == parent, last.isUntouched { scopes.removeLast() }
      scopes.append(Scope(parent: parent, origin: origin.partition, expected: count))
      return
    }
    scopes = []
    // The log of a second start replaces that of the first.
    devices.removeAll { $0.id == parent }
    if devices.count < Self.maximum { devices.append(MTDParts.Device(id: parent, parts: [])) }
  }

  private mutating func add(_ name: String, _ start: UInt64, _ end: UInt64) {
    while let last = scopes.last, last.expected == 0 { scopes.removeLast() }
    let origin = scopes.last?.origin ?? 0
    if !scopes.isEmpty {
      scopes[scopes.count - 1].expected -= 1
      scopes[scopes.count - 1].isUntouched = false
    }
    let (offset, overflow) = start.addingReportingOverflow(origin)
    if devices.isEmpty { devices.append(MTDParts.Device(id: "", parts: [])) }
    let part = MTDParts.Part(size: end - start, offset: offset, name: name)
    let last = devices.count - 1
    guard !overflow, devices[last].parts.count < Self.maximum, !devices[last].parts.contains(part)
    else { return }
    devices[last].parts.append(part)
    origins[name] = (offset, origin)
  }
}
