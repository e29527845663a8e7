import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct DialectTests {
  @Test(arguments: Dialect.all)
  func `every dialect is recognized and read`(dialect: Dialect) throws {
    var image = ImageBuilder(dialect)
    image.addTextFile(2, name: "a", text: "hello")
    let volume = try Volume(image)
    #expect(volume.dialect == dialect)
    #expect(try volume.contents(of: 2) == Array("hello".utf8))
  }

  @Test(arguments: Endianness.allCases)
  func `dirt in front does not mislead`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.add(raw: endianness == .little ? [0x19, 0x85, 0xE0, 0x01] : [0x85, 0x19, 0x01, 0xE0])
    image.addDirt(0xFF, upTo: 4096)
    image.addTextFile(2, name: "a")
    #expect(try Volume(image).names() == ["a"])
  }

  @Test(arguments: Endianness.allCases)
  func `nodes far after the start are found`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirt(upTo: 3 << 20)
    image.addTextFile(2, name: "a")
    #expect(try Volume(image).names() == ["a"])
  }

  @Test(arguments: Endianness.allCases, [1, 8])
  func `nodes of the format before its release are dirt among current ones`(
    endianness: Endianness, count: UInt32
  ) throws {
    var old = ImageBuilder(Dialect(endianness, magic: Dialect.legacyMagic))
    for ino in 10..<10 + count { old.addTextFile(ino, name: "old \(ino)") }
    var image = ImageBuilder(Dialect(endianness))
    image.add(raw: old.bytes)
    image.addTextFile(2, name: "a")
    let volume = try Volume(image)
    #expect(volume.dialect == Dialect(endianness))
    #expect(try volume.names() == ["a"])
  }

  @Test(arguments: Endianness.allCases)
  func `nodes of the other order are dirt, the most nodes decide`(endianness: Endianness) throws {
    var other = ImageBuilder(Dialect(endianness == .little ? .big : .little))
    other.addDirent(version: 1, ino: 9, name: "other")
    var image = ImageBuilder(Dialect(endianness))
    image.add(raw: other.bytes)
    image.addTextFile(2, name: "a")
    #expect(try Volume(image).names() == ["a"])
  }

  @Test(arguments: Endianness.allCases, Endianness.allCases)
  func `the order that the user gives is the only one`(
    written: Endianness, given: Endianness
  ) throws {
    var image = ImageBuilder(Dialect(written))
    image.addTextFile(2, name: "a")
    let options = Volume.Options(endianness: given)
    if written == given {
      #expect(try Volume(image, options).names() == ["a"])
    } else {
      #expect(throws: JFFS2Error.noNodes) { try Volume(image, options) }
    }
  }

  @Test(arguments: Endianness.allCases, [1, 5])
  func `cleanmarkers alone are an empty file system`(endianness: Endianness, blocks: Int) throws {
    var image = ImageBuilder(Dialect(endianness))
    for _ in 0..<blocks {
      image.addCleanmarker()
      image.padWithErased(toMultipleOf: 8192)
    }
    let volume = try Volume(image)
    #expect(try volume.names() == [])
    #expect(try volume.attributes(of: Volume.rootIno).linkCount == 3)
  }

  @Test(arguments: [0, 8, 12, 100, 8192, 3 << 20], [0x00, 0xFF] as [UInt8])
  func `blank and zero images hold no nodes`(count: Int, byte: UInt8) throws {
    var image = ImageBuilder()
    image.add(raw: [UInt8](repeating: byte, count: count))
    #expect(throws: JFFS2Error.noNodes) { try Volume(image) }
  }

  @Test func `random bytes hold no nodes`() throws {
    var generator = announcedGenerator()
    var image = ImageBuilder()
    image.add(raw: (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
    #expect(throws: JFFS2Error.noNodes) { try Volume(image) }
  }

  @Test(arguments: Endianness.allCases)
  func `garbage between good blocks is harmless`(endianness: Endianness) throws {
    var generator = announcedGenerator()
    var image = ImageBuilder(Dialect(endianness))
    for block in 0..<4 {
      image.addTextFile(UInt32(2 + block), name: "\(block)")
      image.padWithErased(toMultipleOf: 4096)
      image.add(raw: (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
    #expect(try Volume(image).names() == ["0", "1", "2", "3"])
  }

  /// A file system that does not start at the start of its image counts its offsets from its own.
  @Test(arguments: Endianness.allCases)
  func `a range of an image is read by itself`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addTextFile(9, name: "outside")
    let start = image.add(raw: [1, 2, 3]) + 3
    var inner = ImageBuilder(Dialect(endianness))
    inner.addTextFile(2, name: "a", text: "hello")
    image.add(raw: inner.bytes)
    let end = image.bytes.count
    image.addTextFile(10, name: "behind")
    let flash = try FlashImage(bytes: image.bytes)
    let volume = try Volume(scanning: FlashRange(flash, UInt64(start)..<UInt64(end)))
    #expect(try volume.names() == ["a"])
    #expect(try volume.contents(of: 2) == Array("hello".utf8))
  }
}
