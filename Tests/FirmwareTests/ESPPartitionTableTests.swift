import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct `Partition tables of ESP-IDF` {
  private typealias Row = (type: UInt8, name: String, offset: Int, size: Int)

  private static let rows: [Row] = [
    (1, "nvs", 0x9000, 0x6000), (1, "phy_init", 0xF000, 0x1000), (0, "factory", 0x10000, 0x20000),
    (1, "storage", 0x30000, 0x20000), (1, "config", 0x50000, 0x10000),
  ]

  private func entry(_ row: Row) -> [UInt8] {
    func little(_ value: Int) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let label = Array(row.name.utf8) + [UInt8](repeating: 0, count: 16 - row.name.utf8.count)
    return [0xAA, 0x50, row.type, 0x82] + little(row.offset) + little(row.size) + label + little(0)
  }

  /// A flash of 384 KiB with a program and two file systems.
  private func flash(
    at offset: Int = 0x8000, _ rows: [Row] = rows, end: [UInt8] = [0xEB, 0xEB]
  ) -> [UInt8] {
    var flash = [UInt8](repeating: 0xFF, count: 0x60000)
    let table = rows.flatMap(entry) + end
    flash.replaceSubrange(offset..<offset + table.count, with: table)
    for index in 0x10000..<0x28000 { flash[index] = UInt8(truncatingIfNeeded: index &* 7) }
    flash.replaceSubrange(0x30000..<0x50000, with: FlashDump.fileSystem("storage", blocks: 2))
    flash.replaceSubrange(0x50000..<0x60000, with: FlashDump.fileSystem("config", blocks: 1))
    return flash
  }

  private func find(_ bytes: [UInt8]) throws -> [Partition] {
    try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
  }

  @Test(arguments: [0x8000, 0xB000, 0x1000], [[0xEB, 0xEB], []])
  func `name the file systems`(offset: Int, end: [UInt8]) throws {
    let found = try find(flash(at: offset, end: end))
    #expect(found.map(\.name) == ["storage", "config"])
    #expect(found.map(\.range.start) == [0x30000, 0x50000])
    let source = PartitionCandidate.Source.tableInImage(offset: UInt64(offset), kind: .espIDF)
    #expect(found.allSatisfy { $0.source == source })
    #expect(found[0].table.map(\.name) == Self.rows.map(\.name))
    #expect(found.allSatisfy { $0.warnings.isEmpty })
    #expect("\(found[0].source)".contains("ESP-IDF partition table found at 0x"))
  }

  @Test func `have aliases, and are compared with the data, as other tables`() throws {
    let all = try find(flash(Self.rows + [(1, "all", 0, 0x60000)]))
    #expect(all.map(\.name) == ["storage", "config", "all"])
    #expect(all.map(\.isAlias) == [false, false, true])
    let large = try find(flash(Self.rows + [(1, "more", 0x60000, 0x20000)]))
    #expect(
      large[0].flaws == [
        "the dump is truncated: the partitions of the ESP-IDF partition table in it take 524288 bytes, "
          + "393216 are there"
      ])
  }

  @Test func `that are not tables, or of another flash, are ignored`() throws {
    for bytes in [
      flash(end: [1, 2]), flash([(1, "x", 0x30001, 0x20000)]), flash([(1, "x", 0x30000, 0)]),
      flash([(1, "\u{1}", 0x30000, 0x20000)]), flash([(1, "other", 0x11000, 0x1000)]), flash([]),
    ] {
      let names = try find(bytes).map(\.name)
      #expect(names.count == 2 && names.allSatisfy { $0.hasPrefix("jffs2@") })
    }
  }
}
