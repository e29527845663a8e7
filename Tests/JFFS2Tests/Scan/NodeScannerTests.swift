import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct NodeScannerTests {
  @Test(arguments: Endianness.allCases)
  func `nodes follow each other at multiples of four`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    var offsets = [image.addCleanmarker()]
    for length in 1...9 {
      let name = String(repeating: "n", count: length)
      offsets.append(image.addDirent(version: 1, ino: 2, name: name))
    }
    let found = try NodeRecorder(image)
    #expect(found.offsets == offsets)
    #expect(found.dirt == [])
  }

  @Test(
    arguments: Endianness.allCases,
    [[0], [0xFF], [0x19, 0x85, 0, 0], [0x85, 0x19, 0, 0], [0xDE, 0xAD, 0xBE, 0xEF], [0x5A]]
      as [[UInt8]])
  func `dirt of any kind and length is stepped over`(
    endianness: Endianness, pattern: [UInt8]
  ) throws {
    for words in [1, 2, 3, 8, 1250, 5000] {
      var image = ImageBuilder(Dialect(endianness))
      let first = image.addCleanmarker()
      let dirt = Array(repeating: pattern, count: words * 4 / pattern.count).flatMap(\.self)
      image.add(raw: dirt)
      let second = image.addDirent(version: 1, ino: 2, name: "a")
      image.add(raw: dirt)
      #expect(try NodeRecorder(image).offsets == [first, second], "\(words) words")
    }
  }

  @Test(arguments: Endianness.allCases)
  func `a node that is not at a multiple of four is none`(endianness: Endianness) throws {
    for shift in 1...3 {
      var image = ImageBuilder(Dialect(endianness))
      image.add(raw: [UInt8](repeating: 0, count: shift))
      image.addCleanmarker()
      #expect(try NodeRecorder(image).offsets == [])
    }
  }

  /// Nodes in the payload are visible only if the payload's length is not confirmed by a CRC.
  @Test(
    arguments: Endianness.allCases,
    [
      ([.headerCRC], true), ([], false), ([.nodeCRC], false), ([.dataCRC], false),
      ([.obsolete], false), ([.obsolete, .headerCRC], true),
    ] as [(Set<ImageBuilder.Flaw>, Bool)])
  func `nodes inside a node are visible only if its header CRC is wrong`(
    endianness: Endianness, row: (flaws: Set<ImageBuilder.Flaw>, shows: Bool)
  ) throws {
    var inner = ImageBuilder(Dialect(endianness))
    let innerOffsets = [
      inner.addDirent(version: 1, ino: 3, name: "inner"),
      inner.addInode(3, version: 1, payload: [1, 2, 3]),
    ]
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    let outer = image.addInode(2, version: 1, payload: inner.bytes, flaws: row.flaws)
    let last = image.addTextFileDirent()
    let found = try NodeRecorder(image)
    let inside = innerOffsets.map { outer + RawInode.size + $0 }
    #expect(found.offsets == [0] + (row.shows ? inside : [outer]) + [last])
    #expect(found.dirt == (row.shows ? [outer] : []))
    #expect(try Volume(image).names() == (row.shows ? ["inner"] : []))
  }

  @Test(arguments: Endianness.allCases, [0, 1, 4, 8, 11])
  func `a length shorter than a header is dirt`(endianness: Endianness, length: Int) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addNode(type: 0xE002, totalLength: length)
    let next = image.addTextFileDirent()
    let found = try NodeRecorder(image)
    #expect(found.offsets == [next])
    #expect(found.dirt == [0])
  }

  @Test(
    arguments: Endianness.allCases, [1, 4, 1000, 0x7FFF_FFFF, 0xFFFF_FF00, 0xFFFF_FFFF - 64])
  func `a node that ends after the image is dirt`(endianness: Endianness, excess: Int) throws {
    var image = ImageBuilder(Dialect(endianness))
    let rest = 12 + 44
    image.addNode(type: 0xE002, totalLength: rest + excess)
    let next = image.addDirent(version: 1, ino: 2, name: "abcd")
    #expect(image.bytes.count == rest)
    let found = try NodeRecorder(image)
    #expect(found.offsets == [next])
    #expect(found.dirt == [0])
  }

  @Test(arguments: Endianness.allCases)
  func `a node may end with the image, without its padding`(endianness: Endianness) throws {
    var whole = ImageBuilder(Dialect(endianness))
    whole.addTextFile(2, name: "abcd")
    #expect(whole.bytes.count == 44 + 72)
    var image = ImageBuilder(Dialect(endianness))
    image.add(raw: whole.bytes.dropLast(3))
    #expect(try NodeRecorder(image).offsets == [0, 44])
    #expect(try Volume(image).contents(of: 2) == Array("x".utf8))
    image = ImageBuilder(Dialect(endianness))
    image.add(raw: whole.bytes.dropLast(4))
    #expect(try NodeRecorder(image).offsets == [0])
  }

  @Test(
    arguments: Endianness.allCases,
    [0xE001, 0xE002, 0x2003, 0x2004, 0x2006, 0xE008, 0xE009, 0xE010, 0xA010, 0xE007]
      as [UInt16])
  func `an obsolete node of any type is skipped whole`(
    endianness: Endianness, type: UInt16
  ) throws {
    var inner = ImageBuilder(Dialect(endianness))
    inner.addTextFile(7, name: "inner")
    var image = ImageBuilder(Dialect(endianness))
    image.addNode(type: type, body: inner.bytes, flaws: [.obsolete])
    image.addTextFile(2, name: "a")
    let volume = try Volume(image)
    #expect(try volume.names() == ["a"])
    #expect(volume.statistics.obsoleteCount == 1)
    #expect(volume.statistics.nodeCount == 3)
  }

  @Test(
    arguments: Endianness.allCases, [0x2010, 0x6010, 0xA010, 0x2005, 0x2004, 0x2006] as [UInt16])
  func `a node of a harmless type is skipped whole`(
    endianness: Endianness, type: UInt16
  ) throws {
    var inner = ImageBuilder(Dialect(endianness))
    inner.addTextFile(7, name: "inner")
    var image = ImageBuilder(Dialect(endianness))
    image.addNode(type: type, body: inner.bytes)
    image.addTextFile(2, name: "a")
    #expect(try Volume(image).names() == ["a"])
  }

  @Test(arguments: Endianness.allCases, [0xE010, 0xE007, 0xE003, 0xFFFF] as [UInt16])
  func `an unknown type may forbid the mount`(endianness: Endianness, type: UInt16) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "a")
    let offset = image.addNode(type: type, body: [1, 2, 3, 4])
    #expect(
      throws: JFFS2Error.incompatibleNode(
        NodeType(rawValue: type), flashOffset: UInt64(offset))
    ) { try Volume(image) }
  }

  /// The driver treats 12 bytes of it as dirt, regardless of the declared length.
  @Test(arguments: Endianness.allCases, [nil, 4096] as [UInt32?])
  func `a cleanmarker of a strange length or place hides nothing`(
    endianness: Endianness, eraseSize: UInt32?
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addNode(type: 0x2003, totalLength: 16, body: [0xFF, 0xFF, 0xFF, 0xFF])
    image.addDirent(version: 1, ino: 2, name: "after a long one")
    image.addCleanmarker()
    image.addDirent(version: 1, ino: 2, name: "after one in the middle")
    image.addNode(type: 0x2003, totalLength: 1024)
    image.addDirent(version: 1, ino: 2, name: "inside a long one")
    image.addDirt(upTo: 4096)
    image.addDirent(version: 1, ino: 2, name: "in a block without one")
    image.addInode(2, version: 1)
    let names = try Volume(image, .init(eraseSize: eraseSize)).names()
    #expect(
      Set(names) == [
        "after a long one", "after one in the middle", "inside a long one",
        "in a block without one",
      ])
  }

  @Test(arguments: Endianness.allCases)
  func `the walk counts what it meets`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    image.addTextFile(2, name: "a")
    image.addInode(2, version: 2, flaws: [.nodeCRC])
    image.addDirent(version: 2, ino: 2, name: "b", flaws: [.nameCRC])
    image.addDirent(version: 2, ino: 2, name: "c", flaws: [.nodeCRC])
    image.addXref(ino: 2, xid: 1, sequence: 2, flaws: [.nodeCRC])
    image.addXattr(xid: 1, version: 1, name: "k", value: [], flaws: [.nodeCRC])
    image.addInode(2, version: 3, flaws: [.headerCRC])
    image.addDirent(version: 2, ino: 2, name: "d", flaws: [.obsolete])
    image.addDirent(version: 2, ino: 2, name: "..")
    let statistics = try Volume(image).statistics
    #expect(statistics.nodeCount == 10)
    #expect(statistics.obsoleteCount == 1)
    #expect(statistics.damagedCount == 5)
    #expect(statistics.dirtCount == 1)
    #expect(statistics.impossibleNameCount == 1)
  }
}

extension ImageBuilder {
  /// A node that is easily found again.
  mutating func addTextFileDirent() -> Int { addDirent(version: 1, ino: 99, name: "last") }
}
