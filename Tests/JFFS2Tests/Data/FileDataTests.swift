import JFFS2
import TestSupport
import Testing

/// Which nodes of a file count, and what they say of it.
@Suite struct FileDataTests {
  @Test(arguments: Endianness.allCases)
  func `nodes count by version and not by their place on the flash`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(3, "C", count: 4, at: 2, fileSize: 12)
      image.addText(1, "A", count: 8)
      image.addText(2, "B", count: 4, at: 8)
    }
    #expect(
      try volume.contents(of: fileIno) == text("A", 2) + text("C", 4) + text("A", 2) + text("B", 4))
    #expect(try volume.attributes(of: fileIno).modificationTime == 3)
  }

  @Test(arguments: Endianness.allCases)
  func `the greatest version is greater than 1`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(.max, "Z", count: 4)
      image.addText(1, "A", count: 4)
    }
    #expect(try volume.contents(of: fileIno) == text("Z", 4))
    #expect(try volume.attributes(of: fileIno).modificationTime == .max)
  }

  @Test(arguments: Endianness.allCases)
  func `a node that starts after its own file size is dropped`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 8)
      image.addText(2, "B", count: 4, at: 4, fileSize: 3)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 8))
    #expect(try volume.attributes(of: fileIno).modificationTime == 1)
  }

  @Test(arguments: Endianness.allCases)
  func `a node that starts at its own file size is not dropped`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 8)
      image.addText(2, "B", count: 4, at: 4, fileSize: 4)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 4))
    #expect(try volume.attributes(of: fileIno).modificationTime == 2)
  }

  @Test(arguments: Endianness.allCases, [-4, 4])
  func `a node whose payload does not fit it is dropped`(_ order: Endianness, by: Int) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 8)
      image.addInode(
        fileIno, version: 2, payload: text("B", 8), compressedSize: UInt32(8 + by), totalLength: 76)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 8))
  }

  @Test(arguments: Endianness.allCases, [65, 66, 67, 68])
  func `lengths are compared as padded to four`(_ order: Endianness, totalLength: Int) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 8)
      image.addInode(
        fileIno, version: 2, payload: text("B", 8), compressedSize: 8, totalLength: totalLength + 8)
    }
    let isKept = totalLength > 64
    #expect(try volume.contents(of: fileIno) == text(isKept ? "B" : "A", 8))
  }

  @Test(arguments: Endianness.allCases)
  func `of the nodes without data the newest counts, of equals the last`(
    _ order: Endianness
  ) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 8)
      image.addMetadata(4, fileSize: 7, mode: 0o100600)
      image.addMetadata(5, fileSize: 6, mode: 0o100610)
      image.addMetadata(5, fileSize: 5, mode: 0o100620)
      image.addMetadata(3, fileSize: 4, mode: 0o100630)
    }
    #expect(try volume.attributes(of: fileIno).mode == 0o100620)
    #expect(try volume.contents(of: fileIno) == text("A", 5))
  }

  @Test(arguments: Endianness.allCases, [true, false])
  func `attributes without data win a tie`(_ order: Endianness, isFirst: Bool) throws {
    let volume = try volumeOfOneFile(order) { image in
      if isFirst { image.addMetadata(2, fileSize: 4, mode: 0o100600) }
      image.addText(2, "A", count: 8, mode: 0o100644)
      if !isFirst { image.addMetadata(2, fileSize: 4, mode: 0o100600) }
    }
    #expect(try volume.attributes(of: fileIno).mode == 0o100600)
    #expect(try volume.contents(of: fileIno) == text("A", 4))
  }

  @Test(arguments: Endianness.allCases)
  func `the payload of a node without data is never checked`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 8)
      image.addInode(
        fileIno, version: 2, mode: 0o100600, fileSize: 8, payload: text("?", 5), size: 0,
        flaws: [.dataCRC])
    }
    #expect(try volume.attributes(of: fileIno).mode == 0o100600)
    #expect(try volume.contents(of: fileIno) == text("A", 8))
  }

  @Test(arguments: Endianness.allCases)
  func `the last of several data nodes with the same version is visible`(_ order: Endianness) throws
  {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 8)
      image.addText(1, "B", count: 8)
    }
    #expect(try volume.contents(of: fileIno) == text("B", 8))
  }

  @Test(arguments: Endianness.allCases, [0, 1])
  func `the copy with valid data is visible`(_ order: Endianness, bad: Int) throws {
    let volume = try volumeOfOneFile(order) { image in
      for copy in 0..<2 {
        image.addText(1, copy == bad ? "X" : "A", count: 8, flaws: copy == bad ? [.dataCRC] : [])
      }
    }
    #expect(try volume.contents(of: fileIno) == text("A", 8))
  }

  @Test(arguments: Endianness.allCases)
  func `a file of data nodes of version 0 only cannot be looked up`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { $0.addText(0, "A", count: 8) }
    #expect(throws: JFFS2Error.unusableInode(fileIno)) { try volume.attributes(of: fileIno) }
    #expect(throws: JFFS2Error.unusableInode(fileIno)) {
      try volume.contents(of: fileIno, from: 0, count: 1)
    }
  }

  @Test(arguments: Endianness.allCases)
  func `attributes of version 0 make a file, and data of version 0 then show`(
    _ order: Endianness
  ) throws {
    let alone = try volumeOfOneFile(order, .zero) { $0.addMetadata(0, fileSize: 5) }
    #expect(try alone.attributes(of: fileIno).size == 0)
    let both = try volumeOfOneFile(order) { image in
      image.addText(0, "A", count: 8)
      image.addMetadata(0, fileSize: 5)
    }
    #expect(try both.contents(of: fileIno) == text("A", 5))
  }

  @Test(
    arguments: Endianness.allCases,
    [(isize: 10000, end: 100, size: 100), (100, 100, 100), (60, 100, 60), (0, 100, 0)])
  func `for the driver the size is the lesser of the latest file size and the end of data`(
    _ order: Endianness, sizes: (isize: Int, end: Int, size: Int)
  ) throws {
    let volume = try volumeOfOneFile(order, .zero) { image in
      image.addText(1, "A", count: sizes.end)
      image.addMetadata(2, fileSize: UInt32(sizes.isize))
    }
    let attributes = try volume.attributes(of: fileIno)
    #expect(attributes.size == UInt64(sizes.size))
    #expect(attributes.blockCount == UInt64((sizes.size + 511) / 512))
    #expect(try volume.contents(of: fileIno, from: 0, count: 20000) == text("A", sizes.size))
  }

  @Test(arguments: Endianness.allCases)
  func `for the driver a file without data has no size`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order, .zero) { $0.addMetadata(1, fileSize: 5000) }
    #expect(try volume.attributes(of: fileIno).size == 0)
    #expect(try volume.contents(of: fileIno, from: 0, count: 10) == [])
  }

  @Test(arguments: Endianness.allCases)
  func `an old truncation is not replayed`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 100)
      image.addMetadata(2, fileSize: 10)
      image.addMetadata(3, fileSize: 50)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 50))
  }

  @Test(arguments: Endianness.allCases)
  func `growing again after a truncation gives zeros`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 100)
      image.addMetadata(2, fileSize: 10)
      image.addZeros(3, count: 90, at: 10)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 10) + zeros(90))
  }

  @Test(arguments: Endianness.allCases)
  func `old writers' nodes of zeros have their length in the payload's`(
    _ order: Endianness
  ) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 10)
      image.addInode(
        fileIno, version: 2, fileSize: 12, offset: 4, payload: text("?", 8), size: 0,
        compression: .zero)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 4) + zeros(8))
  }

  @Test(arguments: Endianness.allCases)
  func `old writers' nodes of zeros that lack their payload are dropped`(
    _ order: Endianness
  ) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 10)
      image.addInode(
        fileIno, version: 2, fileSize: 12, offset: 4, size: 0, compressedSize: 8, compression: .zero
      )
    }
    #expect(try volume.contents(of: fileIno) == text("A", 10))
  }

  @Test(arguments: Endianness.allCases)
  func `a node that reaches beyond 4 GiB is dropped`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order, .zero) { image in
      image.addText(1, "A", count: 10)
      image.addInode(
        fileIno, version: 2, fileSize: .max, offset: .max - 3, payload: text("B", 8))
      image.addMetadata(3, fileSize: .max)
    }
    #expect(try volume.contents(of: fileIno) == text("A", 10))
  }

  @Test(arguments: Endianness.allCases)
  func `obsolete nodes do not count`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 10)
      image.addText(2, "B", count: 10, flaws: [.obsolete])
    }
    #expect(try volume.contents(of: fileIno) == text("A", 10))
  }
}
