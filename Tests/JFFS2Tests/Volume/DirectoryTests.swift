import JFFS2
import TestSupport
import Testing

/// The current names of a directory.
@Suite struct DirectoryTests {
  /// An image whose inodes 2, 3 and 4 are files and whose root is to be named in.
  private func threeFiles(_ endianness: Endianness) -> ImageBuilder {
    var image = ImageBuilder(Dialect(endianness))
    image.addCleanmarker()
    for ino in 2...4 as ClosedRange<UInt32> { image.addInode(ino, version: 1, payload: [1]) }
    return image
  }

  /// Each row: dirents of the name `a` by version and target, and where the name leads to.
  @Test(
    arguments: Endianness.allCases,
    [
      ("the highest version", [(1, 2), (2, 3)], 3),
      ("the highest version, written first", [(2, 3), (1, 2)], 3),
      ("of equal versions the later", [(5, 2), (5, 3)], 3),
      ("of equal versions the later, a deletion", [(5, 2), (5, 0)], nil),
      ("a deletion", [(1, 2), (2, 0)], nil),
      ("a deletion, written first", [(2, 0), (1, 2)], nil),
      ("an older deletion", [(2, 0), (3, 4)], 4),
      ("an older deletion, written last", [(3, 4), (2, 0)], 4),
      ("version 0", [(0, 2)], 2),
      ("version 0 and a newer one", [(1, 3), (0, 2)], 3),
      ("the largest version", [(UInt32.max, 2), (1, 3)], 2),
      ("a newer one to no inode", [(1, 2), (2, 99)], nil),
      ("a deletion alone", [(1, 0)], nil),
    ] as [(String, [(version: UInt32, ino: UInt32)], UInt32?)])
  func `the newest dirent says where a name leads to`(
    endianness: Endianness, row: (String, [(version: UInt32, ino: UInt32)], UInt32?)
  ) throws {
    var image = threeFiles(endianness)
    for dirent in row.1 { image.addDirent(version: dirent.version, ino: dirent.ino, name: "a") }
    let volume = try Volume(image)
    #expect(try volume.ino("a") == row.2)
    #expect(try volume.names() == (row.2 == nil ? [] : ["a"]))
    #expect(
      volume.supersededDirents.count == row.1.count - (row.1.contains { $0.ino == 99 } ? 0 : 1))
  }

  @Test(
    arguments: Endianness.allCases,
    [.nodeCRC, .nameCRC, .headerCRC, .obsolete] as [ImageBuilder.Flaw])
  func `a damaged or obsolete dirent never existed`(
    endianness: Endianness, flaw: ImageBuilder.Flaw
  ) throws {
    var image = threeFiles(endianness)
    image.addDirent(version: 1, ino: 2, name: "older stays")
    image.addDirent(version: 2, ino: 3, name: "older stays", flaws: [flaw])
    image.addDirent(version: 3, ino: 2, name: "deleted stays")
    image.addDirent(version: 4, ino: 0, name: "deleted stays")
    image.addDirent(version: 5, ino: 3, name: "deleted stays", flaws: [flaw])
    image.addDirent(version: 6, ino: 4, name: "not deleted")
    image.addDirent(version: 7, ino: 0, name: "not deleted", flaws: [flaw])
    image.addDirent(version: 8, ino: 2, name: "none", flaws: [flaw])
    let volume = try Volume(image)
    #expect(try volume.names() == ["not deleted", "older stays"])
    #expect(try volume.ino("older stays") == 2)
    #expect(try volume.ino("not deleted") == 4)
  }

  @Test(arguments: Endianness.allCases)
  func `versions of different directories are not compared`(endianness: Endianness) throws {
    var image = threeFiles(endianness)
    image.addFolder(10, name: "d", version: 1)
    image.addDirent(parent: 10, version: 1, ino: 2, name: "a")
    image.addDirent(parent: 1, version: 500, ino: 3, name: "a")
    image.addDirent(parent: 1, version: 600, ino: 0, name: "a")
    let volume = try Volume(image)
    #expect(try volume.ino("d/a") == 2)
    #expect(try volume.ino("a") == nil)
  }

  @Test(arguments: Endianness.allCases)
  func `a name to an inode that does not exist is hidden`(endianness: Endianness) throws {
    var image = threeFiles(endianness)
    image.addDirent(version: 1, ino: 9, name: "no node")
    image.addInode(8, version: 1, flaws: [.nodeCRC])
    image.addDirent(version: 2, ino: 8, name: "bad node")
    image.addInode(7, version: 1, flaws: [.obsolete])
    image.addDirent(version: 3, ino: 7, name: "obsolete node")
    image.addDirent(version: 4, ino: 2, name: "file")
    let volume = try Volume(image)
    #expect(try volume.names() == ["file"])
    for name in ["no node", "bad node", "obsolete node"] { #expect(try volume.ino(name) == nil) }
    #expect(throws: JFFS2Error.noSuchInode(9)) { try volume.attributes(of: 9) }
  }

  @Test(arguments: Endianness.allCases)
  func `a name to an inode whose data are damaged is listed and no more`(
    endianness: Endianness
  ) throws {
    var image = threeFiles(endianness)
    image.addDirent(version: 1, ino: 9, name: "a")
    image.addInode(9, version: 1, payload: [1], flaws: [.dataCRC])
    let volume = try Volume(image)
    #expect(try volume.names() == ["a"])
    #expect(throws: JFFS2Error.unusableInode(9)) { try volume.attributes(of: 9) }
  }

  @Test(arguments: Endianness.allCases)
  func `a dirent longer or shorter than its name is taken by its name`(
    endianness: Endianness
  ) throws {
    var image = threeFiles(endianness)
    // 40 bytes: the name is after the node, where the next one would start.
    image.add(raw: dirent(endianness, name: "past", totalLength: 40))
    image.add(raw: dirent(endianness, name: "inside", totalLength: 60))
    image.add(raw: [UInt8](repeating: 0, count: 12))
    #expect(try Volume(image).names() == ["inside", "past"])
  }

  /// A dirent to inode 2 whose length is another than that of its bytes.
  private func dirent(_ endianness: Endianness, name: String, totalLength: Int) -> [UInt8] {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: name)
    let fields = image.bytes[12..<32]
    var header = ImageBuilder(Dialect(endianness))
    header.addNode(type: 0xE001, totalLength: totalLength)
    let checked = header.bytes + Array(fields)
    return checked + image.number32(jffs2CRC(checked.span)) + Array(image.bytes[36...])
  }

  // MARK: Directories that nothing leads to

  @Test(arguments: Endianness.allCases)
  func `orphans are not reachable`(endianness: Endianness) throws {
    var image = threeFiles(endianness)
    image.addInode(20, version: 1, mode: 0o40755)
    image.addDirent(parent: 20, version: 1, ino: 2, name: "a")
    let volume = try Volume(image)
    #expect(try volume.names() == [])
    #expect(volume.pathIndex.path(of: 2) == nil)
  }

  @Test(arguments: Endianness.allCases)
  func `what is in a removed directory goes with it, all the way down`(
    endianness: Endianness
  ) throws {
    var image = threeFiles(endianness)
    image.addFolder(10, name: "d", version: 1)
    image.addFolder(11, name: "e", parent: 10)
    image.addDirent(parent: 11, version: 1, ino: 2, name: "linked elsewhere")
    image.addDirent(parent: 11, version: 2, ino: 3, name: "only here")
    image.addDirent(parent: 10, version: 3, ino: 2, name: "linked here too")
    image.addDirent(version: 2, ino: 2, name: "elsewhere")
    let before = try Volume(image)
    #expect(try before.attributes(of: 2).linkCount == 3)
    image.addDirent(version: 3, ino: 0, name: "d", type: 0)
    let volume = try Volume(image)
    #expect(try volume.names() == ["elsewhere"])
    #expect(try volume.attributes(of: 2).linkCount == 1)
    #expect(try volume.attributes(of: 3).linkCount == 0)
  }

  @Test(arguments: Endianness.allCases)
  func `a detached loop of directories is not shown`(endianness: Endianness) throws {
    var image = threeFiles(endianness)
    image.addInode(10, version: 1, mode: 0o40755)
    image.addInode(11, version: 1, mode: 0o40755)
    image.addDirent(parent: 10, version: 1, ino: 11, name: "b", type: 4)
    image.addDirent(parent: 11, version: 1, ino: 10, name: "a", type: 4)
    let volume = try Volume(image)
    #expect(try volume.names() == [])
    #expect(volume.pathIndex.path(of: 10) == nil)
  }

  @Test(arguments: Endianness.allCases, [1, 10, 11] as [UInt32])
  func `a name of an ancestor is listed`(endianness: Endianness, ancestor: UInt32) throws {
    var image = threeFiles(endianness)
    image.addFolder(10, name: "d")
    image.addFolder(11, name: "e", parent: 10)
    image.addDirent(parent: 11, version: 2, ino: ancestor, name: "up", type: 4)
    let volume = try Volume(image)
    #expect(try volume.names(in: 11) == ["up"])
    #expect(try volume.lookup(Array("up".utf8).span, in: 11) == ancestor)
    #expect(volume.pathIndex.path(of: 11) == Array("d/e".utf8))
  }

  @Test(arguments: Endianness.allCases)
  func `a directory with two names is entered by both`(endianness: Endianness) throws {
    var image = threeFiles(endianness)
    image.addFolder(10, name: "d")
    image.addDirent(version: 2, ino: 10, name: "e", type: 4)
    image.addDirent(parent: 10, version: 1, ino: 2, name: "a")
    let volume = try Volume(image)
    #expect(try volume.names() == ["d", "e"])
    #expect(try volume.ino("d/a") == 2)
    #expect(try volume.ino("e/a") == 2)
  }

  @Test(arguments: Endianness.allCases)
  func `a parent that is not a directory leads nowhere and still counts as a link`(
    endianness: Endianness
  ) throws {
    var image = threeFiles(endianness)
    image.addDirent(version: 1, ino: 2, name: "file")
    image.addDirent(version: 2, ino: 3, name: "other")
    image.addDirent(parent: 2, version: 1, ino: 3, name: "in a file")
    let volume = try Volume(image)
    #expect(try volume.names() == ["file", "other"])
    #expect(try volume.attributes(of: 2).mode == 0o100644)
    #expect(try volume.attributes(of: 3).linkCount == 2)
  }

  @Test(arguments: Endianness.allCases)
  func `a parent of number 0 is ignored`(endianness: Endianness) throws {
    var image = threeFiles(endianness)
    image.addDirent(version: 1, ino: 2, name: "a")
    image.addDirent(parent: 0, version: 2, ino: 2, name: "b")
    let volume = try Volume(image)
    #expect(try volume.names() == ["a"])
    #expect(try volume.attributes(of: 2).linkCount == 1)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a path to each of very many files is found in time`() throws {
    var image = ImageBuilder()
    image.addFolder(2, name: "d")
    let inos = 3...UInt32(50_000)
    for ino in inos {
      image.addDirent(parent: 2, version: ino, ino: ino, name: "\(ino)")
      image.addInode(ino, version: 1)
    }
    let volume = try Volume(image)
    for ino in inos where volume.pathIndex.path(of: ino) != Array("d/\(ino)".utf8) {
      Issue.record("\(ino)")
      return
    }
  }

  @Test func `of a very long path the end is shown`() throws {
    var image = ImageBuilder()
    let name = String(repeating: "n", count: 250)
    for ino in 2...UInt32(30) {
      image.addFolder(ino, name: name, parent: ino - 1)
    }
    let index = try Volume(image).pathIndex
    #expect(index.path(of: 3) == Array((name + "/" + name).utf8))
    let long = try #require(index.path(of: 30))
    #expect(long.starts(with: Array("…/nnn".utf8)))
    #expect((4096 - 256..<4096 + 4).contains(long.count))
    let (short, more) = index.paths(of: 30, atMost: 1, longest: 255)
    #expect(short == [Array(("…/" + name).utf8)])
    #expect(more == 0)
  }
}
