import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// Dumps of whole flash memories, and what is around them when they arrive.
@Suite struct `A dump in a container` {
  private static let lines = [
    "cat dump", "gzip -c dump", "zip -q - dump", "tar c dump", "tar cJ dump", "xz -c dump",
    "{ zip -q in.zip dump; tar cz in.zip; }",
  ]
  private static let tools = has("gzip", "zip", "tar", "xz")

  private func partitions(
    _ bytes: [UInt8], _ options: FirmwareProbe.Options = .init()
  ) throws -> [Partition] {
    try FirmwareProbe(FlashImage(bytes: bytes), options).partitions()
  }

  private func pack(_ dump: [UInt8], _ line: String) throws -> [UInt8] {
    let shop = try Workshop()
    try shop.write(dump, "dump")
    try shop.run("\(line) > out")
    return try shop.read("out")
  }

  @Test(.enabled(if: tools), arguments: lines)
  func `is searched as it would be outside`(line: String) throws {
    for table in [nil, FlashDump.table] {
      let found = try partitions(pack(FlashDump.bytes(table: table), line))
      #expect(found.map(\.range.start) == FlashDump.offsets.map(\.offset))
      if table != nil { #expect(found.map(\.name) == FlashDump.offsets.map(\.name)) }
      #expect(try found.map { try Volume(scanning: $0.range).names().count } == [0, 2, 2, 2])
    }
  }

  @Test(.enabled(if: tools), arguments: lines)
  func `takes the user's table`(line: String) throws {
    let table = try MTDParts("f:768k@0(front),128k(two),-(three)")
    let found = try partitions(pack(FlashDump.bytes(), line), .init(table: table))
    #expect(found.map(\.name) == ["front", "two", "three"])
  }

  @Test(.enabled(if: tools), arguments: lines, [true, false])
  func `may have spare areas`(line: String, isTold: Bool) throws {
    var generator = SeededGenerator(seed: 21)
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    let data = nandImage(pageSize: 2048, &generator)
    let bytes = try pack(dump(data, layout, &generator), line)
    let found = try partitions(bytes, .init(spareArea: isTold ? layout : nil))
    #expect(found.count == 1)
    let containers = try #require(found.first?.containers)
    #expect(containers.contains(.spareAreas(layout, isFound: !isTold)))
    #expect(found.first?.warnings == [])
    let range = try #require(found.first?.range)
    #expect(try range.bytes(at: 0, count: data.count) == data)
  }

  @Test(.enabled(if: tools), arguments: lines)
  func `may start at any byte after a vendor's header`(line: String) throws {
    let bytes = try pack([UInt8](repeating: 0x56, count: 1027) + jffs2("odd"), line)
    #expect(try partitions(bytes).map(\.range.start) == [1027])
  }

  @Test(.enabled(if: tools), arguments: lines.dropFirst())
  func `is looked for in the bytes that offset and length name`(line: String) throws {
    let packed = try pack(FlashDump.bytes(), line)
    let bytes = [UInt8](repeating: 0x41, count: 777) + packed + [UInt8](repeating: 0x42, count: 55)
    let options = FirmwareProbe.Options(offset: 777, length: UInt64(packed.count))
    #expect(
      try partitions(bytes, options).map(\.range.start) == FlashDump.offsets.map(\.offset))
    // Half of it is an error, or told to be a part.
    let half = try? partitions(bytes, .init(offset: 777, length: UInt64(packed.count / 2)))
    #expect(half?.contains { $0.flaws.isEmpty } != true)
  }

  @Test func `a U-Boot image before a flash with a table is a part of it`() throws {
    let kernel = uImage([UInt8](repeating: 0x41, count: 1000), type: 2)
    let fill = [UInt8](repeating: 0xFF, count: 65536 - kernel.count)
    let table = try MTDParts("f:64k(kernel),-(home)")
    let found = try partitions(kernel + fill + jffs2("behind"), .init(table: table))
    #expect(found.map(\.name) == ["home"])
    #expect(found.map(\.range.start) == [65536])
  }

  @Test func `a member cannot be named in a plain dump, table or not`() throws {
    let table = try MTDParts(FlashDump.table)
    for options in [
      FirmwareProbe.Options(member: "x"), FirmwareProbe.Options(table: table, member: "x"),
    ] {
      #expect(throws: FirmwareError.notAnArchive(member: "x")) {
        try partitions(FlashDump.bytes(), options)
      }
    }
  }
}
