import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct NodeHeaderTests {
  /// Cleanmarkers as stored on flash, live and obsolete.
  private static let cleanmarkers: [(String, Endianness, NodeType)] = [
    ("85190320 0C000000 B1B01EE4", .little, .cleanmarker),
    ("85190300 0C000000 B1B01EE4", .little, NodeType(rawValue: 0x0003)),
    ("19852003 0000000C F060DC98", .big, .cleanmarker),
    ("19850003 0000000C F060DC98", .big, NodeType(rawValue: 0x0003)),
  ]

  @Test(arguments: cleanmarkers)
  func `the CRC is that of the live node, whether the node is live or not`(
    hex: String, endianness: Endianness, type: NodeType
  ) {
    let header = NodeHeader(parsing: bytes(hex: hex).span, dialect: Dialect(endianness))
    #expect(header?.type == type)
    #expect(header?.totalLength == 12)
  }

  @Test(arguments: cleanmarkers)
  func `any flipped bit but the accurate one makes it no header`(
    hex: String, endianness: Endianness, type: NodeType
  ) {
    let good = bytes(hex: hex)
    var accepted: [Int] = []
    for bit in 0..<96 {
      var flipped = good
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      if NodeHeader(parsing: flipped.span, dialect: Dialect(endianness)) != nil {
        accepted.append(bit)
      }
    }
    #expect(accepted == [(endianness == .little ? 3 : 2) * 8 + 5])
  }

  @Test(arguments: Dialect.all, Dialect.all)
  func `a header is one in its own dialect only`(written: Dialect, read: Dialect) {
    var image = ImageBuilder(written)
    image.addNode(type: 0xE002, totalLength: 0x1234_5678, body: [])
    let header = NodeHeader(parsing: image.bytes.span, dialect: read)
    #expect((header != nil) == (written == read))
    if let header {
      #expect(header.type == .inode)
      #expect(header.totalLength == 0x1234_5678)
    }
  }

  @Test func `all dialects are tried, the most usual first`() {
    #expect(Dialect.all.map(\.magic) == [0x1985, 0x1985, 0x1984, 0x1984])
    #expect(Dialect.all.map(\.endianness) == [.little, .big, .little, .big])
  }

  /// The reference's little-endian image: cleanmarker, `a` with one byte, and `user.k`.
  private static let littleEndian = """
    851903200c000000b1b01ee4
    851901e0290000006da62fd701000000000000000200000000000000010800000493f33fce51b53a61ffffff
    851902e045000000789c4b200200000001000000a48100000000000001000000000000000000000000000000
    000000000100000001000000000000000ef9de5e4f9911d778ffffff
    851908e028000000c0909c480100000001000000010103002b257c86a11860176b0076616cffffff
    851909e01c000000932c89fc0200000001000000020000008a56988a
    """
  private static let bigEndian = """
    198520030000000cf060dc98
    1985e00100000029d04c450b0000000100000000000000020000000001080000671992753ab551ce61ffffff
    1985e00200000045d3e812a80000000200000001000081a40000000000000001000000000000000000000000
    00000000000000010000000100000000 5edef90e346ea8d478ffffff
    """

  @Test(arguments: [(Endianness.little, littleEndian), (.big, bigEndian)])
  func `the reference's smallest image is what the builder writes`(
    endianness: Endianness, hex: String
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    image.addDirent(version: 0, ino: 2, name: "a")
    image.addInode(2, version: 1, payload: Array("x".utf8))
    if endianness == .little {
      image.addXattr(xid: 1, version: 1, name: "k", value: Array("val".utf8))
      image.addXref(ino: 2, xid: 1, sequence: 2)
    }
    #expect(image.bytes == bytes(hex: hex))
  }

  @Test(arguments: [(Endianness.little, littleEndian), (.big, bigEndian)])
  func `the reference's smallest image is read`(endianness: Endianness, hex: String) throws {
    let flash = try FlashImage(bytes: bytes(hex: hex))
    let volume = try Volume(scanning: FlashRange(flash, 0..<flash.byteCount))
    #expect(volume.dialect == Dialect(endianness))
    #expect(try volume.names() == ["a"])
    #expect(try volume.contents(of: 2) == Array("x".utf8))
    let attributes = try volume.attributes(of: 2)
    #expect(attributes.mode == 0o100644)
    #expect(attributes.modificationTime == 0)
    #expect(
      try volume.xattr("user.k", of: 2) == (endianness == .little ? Array("val".utf8) : nil))
  }
}
