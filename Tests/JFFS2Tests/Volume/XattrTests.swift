import JFFS2
import TestSupport
import Testing

@Suite struct XattrTests {
  /// An image with the file 2, for xattrs to be added.
  private func oneFile(_ endianness: Endianness) -> ImageBuilder {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "a")
    return image
  }

  private func names(_ volume: Volume, of ino: UInt32 = 2) throws -> [String] {
    try volume.xattrs(of: ino).map { String(decoding: $0.name, as: UTF8.self) }.sorted()
  }

  @Test(
    arguments: Endianness.allCases,
    [
      (1, "k", "user.k"), (2, "selinux", "security.selinux"), (5, "t", "trusted.t"),
      (3, "", "system.posix_acl_access"), (4, "", "system.posix_acl_default"), (1, "", "user."),
      (0, "k", nil), (6, "k", nil), (255, "k", nil),
    ] as [(UInt8, String, String?)])
  func `the prefix is the namespace`(
    endianness: Endianness, row: (prefix: UInt8, name: String, shown: String?)
  ) throws {
    var image = oneFile(endianness)
    image.addXattr(xid: 1, version: 1, prefix: row.prefix, name: row.name, value: [1, 2])
    image.addXref(ino: 2, xid: 1, sequence: 2)
    let volume = try Volume(image)
    #expect(try names(volume) == (row.shown.map { [$0] } ?? []))
    #expect(
      try volume.xattrs(of: 2).map(\.isTrusted) == (row.shown == nil ? [] : [row.prefix == 5]))
    if let shown = row.shown, row.prefix != 3, row.prefix != 4 {
      #expect(try volume.xattr(shown, of: 2) == [1, 2])
    }
  }

  @Test(arguments: Endianness.allCases, [0, 1, 100, 65535])
  func `a value is any bytes`(endianness: Endianness, count: Int) throws {
    let value = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    var image = oneFile(endianness)
    image.addXattr(xid: 1, version: 1, name: "k", value: value)
    image.addXref(ino: 2, xid: 1, sequence: 2)
    let volume = try Volume(image)
    #expect(try volume.xattr("user.k", of: 2) == value)
    #expect(try volume.xattr("user.other", of: 2) == nil)
    #expect(try volume.xattr("user.k", of: 1) == nil)
  }

  @Test(arguments: Endianness.allCases, [1, 0x3D, 0xFF] as [UInt8])
  func `the separator may be any byte`(endianness: Endianness, separator: UInt8) throws {
    var image = oneFile(endianness)
    image.addXattr(xid: 1, version: 1, name: "k", value: [7], separator: separator)
    image.addXref(ino: 2, xid: 1, sequence: 2)
    #expect(try Volume(image).xattr("user.k", of: 2) == [7])
  }

  // MARK: Which nodes count

  /// Each row: the data of one xid by version and value.
  @Test(
    arguments: Endianness.allCases,
    [
      ([(1, 10), (2, 20)], 20), ([(2, 20), (1, 10)], 20), ([(5, 10), (5, 20)], 20),
      ([(0, 10)], 10), ([(UInt32.max, 10), (0, 20)], 10),
    ] as [([(UInt32, UInt8)], UInt8)])
  func `the newest datum of an xid counts, of equal ones the later`(
    endianness: Endianness, row: (data: [(UInt32, UInt8)], value: UInt8)
  ) throws {
    var image = oneFile(endianness)
    image.addXref(ino: 2, xid: 1, sequence: 2)
    for (version, value) in row.data {
      image.addXattr(xid: 1, version: version, name: "k", value: [value])
    }
    #expect(try Volume(image).xattr("user.k", of: 2) == [row.value])
  }

  @Test(arguments: Endianness.allCases)
  func `a newest datum with a wrong data CRC is not an attribute`(endianness: Endianness) throws {
    var image = oneFile(endianness)
    image.addXref(ino: 2, xid: 1, sequence: 2)
    image.addXattr(xid: 1, version: 1, name: "k", value: [1])
    image.addXattr(xid: 1, version: 2, name: "k", value: [2], flaws: [.dataCRC])
    let volume = try Volume(image)
    #expect(try names(volume) == [])
    #expect(try volume.xattr("user.k", of: 2) == nil)
  }

  @Test(
    arguments: Endianness.allCases,
    [.nodeCRC, .headerCRC, .obsolete] as [ImageBuilder.Flaw])
  func `a damaged or obsolete node never existed`(
    endianness: Endianness, flaw: ImageBuilder.Flaw
  ) throws {
    var image = oneFile(endianness)
    image.addXref(ino: 2, xid: 1, sequence: 2)
    image.addXattr(xid: 1, version: 1, name: "k", value: [1])
    image.addXattr(xid: 1, version: 2, name: "k", value: [2], flaws: [flaw])
    image.addXref(ino: 2, xid: 1, sequence: 3, flaws: [flaw])
    #expect(try Volume(image).xattr("user.k", of: 2) == [1])
  }

  @Test(arguments: Endianness.allCases)
  func `a node whose lengths disagree never existed`(endianness: Endianness) throws {
    var image = oneFile(endianness)
    let fields = image.number32(9) + image.number32(9) + [1, 1, 0, 0]
    // An xref of 32 bytes and a datum that is 4 bytes too long.
    for (type, body) in [
      (0xE009, image.number32(2) + image.number32(9) + image.number32(2)),
      (0xE008, fields + image.number32(jffs2CRC([0x6B, 0].span))),
    ] as [(UInt16, [UInt8])] {
      let length = type == 0xE009 ? 32 : 40
      var header = ImageBuilder(image.dialect)
      header.addNode(type: type, totalLength: length)
      let checked = header.bytes + body
      let rest: [UInt8] =
        type == 0xE009 ? [0, 0, 0, 0] : [0x6B, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
      image.add(raw: checked + image.number32(jffs2CRC(checked.span)) + rest)
    }
    let volume = try Volume(image)
    #expect(volume.statistics.damagedCount == 2)
    #expect(!volume.hasXattrs)
  }

  /// Each row: the sequence numbers of the links from one inode to one xid.
  @Test(
    arguments: Endianness.allCases,
    [
      ([2], true), ([0], true), ([1], false), ([2, 3], false), ([3, 2], false), ([3, 4], true),
      ([4, 3], true), ([2, 2], true), ([UInt32.max, 2], false),
    ] as [([UInt32], Bool)])
  func `the newest link counts, and an odd one removes`(
    endianness: Endianness, row: (sequences: [UInt32], isShown: Bool)
  ) throws {
    var image = oneFile(endianness)
    for sequence in row.sequences { image.addXref(ino: 2, xid: 1, sequence: sequence) }
    image.addXattr(xid: 1, version: 1, name: "k", value: [1])
    let volume = try Volume(image)
    #expect(try names(volume) == (row.isShown ? ["user.k"] : []))
    #expect(volume.hasXattrs == row.isShown)
  }

  @Test(arguments: Endianness.allCases)
  func `a link to nothing is dropped`(endianness: Endianness) throws {
    var image = oneFile(endianness)
    image.addXref(ino: 2, xid: 5, sequence: 2)
    image.addXref(ino: 99, xid: 1, sequence: 2)
    image.addXattr(xid: 1, version: 1, name: "k", value: [1])
    #expect(try names(Volume(image)) == [])
  }

  /// The kernel replaces a value without a word about the old one.
  @Test(arguments: Endianness.allCases, [false, true])
  func `of two links with one name the newer counts`(
    endianness: Endianness, isReversed: Bool
  ) throws {
    var image = oneFile(endianness)
    let links: [(xid: UInt32, sequence: UInt32)] = [(7, 2), (3, 4), (5, 6), (4, 8)]
    for (xid, sequence) in isReversed ? links.reversed() : links {
      // The last of them has another prefix and is a separate attribute.
      let prefix: UInt8 = xid == 4 ? 2 : 1
      image.addXattr(xid: xid, version: 1, prefix: prefix, name: "k", value: [UInt8(xid)])
      image.addXref(ino: 2, xid: xid, sequence: sequence)
    }
    let volume = try Volume(image)
    #expect(try names(volume) == ["security.k", "user.k"])
    #expect(try volume.xattr("user.k", of: 2) == [5])
    #expect(try volume.xattr("security.k", of: 2) == [4])
  }

  @Test(arguments: Endianness.allCases)
  func `several inodes may share a datum, the root may have one without a node`(
    endianness: Endianness
  ) throws {
    var image = oneFile(endianness)
    image.addTextFile(3, name: "b", version: 2)
    image.addXattr(xid: 1, version: 1, name: "k", value: [1])
    for ino in 1...3 as ClosedRange<UInt32> { image.addXref(ino: ino, xid: 1, sequence: 2) }
    image.addXref(ino: 3, xid: 1, sequence: 3)
    let volume = try Volume(image)
    #expect(try volume.xattr("user.k", of: 1) == [1])
    #expect(try volume.xattr("user.k", of: 2) == [1])
    #expect(try volume.xattr("user.k", of: 3) == nil)
  }

  @Test(arguments: Endianness.allCases)
  func `a name with a NUL is dropped`(endianness: Endianness) throws {
    var image = oneFile(endianness)
    image.addXattr(xid: 1, version: 1, name: "a\0b", value: [1])
    image.addXref(ino: 2, xid: 1, sequence: 2)
    #expect(try names(Volume(image)) == [])
  }

  @Test func `an attribute with only a namespace as name is read`() throws {
    var image = ImageBuilder()
    image.addDirent(version: 1, ino: 2, name: "f")
    image.addInode(2, version: 1)
    image.addXattr(xid: 1, version: 1, name: "", value: [7])
    image.addXref(ino: 2, xid: 1, sequence: 2)
    #expect(try Volume(image).xattr("user.", of: 2) == [7])
  }
}
