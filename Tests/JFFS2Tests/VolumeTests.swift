import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct VolumeTests {
  /// An image with one file `a` in the root, byte by byte as the format's reference gives it.
  @Test(arguments: Endianness.allCases)
  func `a file of one byte is found and read`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    image.addDirent(version: 0, ino: 2, name: "a")
    image.addInode(2, version: 1, payload: Array("x".utf8))
    let volume = try Volume(image)
    #expect(volume.dialect == Dialect(endianness))
    #expect(try volume.names() == ["a"])
    let ino = try #require(try volume.ino("a"))
    #expect(try volume.contents(of: ino) == Array("x".utf8))
  }

  @Test(arguments: Endianness.allCases)
  func `whatever separates an xattr's name and value counts as zero`(
    endianness: Endianness
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(1, version: 1, mode: 0o40755)
    let offset = image.addXattr(xid: 1, version: 1, name: "k", value: Array("v".utf8))
    image.addXref(ino: 1, xid: 1, sequence: 2)
    image.replaceByte(at: offset + RawXattr.size + 1, with: 0x3D)
    #expect(try Volume(image).xattr("user.k", of: 1) == Array("v".utf8))
  }

  @Test(arguments: [0, 1, 6, 4098, .max] as [UInt32])
  func `a size that erase blocks cannot have is refused`(eraseSize: UInt32) throws {
    var image = ImageBuilder()
    image.addCleanmarker()
    image.addFile("a", ino: 2, Array("x".utf8))
    let flash = try FlashImage(bytes: image.bytes)
    let range = try FlashRange(flash, 0..<flash.byteCount)
    let error = JFFS2Error.invalidEraseSize(eraseSize)
    #expect(throws: error) { try Volume(scanning: range, Volume.Options(eraseSize: eraseSize)) }
    #expect(throws: error) { try FlashRange(flash, 0..<flash.byteCount, eraseSize: eraseSize) }
  }

  @Test func `a log is read again where it is of another range or byte order`() throws {
    var (first, second) = (ImageBuilder(), ImageBuilder())
    first.addFile("a", ino: 2, Array("x".utf8))
    second.addFile("b", ino: 2, Array("y".utf8))
    let flash = try FlashImage(bytes: first.bytes + second.bytes)
    let boundary = UInt64(first.bytes.count)
    let ranges = try [0..<boundary, boundary..<flash.byteCount].map { try FlashRange(flash, $0) }
    let log = try LogScan(ranges[0], dialect: first.dialect)
    #expect(try Volume(scanning: ranges[0], reusing: log).names() == ["a"])
    #expect(try Volume(scanning: ranges[1], reusing: log).names() == ["b"])
    #expect(throws: JFFS2Error.noNodes) {
      try Volume(scanning: ranges[0], Volume.Options(endianness: .big), reusing: log)
    }
  }
}
