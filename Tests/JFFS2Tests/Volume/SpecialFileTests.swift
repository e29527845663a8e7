import JFFS2
import TestSupport
import Testing

@Suite struct SpecialFileTests {
  private static let link: UInt32 = 0o120777
  private static let longTarget = String(repeating: "0123456789", count: 40)

  private func target(_ image: ImageBuilder, _ ino: UInt32 = 2) throws -> String {
    let bytes = try Volume(image).target(ofSymbolicLink: ino)
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Symbolic links

  @Test(arguments: Endianness.allCases, ["t", "../a/b", "/", longTarget])
  func `a link's target is its payload`(endianness: Endianness, text: String) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1, mode: Self.link, payload: Array(text.utf8))
    #expect(try target(image) == text)
    #expect(try Volume(image).attributes(of: 2).size == UInt64(text.utf8.count))
  }

  @Test(
    arguments: Endianness.allCases,
    [.none, .zero, .zlib, .lzo, Compression(rawValue: 77)] as [Compression])
  func `a target is never decompressed`(
    endianness: Endianness, compression: Compression
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(
      2, version: 1, mode: Self.link, payload: Array("target".utf8), compression: compression)
    #expect(try target(image) == "target")
  }

  @Test(arguments: Endianness.allCases)
  func `a target ends at its first NUL`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1, mode: Self.link, payload: Array("ab\0cd".utf8))
    #expect(try target(image) == "ab")
    #expect(try Volume(image).attributes(of: 2).size == 5)
  }

  @Test(
    arguments: Endianness.allCases,
    [(6, 6, 6), (0, 6, 6), (3, 6, 3), (100, 6, 100), (0, 9, 9)] as [(UInt32, UInt32, UInt64)])
  func `a link's size is the file's size or else that of its data`(
    endianness: Endianness, row: (fileSize: UInt32, dataSize: UInt32, shown: UInt64)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(
      2, version: 1, mode: Self.link, fileSize: row.fileSize, payload: Array("target".utf8),
      size: row.dataSize)
    #expect(try Volume(image).attributes(of: 2).size == row.shown)
    #expect(try target(image) == "target")
  }

  /// Each row: inode nodes by version, file offset and payload; nil if the link cannot be used.
  @Test(
    arguments: Endianness.allCases,
    [
      ("a newer node over the whole older one", [(1, 0, "old"), (2, 0, "newer")], "newer"),
      ("written in the other order", [(2, 0, "newer"), (1, 0, "old")], "newer"),
      ("an older node without data", [(1, 0, ""), (2, 0, "target")], "target"),
      ("a newer node without data", [(1, 0, "target"), (2, 0, "")], nil),
      ("an equal node without data", [(1, 0, "target"), (1, 0, "")], nil),
      ("no data", [(1, 0, "")], nil),
      ("a newer node over a part", [(1, 0, "target"), (2, 0, "ab")], nil),
      ("a newer node behind", [(1, 0, "target"), (2, 6, "ab")], nil),
      ("not at the start", [(1, 4, "target")], nil),
      ("version 0", [(0, 0, "target")], nil),
    ] as [(String, [(version: UInt32, offset: UInt32, text: String)], String?)])
  func `a link needs exactly one piece`(
    endianness: Endianness,
    row: (String, nodes: [(version: UInt32, offset: UInt32, text: String)], target: String?)
  ) throws {
    for mode in [Self.link, 0o020600, 0o060600] {
      var image = ImageBuilder(Dialect(endianness))
      for node in row.nodes {
        var payload = Array(node.text.utf8)
        // A device's payload has two bytes; the shorter piece is one of one byte.
        if mode != Self.link, !payload.isEmpty { payload = [1, 5] }
        if mode != Self.link, node.text == "ab" { payload = [1] }
        let offset = mode != Self.link && node.offset == 6 ? 2 : node.offset
        image.addInode(2, version: node.version, mode: mode, offset: offset, payload: payload)
      }
      let volume = try Volume(image)
      if let text = row.target {
        if mode == Self.link {
          #expect(try target(image) == text)
        } else {
          #expect(try volume.attributes(of: 2).device != nil)
        }
      } else {
        #expect(throws: JFFS2Error.unusableInode(2)) { try volume.attributes(of: 2) }
        if mode == Self.link {
          #expect(throws: JFFS2Error.self) { try volume.target(ofSymbolicLink: 2) }
        }
      }
    }
  }

  @Test(arguments: Endianness.allCases, [link, 0o020600, 0o060600])
  func `damaged data make a link or device unusable, or show the older`(
    endianness: Endianness, mode: UInt32
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "a", type: 10)
    image.addInode(2, version: 2, mode: mode, payload: [1, 5], flaws: [.dataCRC])
    let volume = try Volume(image)
    #expect(try volume.names() == ["a"])
    #expect(throws: JFFS2Error.unusableInode(2)) { try volume.attributes(of: 2) }
    image.addInode(2, version: 1, mode: mode | 1, payload: [1, 4])
    #expect(try Volume(image).attributes(of: 2).mode == UInt16(mode | 1))
  }

  @Test(arguments: Endianness.allCases, [link, 0o020600])
  func `a wrong node CRC makes a link or device absent`(
    endianness: Endianness, mode: UInt32
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "a", type: 10)
    image.addInode(2, version: 1, mode: mode, payload: [1, 5], flaws: [.nodeCRC])
    #expect(try Volume(image).names() == [])
  }

  @Test(arguments: Endianness.allCases, [0o100644, 0o40755, 0o20600] as [UInt32])
  func `only a link has a target`(endianness: Endianness, mode: UInt32) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1, mode: mode, payload: [1, 5])
    let volume = try Volume(image)
    #expect(throws: JFFS2Error.wrongType(ino: 2)) { try volume.target(ofSymbolicLink: 2) }
  }

  // MARK: Devices

  /// Each row: the payload as a little-endian machine writes it.
  @Test(
    arguments: Endianness.allCases,
    [
      ([0x01, 0x05], 5, 1), ([0x2C, 0x04], 4, 44), ([0xFF, 0xFF], 255, 255), ([0, 0], 0, 0),
      ([0x70, 0x2C, 0x11, 0x11], 300, 70000), ([0xFF, 0xFF, 0xFF, 0xFF], 4095, 1_048_575),
      ([0, 1, 0, 0], 1, 0), ([0, 0, 0x10, 0], 0, 256),
    ] as [([UInt8], UInt32, UInt32)])
  func `a device number has two bytes or four`(
    endianness: Endianness, row: (payload: [UInt8], major: UInt32, minor: UInt32)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    let payload = endianness == .little ? row.payload : row.payload.reversed()
    image.addInode(2, version: 1, mode: 0o020600, fileSize: 0, payload: payload)
    image.addInode(3, version: 1, mode: 0o060600, fileSize: 0, payload: payload)
    let volume = try Volume(image)
    for ino in [2, 3] as [UInt32] {
      let attributes = try volume.attributes(of: ino)
      #expect(attributes.device?.major == row.major)
      #expect(attributes.device?.minor == row.minor)
      #expect(attributes.size == 0)
    }
  }

  @Test(arguments: Endianness.allCases, [1, 3, 5, 8])
  func `a device number of another length makes the device unusable`(
    endianness: Endianness, length: Int
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(
      2, version: 1, mode: 0o020600, payload: [UInt8](repeating: 1, count: length))
    let volume = try Volume(image)
    #expect(throws: JFFS2Error.unusableInode(2)) { try volume.attributes(of: 2) }
  }

  /// "A" and then a copy of it, by run length.
  @Test(arguments: Endianness.allCases)
  func `a device number may be compressed`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(
      2, version: 1, mode: 0o020600, payload: [0x41, 0x01], size: 2, compression: .rtime)
    let device = try Volume(image).attributes(of: 2).device
    #expect(device?.major == 0x41)
    #expect(device?.minor == 0x41)
  }

  // MARK: The others

  @Test(
    arguments: Endianness.allCases,
    [0o010644, 0o140755, 0, 0o170000, 0o050644, 0o030600] as [UInt32])
  func `fifos, sockets and unknown types take any nodes`(
    endianness: Endianness, mode: UInt32
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "a", type: 1)
    image.addInode(2, version: 1, mode: mode, payload: [1, 2, 3])
    image.addInode(2, version: 2, mode: mode, fileSize: 77)
    image.addInode(2, version: 3, mode: mode, fileSize: 78, offset: 50, payload: [1])
    let volume = try Volume(image)
    #expect(try volume.names() == ["a"])
    let attributes = try volume.attributes(of: 2)
    #expect(attributes.mode == UInt16(mode))
    #expect(attributes.size == 78)
    #expect(attributes.device == nil)
    #expect(attributes.linkCount == 1)
    #expect(throws: JFFS2Error.wrongType(ino: 2)) {
      try volume.contents(of: 2, from: 0, count: 10)
    }
  }
}
