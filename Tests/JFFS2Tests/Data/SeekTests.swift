import JFFS2
import TestSupport
import Testing

/// Where data and holes are, for SEEK_DATA and SEEK_HOLE.
@Suite struct SeekTests {
  /// Checks every offset against a map with a letter for each byte: `.` is a hole.
  private func check(_ volume: Volume, _ map: String) throws {
    let bytes = Array(map)
    for offset in 0...bytes.count + 3 {
      let data = (offset..<max(offset, bytes.count)).first { bytes[$0] != "." }
      let hole = (offset..<max(offset, bytes.count)).first { bytes[$0] == "." } ?? bytes.count
      #expect(
        try volume.nextData(fileIno, from: UInt64(offset)) == data.map { UInt64($0) },
        "data from \(offset)")
      #expect(
        try volume.nextHole(fileIno, from: UInt64(offset))
          == (offset < bytes.count ? UInt64(hole) : nil), "hole from \(offset)")
    }
    #expect(try volume.nextData(fileIno, from: .max) == nil)
    #expect(try volume.nextHole(fileIno, from: .max) == nil)
  }

  @Test(arguments: Endianness.allCases)
  func `holes are between nodes and where nodes represent zeros`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order, .zero) { image in
      image.addText(1, "A", count: 4, at: 3)
      image.addText(2, "B", count: 4, at: 7)
      image.addZeros(3, count: 6, at: 14)
      image.addText(4, "C", count: 2, at: 22)
      image.addZeros(5, count: 3, at: 24)
    }
    try check(volume, "...AAAABBBB...........CC...")
  }

  @Test(arguments: Endianness.allCases)
  func `a file without holes has one at its end`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { $0.addText(1, "A", count: 5) }
    try check(volume, "AAAAA")
  }

  @Test(arguments: Endianness.allCases)
  func `data after the end of a truncated file are none`(_ order: Endianness) throws {
    let within = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 10)
      image.addMetadata(2, fileSize: 5)
    }
    try check(within, "AAAAA")
    let behind = try volumeOfOneFile(order, .zero) { image in
      image.addText(1, "A", count: 3)
      image.addText(2, "B", count: 10, at: 6)
      image.addMetadata(3, fileSize: 5)
    }
    try check(behind, "AAA..")
  }

  @Test(arguments: Endianness.allCases)
  func `an empty file has neither data nor holes`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { $0.addMetadata(1, fileSize: 0) }
    try check(volume, "")
  }

  @Test(arguments: Endianness.allCases)
  func `damaged data are data`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 4, at: 4, flaws: [.dataCRC])
      image.addMetadata(2, fileSize: 8)
    }
    try check(volume, "....AAAA")
    #expect(throws: JFFS2Error.self) { try volume.contents(of: fileIno) }
    try check(volume, "....AAAA")
  }

  @Test(arguments: Endianness.allCases)
  func `only regular files have data and holes`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { $0.addText(1, "A", count: 1) }
    #expect(throws: JFFS2Error.wrongType(ino: 1)) { try volume.nextData(1, from: 0) }
    #expect(throws: JFFS2Error.wrongType(ino: 1)) { try volume.nextHole(1, from: 0) }
  }
}
