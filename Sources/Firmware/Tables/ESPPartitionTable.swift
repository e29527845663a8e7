internal import JFFS2
internal import Storage

/// The table of partitions that ESP-IDF puts in the flash memory of an ESP32, usually at 0x8000.
///
/// Source: `components/bootloader_support/include/esp_flash_partitions.h`.
enum ESPPartitionTable {
  private static let sector: UInt64 = 4096
  private static let entrySize = 32
  private static let maximumEntries = 95
  /// The maximum offset of the table in the flash memory.
  private static let searchedLength: UInt64 = 512 << 10

  /// The tables at the starts of sectors, with their offsets. Partitions count from the start of the range.
  static func find(
    in image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> [(offset: UInt64, device: MTDParts.Device)] {
    var found: [(UInt64, MTDParts.Device)] = []
    let end = min(range.upperBound, range.lowerBound + searchedLength)
    for offset in stride(from: range.lowerBound, to: end, by: Int(sector)) {
      let first = try image.bytes(at: offset, count: entrySize, within: range)
      guard first.count == entrySize, isEntry(first[...]) else { continue }
      let table = try image.bytes(
        at: offset, count: (maximumEntries + 1) * entrySize, within: range)
      if let device = device(table) { found.append((offset, device)) }
    }
    return found
  }

  private static func isEntry(_ entry: ArraySlice<UInt8>) -> Bool {
    entry.starts(with: [0xAA, 0x50])
  }

  /// The partitions; nil if an entry is impossible, or neither a checksum nor erased flash follows the last one.
  private static func device(_ table: [UInt8]) -> MTDParts.Device? {
    var device = MTDParts.Device(id: "", parts: [])
    for start in stride(from: 0, to: table.count - entrySize + 1, by: entrySize) {
      let entry = table[start..<start + entrySize]
      guard isEntry(entry) else {
        let isEnd =
          entry.starts(with: [0xEB, 0xEB]) || entry.allSatisfy { $0 == 0xFF }
        return isEnd ? device : nil
      }
      guard let part = part(Array(entry)) else { return nil }
      device.parts.append(part)
    }
    return device.parts.count == maximumEntries ? device : nil
  }

  private static func part(_ entry: [UInt8]) -> MTDParts.Part? {
    let offset = UInt64(entry.span.u32(at: 4, .little))
    let size = UInt64(entry.span.u32(at: 8, .little))
    let label = entry[12..<28].prefix { $0 != 0 }
    guard offset % sector == 0, size > 0, label.allSatisfy({ 0x20..<0x7F ~= $0 }) else {
      return nil
    }
    return MTDParts.Part(
      size: size, offset: offset, name: String(decoding: label, as: UTF8.self))
  }
}
