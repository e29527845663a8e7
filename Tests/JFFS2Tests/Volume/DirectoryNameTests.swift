import JFFS2
import Storage
import TestSupport
import Testing

/// Valid names, and the listing of names.
@Suite struct DirectoryNameTests {
  /// The listing from a position on, as it is.
  private func entries(
    _ volume: Volume, from position: Int = 0, limit: Int = .max
  ) throws -> [DirectoryEntry] {
    Array(try volume.entries(of: Volume.rootIno, from: position).prefix(limit))
  }

  @Test(
    arguments: Endianness.allCases,
    [
      [0xFF, 0xFE], [0xC3], [0x0A], [0x01, 0x7F], [0x20], [0x2E, 0x2E, 0x2E], [0x2E, 0x61],
      [0xC3, 0xA4], [0x61, 0xCC, 0x88], [UInt8](repeating: 0x61, count: 254),
    ] as [[UInt8]])
  func `a name is bytes and nothing else`(endianness: Endianness, name: [UInt8]) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: name)
    image.addInode(2, version: 1)
    let volume = try Volume(image)
    #expect(try entries(volume).map(\.name) == [name])
    #expect(try volume.lookup(name.span, in: 1) == 2)
    #expect(volume.pathIndex.path(of: 2) == name)
  }

  @Test(arguments: Endianness.allCases)
  func `composed and decomposed letters are two names`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: [0xC3, 0xA4])
    image.addDirent(version: 2, ino: 3, name: [0x61, 0xCC, 0x88])
    image.addInode(2, version: 1)
    image.addInode(3, version: 1)
    let volume = try Volume(image)
    #expect(try volume.lookup([0xC3, 0xA4].span, in: 1) == 2)
    #expect(try volume.lookup([0x61, 0xCC, 0x88].span, in: 1) == 3)
  }

  @Test(arguments: Endianness.allCases)
  func `a name of 255 bytes is listed and cannot be looked up`(endianness: Endianness) throws {
    let name = [UInt8](repeating: 0x6E, count: 255)
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: name)
    image.addInode(2, version: 1)
    let volume = try Volume(image)
    #expect(try entries(volume).map(\.name) == [name])
    #expect(try volume.lookup(name.span, in: 1) == nil)
  }

  @Test(arguments: [("a", UInt32(4)), ("a\0b", 3), ("a\0", 3), ("\0", 4)])
  func `a directory whose name holds a zero byte does not count as a link of its parent`(
    name: String, linkCount: UInt32
  ) throws {
    var image = ImageBuilder()
    image.addDirent(version: 1, ino: 2, name: name, type: 4)
    image.addInode(2, version: 1, mode: 0o40755)
    // The driver's scan takes the CRC up to the zero byte, or the name would not come so far.
    var bytes = image.bytes
    CRCRepair.repair(&bytes, Dialect(.little), .all)
    let flash = try FlashImage(bytes: bytes)
    let volume = try Volume(scanning: FlashRange(flash, 0..<flash.byteCount))
    #expect(try volume.attributes(of: 1).linkCount == linkCount)
  }

  @Test(arguments: Endianness.allCases, ["", ".", "..", "/", "a/b", "/a", "a/"])
  func `a name that no directory can contain is left out and counted`(
    endianness: Endianness, name: String
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: name)
    image.addDirent(version: 2, ino: 2, name: "good")
    image.addInode(2, version: 1)
    let volume = try Volume(image)
    #expect(try volume.names() == ["good"])
    #expect(try volume.lookup(Array(name.utf8).span, in: 1) == nil)
    #expect(volume.statistics.impossibleNameCount == 1)
  }

  /// The driver computes the CRC of a name up to its first NUL.
  @Test(arguments: Endianness.allCases)
  func `a name with a NUL is never shown`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: [0x61, 0, 0x62])
    image.addInode(2, version: 1)
    #expect(try Volume(image).statistics.damagedCount == 1)
    #expect(try Volume(image).names() == [])
    // The same with the CRC that the driver expects.
    var wanted = ImageBuilder(Dialect(endianness))
    let start = wanted.addDirent(version: 1, ino: 2, name: [0x61, 0, 0x62])
    var bytes = wanted.bytes
    bytes.replaceSubrange(start + 36..<start + 40, with: wanted.number32(jffs2CRC([0x61].span)))
    image = ImageBuilder(Dialect(endianness))
    image.add(raw: bytes)
    image.addInode(2, version: 1)
    let volume = try Volume(image)
    #expect(volume.statistics.damagedCount == 0)
    #expect(volume.statistics.impossibleNameCount == 1)
    #expect(try volume.names() == [])
  }

  @Test(arguments: Endianness.allCases, [0, 1, 4, 8, 10, 255] as [UInt8])
  func `the listed type is the stored one`(endianness: Endianness, type: UInt8) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "a", type: type)
    image.addInode(2, version: 1)
    let volume = try Volume(image)
    #expect(try entries(volume).map(\.type) == [type])
    #expect(try volume.attributes(of: 2).mode == 0o100644)
  }

  @Test(arguments: Endianness.allCases)
  func `a listing continues after any name`(endianness: Endianness) throws {
    let volume = try Volume(variedRoot(endianness))
    let all = try entries(volume)
    #expect(all.map { String(decoding: $0.name, as: UTF8.self) } == ["a", "b", "d", "f", "g"])
    #expect(Set(all.map(\.nextPosition)).count == all.count)
    for (index, item) in all.enumerated() {
      let rest = try entries(volume, from: item.nextPosition)
      #expect(rest.map(\.name) == all[(index + 1)...].map(\.name))
      #expect(try entries(volume, limit: index + 1).map(\.name) == all[...index].map(\.name))
    }
    #expect(try entries(volume, from: 1000).isEmpty)
    #expect(try entries(volume, from: .max).isEmpty)
    #expect(try entries(volume, from: -1).count == all.count)
  }

  /// Deletions, impossible names and names to nothing are between valid ones.
  private func variedRoot(_ endianness: Endianness) -> ImageBuilder {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1)
    image.addDirent(version: 9, ino: 0, name: "c")
    for (index, name) in ["g", "a", "d", "c", "b", "f", "e/", "."].enumerated() {
      image.addDirent(version: UInt32(index), ino: 2, name: name)
    }
    image.addDirent(version: 20, ino: 77, name: "dd")
    image.addDirent(version: 21, ino: 0, name: "z")
    return image
  }

  @Test(arguments: Endianness.allCases)
  func `every listed name is found and no other`(endianness: Endianness) throws {
    var generator = announcedGenerator()
    var image = ImageBuilder(Dialect(endianness))
    for ino in 2..<6 as Range<UInt32> { image.addInode(ino, version: 1) }
    var newest: [[UInt8]: (version: UInt32, ino: UInt32)] = [:]
    for _ in 0..<2000 {
      let length = Int.random(in: 1...4, using: &generator)
      let name = (0..<length).map { _ in UInt8.random(in: 0x60...0x66, using: &generator) }
      let version = UInt32.random(in: 0...50, using: &generator)
      // 0 deletes, 6 does not exist.
      let ino = UInt32([0, 2, 3, 4, 5, 6].randomElement(using: &generator) ?? 0)
      image.addDirent(version: version, ino: ino, name: name)
      if newest[name].map({ $0.version <= version }) ?? true { newest[name] = (version, ino) }
    }
    let volume = try Volume(image)
    let expected = newest.mapValues(\.ino).filter { (2...5).contains($0.value) }
    let listed = try entries(volume)
    #expect(Dictionary(listed.map { ($0.name, $0.ino) }) { $1 } == expected)
    #expect(listed.count == expected.count)
    for name in newest.keys {
      #expect(try volume.lookup(name.span, in: 1) == expected[name])
    }
  }
}
