import JFFS2
import TestSupport
import Testing

/// The driver's rules for the start and the end of erase blocks, which apply where the erase size is given.
@Suite struct EraseBlockTests {
  private static let eraseSize: UInt32 = 4096

  /// The names that are seen with and without an erase size.
  private func names(
    _ image: ImageBuilder, eraseSize: UInt32? = eraseSize
  ) throws -> [String] {
    try Volume(image, Volume.Options(eraseSize: eraseSize)).names()
  }

  @Test(arguments: Endianness.allCases, [(252, true), (256, false), (260, false)])
  func `a block that starts with 256 erased bytes is ignored to its end`(
    endianness: Endianness, row: (erased: Int, isSeen: Bool)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.add(raw: [UInt8](repeating: 0xFF, count: row.erased))
    image.addTextFile(2, name: "first")
    image.padWithErased(toMultipleOf: 4096)
    image.addTextFile(3, name: "second")
    #expect(try names(image) == (row.isSeen ? ["first", "second"] : ["second"]))
    #expect(try names(image, eraseSize: nil) == ["first", "second"])
  }

  @Test(arguments: Endianness.allCases)
  func `a short last block that is erased throughout is empty`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "a")
    image.padWithErased(toMultipleOf: 4096)
    image.add(raw: [UInt8](repeating: 0xFF, count: 100))
    #expect(try names(image) == ["a"])
  }

  @Test(
    arguments: Endianness.allCases,
    [(16, [], true), (20, [], false), (24, [], false), (20, [.obsolete], true)]
      as [(Int, Set<ImageBuilder.Flaw>, Bool)])
  func `a live cleanmarker and 20 erased bytes end the block`(
    endianness: Endianness, row: (erased: Int, flaws: Set<ImageBuilder.Flaw>, isSeen: Bool)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addNode(type: 0x2003, flaws: row.flaws)
    image.add(raw: [UInt8](repeating: 0xFF, count: row.erased))
    image.addTextFile(2, name: "first")
    image.padWithErased(toMultipleOf: 4096)
    image.addTextFile(3, name: "second")
    #expect(try names(image) == (row.isSeen ? ["first", "second"] : ["second"]))
    #expect(try names(image, eraseSize: nil) == ["first", "second"])
  }

  @Test(arguments: Endianness.allCases)
  func `a cleanmarker further on does not end the block`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "first")
    image.addCleanmarker()
    image.add(raw: [UInt8](repeating: 0xFF, count: 400))
    image.addTextFile(3, name: "second")
    #expect(try names(image) == ["first", "second"])
  }

  @Test(arguments: Endianness.allCases, [5000, 20000])
  func `a long erased run in a block is stepped over`(endianness: Endianness, count: Int) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "first")
    image.add(raw: [UInt8](repeating: 0xFF, count: count))
    image.addTextFile(3, name: "second")
    #expect(try names(image, eraseSize: 65536) == ["first", "second"])
  }

  /// `large` crosses the boundary; the node in its payload is in the second block.
  @Test(arguments: Endianness.allCases)
  func `a node across a boundary is dirt`(endianness: Endianness) throws {
    var inner = ImageBuilder(Dialect(endianness))
    inner.addTextFile(3, name: "inner")
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "first")
    image.addDirt(upTo: 4096 - 68 - 8)
    let crossing = image.addInode(
      9, version: 1, payload: [UInt8](repeating: 0, count: 8) + inner.bytes)
    image.addTextFile(4, name: "last")
    #expect(try names(image) == ["first", "inner", "last"])
    #expect(try NodeRecorder(image, eraseSize: Self.eraseSize).dirt == [crossing])
    #expect(try names(image, eraseSize: nil) == ["first", "last"])
  }

  @Test(arguments: Endianness.allCases)
  func `a node may end with its block`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1)
    image.addDirt(upTo: 4096 - 44)
    image.addDirent(version: 1, ino: 2, name: "abcd")
    image.addDirent(version: 1, ino: 2, name: "next")
    #expect(try names(image) == ["abcd", "next"])
  }

  @Test(arguments: Endianness.allCases, [4, 8])
  func `fewer than 12 bytes before a boundary are not a header`(
    endianness: Endianness, left: Int
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "a")
    image.addDirt(upTo: 4096 - left)
    image.addCleanmarker()
    image.addTextFile(3, name: "b")
    let found = try NodeRecorder(image, eraseSize: Self.eraseSize)
    #expect(!found.types.contains(.cleanmarker))
    #expect(try names(image) == ["a", "b"])
  }

  // MARK: The end marker of OpenWrt

  private static let endMarker: [UInt8] = [0xDE, 0xAD, 0xC0, 0xDE]

  @Test(
    arguments: Endianness.allCases,
    [
      (4096, 4096, true), (8192, 4096, true), (4096, 8192, false), (4096, nil, true),
      (3800, 4096, false), (4000, nil, false), (8, nil, false),
    ]
      as [(Int, UInt32?, Bool)])
  func `the end marker at the start of a block ends the file system`(
    endianness: Endianness, row: (offset: Int, eraseSize: UInt32?, ends: Bool)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    if row.offset > 100 { image.addTextFile(2, name: "first") }
    image.addDirt(upTo: row.offset)
    image.add(raw: Self.endMarker)
    image.addTextFile(3, name: "stale")
    image.addDirt(upTo: 20000)
    image.addTextFile(4, name: "stale too")
    let first = row.offset > 100 ? ["first"] : []
    #expect(
      try names(image, eraseSize: row.eraseSize)
        == (row.ends ? first : first + ["stale", "stale too"]))
  }

  @Test(arguments: Endianness.allCases)
  func `the end marker inside a node ends nothing`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirt(upTo: 4096 - 68)
    image.addInode(2, version: 1, payload: Self.endMarker)
    image.addDirent(version: 1, ino: 2, name: "a")
    #expect(try names(image, eraseSize: nil) == ["a"])
  }
}
