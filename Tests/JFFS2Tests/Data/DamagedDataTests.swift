import JFFS2
import Storage
import TestSupport
import Testing

/// Nodes with a wrong data CRC: never anything but older data, an error, or, if asked for, zeros.
@Suite struct DamagedDataTests {
  @Test(arguments: DamageCase.all, Endianness.allCases)
  func `with damage as zeros a file is what the driver serves`(
    _ damage: DamageCase, _ order: Endianness
  ) throws {
    let (volume, _) = try damage.volume(order, .zero)
    guard let driver = damage.driver else {
      #expect(throws: JFFS2Error.unusableInode(fileIno)) { try volume.attributes(of: fileIno) }
      return
    }
    let attributes = try volume.attributes(of: fileIno)
    #expect(attributes.size == UInt64(driver.count))
    #expect(attributes.modificationTime == damage.latest.version)
    #expect(attributes.mode == UInt16(damage.latest.mode))
    #expect(try volume.contents(of: fileIno) == driver)
    #expect(try volume.contents(of: fileIno, from: 1, count: 30_000) == Array(driver.dropFirst()))
  }

  @Test(arguments: DamageCase.all, Endianness.allCases)
  func `by default exactly the data of damaged nodes is an error`(
    _ damage: DamageCase, _ order: Endianness
  ) throws {
    guard let driver = damage.driver else {
      let (volume, _) = try damage.volume(order, .error)
      #expect(throws: JFFS2Error.unusableInode(fileIno)) { try volume.attributes(of: fileIno) }
      return
    }
    let (shared, places) = try damage.volume(order, .error)
    let size = damage.size ?? driver.count
    let attributes = try shared.attributes(of: fileIno)
    #expect(attributes.size == UInt64(size))
    #expect(attributes.modificationTime == damage.latest.version)
    #expect(attributes.mode == UInt16(damage.latest.mode))
    let contents = driver + zeros(size - driver.count)
    let isBad = (0..<size).map { byte in damage.bad.contains { $0.range.contains(byte) } }

    for (range, node) in damage.bad {
      let error = JFFS2Error.damaged(
        Damage(
          ino: fileIno, range: UInt64(range.lowerBound)..<UInt64(range.upperBound),
          flashOffset: UInt64(places[node]), reason: .dataCRC))
      // What was read before must make no difference.
      let (fresh, _) = try damage.volume(order, .error)
      for byte in [range.upperBound - 1, range.lowerBound, range.lowerBound + range.count / 2] {
        for volume in [fresh, shared] {
          #expect(throws: error) {
            try volume.contents(of: fileIno, from: UInt64(byte), count: 1)
          }
        }
      }
      if range.lowerBound > 0, !isBad[range.lowerBound - 1] {
        #expect(throws: error) {
          try shared.contents(of: fileIno, from: UInt64(range.lowerBound) - 1, count: 2)
        }
      }
    }
    var start = 0
    while start < size {
      let end = (start..<size).first { isBad[$0] != isBad[start] } ?? size
      if !isBad[start] {
        #expect(
          try shared.contents(of: fileIno, from: UInt64(start), count: end - start)
            == Array(contents[start..<end]))
      }
      start = end
    }
    if damage.bad.isEmpty {
      #expect(try shared.contents(of: fileIno) == contents)
    } else {
      #expect(throws: JFFS2Error.self) { try shared.contents(of: fileIno) }
    }
  }

  @Test(arguments: Endianness.allCases, [Volume.DamagePolicy.error, .zero])
  func `a name whose only node is damaged is listed`(
    _ order: Endianness, _ policy: Volume.DamagePolicy
  ) throws {
    let volume = try volumeOfOneFile(order, policy) {
      $0.addText(1, "A", count: 4096, flaws: [.dataCRC])
    }
    #expect(try volume.names() == ["f"])
    #expect(try volume.ino("f") == fileIno)
  }

  @Test(arguments: Endianness.allCases, [UInt32(0o120777), 0o020600, 0o060600])
  func `a link or device whose only node is damaged cannot be looked up`(
    _ order: Endianness, mode: UInt32
  ) throws {
    for policy in [Volume.DamagePolicy.error, .zero] {
      let volume = try volumeOfOneFile(order, policy) {
        $0.addText(1, "A", count: 2, mode: mode, flaws: [.dataCRC])
      }
      #expect(throws: JFFS2Error.unusableInode(fileIno)) { try volume.attributes(of: fileIno) }
    }
  }

  @Test(arguments: Endianness.allCases, [Volume.DamagePolicy.error, .zero])
  func `a node with a wrong node CRC is absent`(
    _ order: Endianness, _ policy: Volume.DamagePolicy
  ) throws {
    let volume = try volumeOfOneFile(order, policy) { image in
      image.addText(1, "A", count: 4096)
      image.addText(2, "B", count: 4096, at: 4096, flaws: [.nodeCRC])
      image.addText(3, "C", count: 100, at: 50, fileSize: 9000, flaws: [.headerCRC])
      image.addText(4, "D", count: 100, at: 8000)
    }
    #expect(
      try volume.contents(of: fileIno) == text("A", 4096) + zeros(8000 - 4096) + text("D", 100))
  }

  @Test(arguments: Endianness.allCases)
  func `damage inside a large image is reported with its offset`(_ order: Endianness) throws {
    var image = ImageBuilder(Dialect(order))
    image.addDirent(version: 1, ino: fileIno, name: "f")
    image.addMetadata(1, fileSize: 8)
    let place = image.addText(2, "A", count: 8, flaws: [.dataCRC])
    let whole = text("?", 4096) + image.bytes
    let flash = try FlashImage(bytes: whole)
    let volume = try Volume(scanning: FlashRange(flash, 4096..<UInt64(whole.count)))
    let error = JFFS2Error.damaged(
      Damage(ino: fileIno, range: 0..<8, flashOffset: 4096 + UInt64(place), reason: .dataCRC))
    #expect(throws: error) { try volume.contents(of: fileIno) }
  }
}
