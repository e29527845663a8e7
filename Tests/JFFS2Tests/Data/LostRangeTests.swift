import JFFS2
import TestSupport
import Testing

/// Ranges of files that no node covers.
@Suite struct LostRangeTests {
  private func missing(_ range: Range<UInt64>) -> JFFS2Error {
    .damaged(Damage(ino: fileIno, range: range, flashOffset: nil, reason: .missing))
  }

  /// A file of three nodes of 4096 bytes, as mkfs.jffs2 writes it, without some of them.
  private func volume(_ order: Endianness, without lost: Set<Int>) throws -> Volume {
    try volumeOfOneFile(order) { image in
      for (index, letter) in "ABC".enumerated() where !lost.contains(index) {
        image.addText(
          UInt32(index + 1), letter, count: 4096, at: UInt32(index * 4096), fileSize: 12288)
      }
    }
  }

  @Test(arguments: Endianness.allCases, [0, 1, 2])
  func `a range that no node covers is lost`(_ order: Endianness, lost: Int) throws {
    let volume = try volume(order, without: [lost])
    let range = UInt64(lost * 4096)..<UInt64(lost * 4096 + 4096)
    #expect(try volume.attributes(of: fileIno).size == 12288)
    for index in 0..<3 {
      let start = UInt64(index * 4096)
      if index == lost {
        #expect(throws: missing(range)) {
          try volume.contents(of: fileIno, from: start + 100, count: 10)
        }
      } else {
        let letter = Array("ABC")[index]
        #expect(try volume.contents(of: fileIno, from: start, count: 4096) == text(letter, 4096))
      }
    }
    let found = volume.addingPaths(to: volume.integrityFindings)
    #expect(found.map(\.kind) == [.lostRange])
    #expect(found.first?.range == range && found.first?.paths == [Array("f".utf8)])
  }

  @Test(arguments: Endianness.allCases)
  func `a lost range is data for SEEK_DATA, so that a copy gets the error`(
    _ order: Endianness
  ) throws {
    let middle = try volume(order, without: [1])
    #expect(try middle.nextData(fileIno, from: 4096) == 4096)
    #expect(try middle.nextHole(fileIno, from: 0) == 12288)
    let end = try volume(order, without: [2])
    #expect(try end.nextData(fileIno, from: 9000) == 9000)
    #expect(try end.nextHole(fileIno, from: 0) == 12288)
    let all = try volumeOfOneFile(order) { $0.addMetadata(1, fileSize: 5000) }
    #expect(try all.nextData(fileIno, from: 10) == 10)
    #expect(try all.nextHole(fileIno, from: 0) == 5000)
  }

  @Test(arguments: Endianness.allCases)
  func `a hole of a kernel before 6.3 reads as zeros`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addMetadata(1, fileSize: 0)
      image.addText(2, "A", count: 100)
      image.addZeros(3, count: 8092, at: 100)
      image.addText(4, "B", count: 40, at: 9000)
    }
    #expect(
      try volume.contents(of: fileIno) == text("A", 100) + zeros(8900) + text("B", 40))
    #expect(volume.integrityFindings == [])
    #expect(try volume.nextHole(fileIno, from: 0) == 100)
    #expect(try volume.nextData(fileIno, from: 100) == 9000)
  }

  @Test(arguments: Endianness.allCases)
  func `a gap inside a page before a node is a possible hole`(
    _ order: Endianness
  ) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addMetadata(1, fileSize: 0)
      image.addText(2, "A", count: 4100)
      image.addText(7, "B", count: 40, at: 8000, fileSize: 8040)
    }
    #expect(
      try volume.contents(of: fileIno, from: 4090, count: 3910) == text("A", 10) + zeros(3900))
    #expect(volume.integrityFindings.map(\.kind) == [.possibleHole])
    #expect(volume.indexDamage == [])
  }

  @Test(
    arguments: Endianness.allCases, [(end: 4090, next: 4096), (4100, 8192), (100, 8000), (16, 30)])
  func `a gap that reaches a page's end, crosses one or ends at an odd place is lost`(
    _ order: Endianness, gap: (end: Int, next: Int)
  ) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addMetadata(1, fileSize: 0)
      image.addText(2, "A", count: gap.end)
      image.addText(7, "B", count: 40, at: UInt32(gap.next))
    }
    #expect(throws: missing(UInt64(gap.end)..<UInt64(gap.next))) {
      try volume.contents(of: fileIno)
    }
  }

  @Test(arguments: Endianness.allCases)
  func `in an image of mkfs.jffs2 no gap is a hole`(_ order: Endianness) throws {
    var image = ImageBuilder(Dialect(order))
    image.addDirent(version: 0, ino: fileIno, name: "f")
    for (version, offset) in [(UInt32(1), UInt32(0)), (3, 200)] {
      image.addInode(
        fileIno, version: version, fileSize: 240, offset: offset, payload: text("A", 40))
    }
    let volume = try Volume(image)
    #expect(throws: missing(40..<200)) { try volume.contents(of: fileIno) }
    #expect(volume.integrityFindings.map(\.kind) == [.lostRange])
  }

  @Test func `a file of 4 GiB without data costs no time`() throws {
    let volume = try volumeOfOneFile(.little) { $0.addMetadata(1, fileSize: .max) }
    #expect(try volume.attributes(of: fileIno).size == UInt64(UInt32.max))
    #expect(throws: missing(0..<UInt64(UInt32.max))) {
      try volume.contents(of: fileIno, from: 0, count: 1)
    }
  }

  @Test func `thousands of gaps are found in order`() throws {
    let count: UInt32 = 5000
    let volume = try volumeOfOneFile(.little) { image in
      for index in 0..<count {
        image.addText(index + 1, "A", count: 4, at: index * 8192, fileSize: count * 8192)
      }
    }
    #expect(throws: missing(8192 + 4..<16384)) {
      try volume.contents(of: fileIno, from: 9000, count: 1)
    }
    // The rest are counted.
    #expect(volume.integrityFindings.filter { $0.kind == .lostRange }.count == 1001)
    #expect(try volume.nextData(fileIno, from: 4) == 4)
  }
}
