@testable import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct AttributesTests {
  // MARK: The root

  @Test(arguments: Endianness.allCases)
  func `a root without a node has defaults, regardless of its names`(
    endianness: Endianness
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 5, ino: 2, name: "a", changeTime: 777)
    image.addInode(2, version: 1)
    let expected = InodeAttributes(
      ino: 1, mode: 0o40755, linkCount: 3, uid: 0, gid: 0, size: 0, accessTime: 0,
      modificationTime: 0, changeTime: 0, device: nil)
    #expect(try Volume(image).attributes(of: 1) == expected)
  }

  @Test(arguments: Endianness.allCases)
  func `a root with a node is like any directory`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(
      1, version: 2, mode: 0o41777, uid: 5, gid: 6, fileSize: 0, times: (10, 20, 30))
    image.addDirent(version: 1, ino: 2, name: "a", changeTime: 700)
    image.addInode(2, version: 1)
    let expected = InodeAttributes(
      ino: 1, mode: 0o41777, linkCount: 3, uid: 5, gid: 6, size: 0, accessTime: 10,
      modificationTime: 20, changeTime: 30, device: nil)
    #expect(try Volume(image).attributes(of: 1) == expected)
    image.addDirent(version: 3, ino: 2, name: "b", changeTime: 900)
    let attributes = try Volume(image).attributes(of: 1)
    #expect(attributes.modificationTime == 900)
    #expect(attributes.changeTime == 900)
    #expect(attributes.accessTime == 10)
  }

  @Test(arguments: Endianness.allCases, [0o100644, 0o120777, 0o010644, 0] as [UInt32])
  func `a root that is not a directory cannot be mounted`(
    endianness: Endianness, mode: UInt32
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(1, version: 1, mode: mode, payload: mode == 0o120777 ? [0x61] : [])
    #expect(throws: JFFS2Error.rootNotDirectory) { try Volume(image) }
  }

  // MARK: Links

  @Test(arguments: Endianness.allCases)
  func `a directory counts its names of type directory`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addFolder(10, name: "d", version: 1)
    image.addFolder(11, name: "e", parent: 10, version: 1)
    image.addTextFile(12, name: "f", parent: 10, version: 2)
    image.addDirent(parent: 10, version: 3, ino: 99, name: "missing", type: 4)
    image.addDirent(parent: 10, version: 4, ino: 0, name: "deleted", type: 4)
    var volume = try Volume(image)
    #expect(try volume.attributes(of: 1).linkCount == 4)
    #expect(try volume.attributes(of: 10).linkCount == 3)
    #expect(try volume.attributes(of: 11).linkCount == 2)
    #expect(try volume.attributes(of: 12).linkCount == 1)
    // A directory with two names counts twice, one called a file not at all.
    image.addDirent(parent: 10, version: 5, ino: 11, name: "e again", type: 4)
    image.addFolder(13, name: "g", parent: 11)
    image.addDirent(parent: 10, version: 6, ino: 13, name: "called a file", type: 8)
    volume = try Volume(image)
    #expect(try volume.attributes(of: 10).linkCount == 4)
    #expect(try volume.attributes(of: 11).linkCount == 3)
  }

  @Test(arguments: Endianness.allCases)
  func `anything else counts the names that lead to it`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addFolder(10, name: "d", version: 1)
    image.addTextFile(2, name: "a", version: 2)
    image.addDirent(version: 3, ino: 2, name: "b")
    image.addDirent(parent: 10, version: 1, ino: 2, name: "c")
    image.addDirent(version: 4, ino: 2, name: "e")
    image.addDirent(version: 5, ino: 0, name: "e")
    let volume = try Volume(image)
    #expect(try volume.attributes(of: 2).linkCount == 3)
    #expect(try volume.ino("b") == 2)
    #expect(try volume.ino("d/c") == 2)
  }

  @Test(arguments: ["a/b", ".", ""])
  func `a name that no directory shows counts as well when it calls a file a directory`(
    name: String
  ) throws {
    var image = ImageBuilder(Dialect(.little))
    image.addDirent(version: 1, ino: 2, name: "a")
    image.addDirent(version: 2, ino: 2, name: "b")
    image.addInode(2, version: 1)
    #expect(try Volume(image).attributes(of: 2).linkCount == 2)
    image.addDirent(version: 3, ino: 2, name: name, type: 4)
    let volume = try Volume(image)
    #expect(try volume.attributes(of: 2).linkCount == 1)
    #expect(VolumeInvariants(volume).violations.isEmpty)
  }

  @Test(arguments: Endianness.allCases)
  func `a file that a name calls a directory shows its parent's number as its links`(
    endianness: Endianness
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addFolder(77, name: "d", version: 1)
    image.addDirent(parent: 77, version: 1, ino: 2, name: "a", type: 4)
    image.addInode(2, version: 1)
    let volume = try Volume(image)
    #expect(try volume.attributes(of: 2).linkCount == 77)
    #expect(try volume.attributes(of: 77).linkCount == 3)
  }

  // MARK: The times of directories

  /// A dirent in the directory: version, target (2 exists), name, mctime.
  typealias Entry = (version: UInt32, ino: UInt32, name: String, time: UInt32)

  /// Each row: the version of the directory's own node, whose time is 100, its names, and the time that shows.
  @Test(
    arguments: Endianness.allCases,
    [
      ("no names", 1, [], 100),
      ("a newer name", 1, [(2, 2, "a", 200)], 200),
      ("an earlier time counts as well", 1, [(2, 2, "a", 50)], 50),
      ("an older name", 3, [(2, 2, "a", 200)], 100),
      ("an equal version", 2, [(2, 2, "a", 200)], 100),
      ("a deletion", 1, [(2, 2, "a", 200), (3, 0, "a", 300)], 300),
      ("a deletion of nothing", 1, [(3, 0, "b", 300)], 300),
      ("the highest version, not the latest time", 1, [(5, 2, "a", 200), (4, 2, "b", 900)], 200),
      ("time 0 is passed over", 1, [(2, 2, "a", 200), (3, 2, "b", 0)], 200),
      ("time 0 only", 1, [(3, 2, "b", 0)], 100),
      ("a missing target", 1, [(2, 2, "a", 200), (3, 99, "b", 300)], 200),
      ("a superseded name", 1, [(5, 2, "a", 200), (6, 2, "a", 0)], 100),
      ("a superseded name to a missing target", 1, [(5, 2, "a", 200), (6, 99, "a", 300)], 100),
      ("mkfs, versions over the whole image", 1, [(7, 2, "a", 5), (8, 2, "b", 6)], 6),
      ("mkfs, the first two names", 1, [(0, 2, "a", 5), (1, 2, "b", 6)], 100),
    ] as [(String, UInt32, [Entry], UInt32)])
  func `a directory's time is that of its newest name, if newer than its node`(
    endianness: Endianness, row: (label: String, version: UInt32, names: [Entry], time: UInt32)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 10, name: "d", type: 4)
    image.addInode(10, version: row.version, mode: 0o40755, times: (11, 100, 100))
    image.addInode(2, version: 1)
    for name in row.names {
      image.addDirent(
        parent: 10, version: name.version, ino: name.ino, name: name.name, changeTime: name.time)
    }
    let attributes = try Volume(image).attributes(of: 10)
    #expect(attributes.modificationTime == row.time)
    #expect(attributes.changeTime == row.time)
    #expect(attributes.accessTime == 11)
  }

  @Test(
    arguments: Endianness.allCases,
    [.nodeCRC, .nameCRC, .obsolete] as [ImageBuilder.Flaw])
  func `a name that is damaged or obsolete sets no time`(
    endianness: Endianness, flaw: ImageBuilder.Flaw
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addFolder(10, name: "d")
    image.addInode(2, version: 1)
    image.addDirent(
      parent: 10, version: 9, ino: 2, name: "a", changeTime: 900, flaws: [flaw])
    #expect(try Volume(image).attributes(of: 10).modificationTime == 0)
  }

  @Test(arguments: Endianness.allCases)
  func `an inode with names and no usable node is a directory without times`(
    endianness: Endianness
  ) throws {
    let expected = InodeAttributes(
      ino: 10, mode: 0o40755, linkCount: 3, uid: 0, gid: 0, size: 0, accessTime: 0,
      modificationTime: 0, changeTime: 0, device: nil)
    for hasBadNode in [false, true] {
      var image = ImageBuilder(Dialect(endianness))
      image.addDirent(version: 1, ino: 10, name: "d", type: 4)
      image.addFolder(11, name: "e", parent: 10)
      image.addDirent(parent: 10, version: 2, ino: 11, name: "f", type: 8, changeTime: 900)
      if hasBadNode {
        image.addInode(10, version: 1, uid: 3, payload: [1], flaws: [.dataCRC])
      }
      let volume = try Volume(image)
      #expect(try volume.attributes(of: 10) == expected)
      #expect(try volume.names(in: 10) == ["e", "f"])
    }
  }

  @Test(arguments: [("x", UInt32(0), true), ("x\u{0}y", 11, false)])
  func `a deletion makes a directory of what has no other node, a name with a zero byte does not`(
    name: String, ino: UInt32, isDirectory: Bool
  ) throws {
    var image = ImageBuilder()
    image.addDirent(version: 1, ino: 10, name: "d", type: 4)
    image.addInode(11, version: 1)
    image.addDirent(parent: 10, version: 1, ino: ino, name: name)
    // The driver's scan takes the CRC up to the zero byte, and its inspect the directory over the whole name.
    var bytes = image.bytes
    CRCRepair.repair(&bytes, Dialect(.little), .all)
    let flash = try FlashImage(bytes: bytes)
    let volume = try Volume(scanning: FlashRange(flash, 0..<flash.byteCount))
    #expect(try volume.names() == ["d"])
    #expect((try? volume.attributes(of: 10))?.isDirectory == (isDirectory ? true : nil))
  }

  // MARK: The fields

  @Test(arguments: Endianness.allCases)
  func `fields are shown as stored`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "a")
    image.addInode(
      2, version: 1, mode: 0xABCD_0000 | 0o106751, uid: 0xFFFE, gid: 0x1234,
      times: (UInt32.max, 0x8000_0000, 1), payload: [1, 2, 3])
    let expected = InodeAttributes(
      ino: 2, mode: 0o106751, linkCount: 1, uid: 0xFFFE, gid: 0x1234, size: 3,
      accessTime: .max, modificationTime: 0x8000_0000, changeTime: 1, device: nil)
    #expect(try Volume(image).attributes(of: 2) == expected)
  }

  @Test(arguments: Endianness.allCases)
  func `a directory's size is the stored one`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "d", type: 4)
    image.addInode(2, version: 1, mode: 0o40755, fileSize: 12345)
    #expect(try Volume(image).attributes(of: 2).size == 12345)
  }

  @Test(
    arguments: Endianness.allCases,
    [(0, 0), (1, 1), (512, 1), (513, 2), (4096, 8), (100_000, 196)] as [(UInt32, UInt64)])
  func `blocks are counted from the size`(
    endianness: Endianness, row: (size: UInt32, blocks: UInt64)
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1, fileSize: row.size, size: row.size, compression: .zero)
    image.addInode(3, version: 1, mode: 0o40755, fileSize: row.size)
    image.addInode(4, version: 1, mode: 0o10644, fileSize: row.size)
    let volume = try Volume(image)
    for ino in 2...4 as ClosedRange<UInt32> {
      #expect(try volume.attributes(of: ino).size == UInt64(row.size))
      #expect(try volume.attributes(of: ino).blockCount == row.blocks)
    }
  }

  /// Sizes beyond what the kernel writes must not overflow.
  @Test(arguments: Endianness.allCases)
  func `the largest size is counted in blocks`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(3, version: 1, mode: 0o40755, fileSize: .max)
    #expect(try Volume(image).attributes(of: 3).blockCount == 8_388_608)
  }

  @Test func `a node with inode number 0 is not assigned to another inode`() throws {
    var image = ImageBuilder()
    image.addInode(0, version: 1, mode: 0o100600, payload: [1])
    image.addDirent(version: 1, ino: 2, name: "a")
    image.addInode(2, version: 1, mode: 0o100644, payload: [2, 3])
    let volume = try Volume(image)
    #expect(try volume.attributes(of: 2).mode == 0o100644)
    #expect(try volume.contents(of: 2) == [2, 3])
  }

  @Test(arguments: [(UInt8(8), UInt32(1)), (4, 0)])
  func `a name in a removed directory that calls a file a directory takes the file's links`(
    type: UInt8, linkCount: UInt32
  ) throws {
    var image = ImageBuilder()
    image.addDirent(version: 1, ino: 3, name: "file")
    image.addInode(3, version: 1)
    image.addInode(2, version: 1, mode: 0o40755)
    image.addDirent(parent: 2, version: 1, ino: 3, name: "inner", type: type)
    #expect(try Volume(image).attributes(of: 3).linkCount == linkCount)
  }
}
