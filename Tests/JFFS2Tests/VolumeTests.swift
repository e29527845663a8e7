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
}
