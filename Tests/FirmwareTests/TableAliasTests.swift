import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// Tables with partitions that contain or overlap others, as cameras have them.
@Suite struct `Partitions that are aliases of others` {
  private static let table = "256k(boot),128k(spare),128k(kernel),256k(app),128k(config),128k(data)"
  private static let names = ["spare", "app", "config", "data"]

  private func partitions(_ text: String, isGiven: Bool) throws -> [Partition] {
    let table = "sfc:" + text
    let options =
      isGiven ? FirmwareProbe.Options(table: try MTDParts(table)) : FirmwareProbe.Options()
    let bytes = FlashDump.bytes(table: isGiven ? nil : table)
    return try FirmwareProbe(FlashImage(bytes: bytes), options).partitions()
  }

  @Test(
    arguments: [
      ("\(table),1M@0(all)", ["all"]),
      ("1M@0(global),256k@0(boot)," + table.dropFirst("256k(boot),".count), ["global"]),
      ("\(table),384k@0x60000(upgrade)", ["upgrade"]),
      ("\(table),384k@0x60000(upgrade),1M@0(all)", ["all", "upgrade"]),
      ("\(table),192k@0xB0000(tail)", ["tail"]),
      ("\(table),256k@0x80000(same)", ["same"]),
      ("\(table),512k@0x80000(system),1M@0(all)", ["all", "system"]),
      ("\(table),256k@0(loader)", []),
    ], [false, true])
  func `are not served, and can be selected`(
    row: (text: String, aliases: [String]), isGiven: Bool
  ) throws {
    let found = try partitions(row.text, isGiven: isGiven)
    let served = try found.indices(named: nil).map { found[$0] }
    #expect(served.map(\.name) == Self.names)
    #expect(served.allSatisfy { $0.warnings.isEmpty && !$0.isAlias })
    #expect(found.dropFirst(served.count).map(\.name) == row.aliases)
    for alias in row.aliases {
      let index = try #require(try found.indices(named: alias).first)
      #expect(found[index].isAlias)
    }
    #expect(Set(served[0].table.filter { $0.isAlias }.map { $0.name }) == Set(row.aliases))
  }

  @Test func `leave a dump with one file system as one`() throws {
    var dump = Array("mtdparts=sfc:256k(boot),64k(kernel),64k(config),384k@0(all) quiet\0".utf8)
    dump += [UInt8](repeating: 0xFF, count: (320 << 10) - dump.count)
    dump += FlashDump.fileSystem("config", blocks: 1)
    let found = try FirmwareProbe(FlashImage(bytes: dump)).partitions()
    #expect(try found.indices(named: nil) == [0])
    #expect(found.map(\.name) == ["config", "all"])
    #expect(found[1].flaws.isEmpty)
  }

  @Test(arguments: [false, true])
  func `hide no file system that is in no other partition`(isGiven: Bool) throws {
    let found = try partitions(
      "256k(boot),256k@0x80000(app),128k(config),1M@0(all)", isGiven: isGiven)
    let served = try found.indices(named: nil).map { found[$0] }
    #expect(served.map(\.name) == ["jffs2@0x40000", "app", "config", "jffs2@0xe0000"])
    #expect(served.allSatisfy { $0.flaws.isEmpty })
    for (partition, name) in zip(served.dropFirst(), ["app", "config", "data"]) {
      #expect(try Volume(scanning: partition.range).names().contains("\(name).txt"))
    }
  }

  @Test func `contain several file systems, which is said where one is selected`() throws {
    let found = try partitions("\(Self.table),1M@0(all)", isGiven: false)
    #expect(
      found.last?.flaws == [
        "all contains other partitions and 3 file systems: 0x80000-0xc0000, 0xc0000-0xe0000, "
          + "0xe0000-0x100000"
      ])
    let error = #expect(throws: PartitionNotFoundError.self) {
      _ = try found.indices(named: "none")
    }
    #expect(error?.description.hasSuffix("3 data at 0xe0000, 4 all at 0x0 (alias)") == true)
  }
}
