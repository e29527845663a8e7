import JFFS2
import TestSupport
import Testing

@Suite struct EraseSizeTests {
  private static let markerMagic: UInt32 = 0x0285_1885

  @Test(arguments: Endianness.allCases)
  func `the size that the user gives counts`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    for _ in 0..<4 {
      image.addCleanmarker()
      image.padWithErased(toMultipleOf: 8192)
    }
    let volume = try Volume(image, Volume.Options(eraseSize: 65536))
    #expect(volume.eraseSize == EraseBlockSize(byteCount: 65536, reason: .given))
    #expect(volume.scanner.eraseSize == 65536)
  }

  @Test(
    arguments: Endianness.allCases, [4096, 8192, 16384, 32768, 65536, 131072, 1 << 20])
  func `cleanmarkers are at multiples of the size`(endianness: Endianness, size: Int) throws {
    var image = ImageBuilder(Dialect(endianness))
    for block in 0..<4 {
      // Obsolete ones, in used blocks, are as good as live ones.
      image.addNode(type: 0x2003, flaws: block % 2 == 0 ? [] : [.obsolete])
      image.padWithErased(toMultipleOf: size)
    }
    let volume = try Volume(image)
    #expect(
      volume.eraseSize == EraseBlockSize(byteCount: UInt32(size), reason: .cleanmarkers(4)))
    #expect(volume.scanner.eraseSize == nil)
  }

  @Test(arguments: Endianness.allCases)
  func `no size is larger than 1 MiB by cleanmarkers`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    image.padWithErased(toMultipleOf: 2 << 20)
    image.addCleanmarker()
    image.padWithErased(toMultipleOf: 2 << 20)
    #expect(
      try Volume(image).eraseSize == EraseBlockSize(byteCount: 1 << 20, reason: .cleanmarkers(2)))
  }

  @Test(arguments: Endianness.allCases)
  func `one missing cleanmarker does not make the size larger`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    for block in [0, 2, 3, 6] {
      image.addDirt(upTo: block * 16384)
      image.addCleanmarker()
    }
    image.padWithErased(toMultipleOf: 16384)
    #expect(try Volume(image).eraseSize.byteCount == 16384)
  }

  @Test(arguments: Endianness.allCases)
  func `a node across a boundary refutes cleanmarkers`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    image.addDirt(upTo: 8192)
    image.addCleanmarker()
    image.addInode(2, version: 1, payload: [UInt8](repeating: 1, count: 10000))
    image.padWithErased(toMultipleOf: 65536)
    // The node reaches from 8204 to 18272: no size below 32 KiB has it in one block.
    #expect(
      try Volume(image).eraseSize
        == EraseBlockSize(byteCount: 65536, reason: .assumed(minimum: 32768)))
  }

  @Test(arguments: Endianness.allCases, [(8192, 0), (8192, 1), (65536, 0), (65536, 1)])
  func `a summary proves the size`(
    endianness: Endianness, row: (size: Int, block: Int)
  ) throws {
    let image = summarized(endianness, row.size, block: row.block)
    #expect(
      try Volume(image).eraseSize == EraseBlockSize(byteCount: UInt32(row.size), reason: .summary))
  }

  @Test(
    arguments: Endianness.allCases,
    [
      (Self.markerMagic &+ 1, 0), (Self.markerMagic, 4), (Self.markerMagic, 8192),
      (Self.markerMagic, UInt32.max - 100),
    ] as [(UInt32, UInt32)])
  func `a summary whose marker is wrong proves nothing`(
    endianness: Endianness, row: (magic: UInt32, offsetError: UInt32)
  ) throws {
    let image = summarized(
      endianness, 16384, block: 1, magic: row.magic, offsetError: row.offsetError)
    #expect(try Volume(image).eraseSize.reason != .summary)
  }

  @Test(arguments: Endianness.allCases)
  func `without cleanmarkers it is the smallest that no node crosses`(
    endianness: Endianness
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "a")
    image.addDirt(upTo: 40960 - 50)
    image.add(raw: [0, 0])
    image.addTextFile(3, name: "b")
    image.padWithErased(toMultipleOf: 65536)
    // `b` crosses 40960, a multiple of 8192 and of no larger power of two.
    #expect(
      try Volume(image).eraseSize
        == EraseBlockSize(byteCount: 65536, reason: .assumed(minimum: 16384)))
  }

  @Test(arguments: Endianness.allCases, [(100, 65536), (5000, 65536), (8188, 65536)])
  func `a short image has an assumed size`(
    endianness: Endianness, row: (byteCount: Int, size: UInt32)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    image.addDirt(upTo: row.byteCount)
    #expect(
      try Volume(image).eraseSize == EraseBlockSize(byteCount: row.size, reason: .shortImage))
  }

  @Test(arguments: Endianness.allCases)
  func `a short image of one large node is one block`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1, payload: [UInt8](repeating: 1, count: 100_000))
    #expect(
      try Volume(image).eraseSize == EraseBlockSize(byteCount: 131072, reason: .shortImage))
  }

  /// No node of the second one crosses 64 KiB, so 64 KiB fits, as it was assumed for the first one.
  @Test(arguments: [4096, 65536 - 128] as [Int])
  func `an image with nodes after 64 KiB has that size if no node crosses it`(offset: Int) throws {
    var image = ImageBuilder()
    for offset in [0, offset, 65536] {
      image.addDirt(upTo: offset)
      image.addInode(2, version: 1, payload: [1])
    }
    image.addDirt(upTo: 90112)
    #expect(try Volume(image).eraseSize.byteCount == 65536)
  }

  /// Two blocks, one of them with a summary at its end.
  private func summarized(
    _ endianness: Endianness, _ size: Int, block: Int, magic: UInt32 = markerMagic,
    offsetError: UInt32 = 0
  ) -> ImageBuilder {
    let length = 200
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(2, name: "a")
    image.addDirt(upTo: (block + 1) * size - length)
    let marker =
      image.number32(UInt32(size - length) &+ offsetError) + image.number32(magic)
    image.addNode(
      type: 0x2006, body: [UInt8](repeating: 0xFF, count: length - 12 - 8) + marker)
    image.addDirt(0xFF, upTo: 2 * size)
    return image
  }
}
