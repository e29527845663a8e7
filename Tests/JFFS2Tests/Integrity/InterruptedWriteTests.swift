import JFFS2
import Storage
import TestSupport
import Testing

/// Traces of an interrupted driver, and losses that look like them.
@Suite struct InterruptedWriteTests {
  private static let chunk = [UInt8](repeating: 7, count: 300)

  /// An image of mkfs.jffs2 with two files.
  private func image() -> ImageBuilder {
    var builder = ImageBuilder()
    for (version, ino) in zip((0 as UInt32)..., (2 as UInt32)...3) {
      builder.addDirent(version: version, ino: ino, name: "file\(ino)", changeTime: 100)
      builder.addInode(ino, version: 1, times: (100, 100, 100), payload: Self.chunk)
    }
    return builder
  }

  private func findings(_ builder: ImageBuilder) throws -> [Finding] {
    var builder = builder
    builder.padWithErased(toMultipleOf: 0x10000)
    let image = try FlashImage(bytes: builder.bytes)
    return try Volume(scanning: FlashRange(image, 0..<image.byteCount)).integrityFindings
  }

  private func damage(_ builder: ImageBuilder) throws -> [Finding.Kind] {
    try findings(builder).filter(\.isDamage).map(\.kind)
  }

  /// Changes file 2 twice; the first change is replaced by the second.
  private func changed(time: UInt32 = 200, isSecondLost: Bool) -> ImageBuilder {
    var builder = image()
    builder.addInode(
      2, version: 2, mode: 0o100600, fileSize: 300, times: (time, time, time), flaws: [.obsolete])
    guard !isSecondLost else { return builder }
    builder.addInode(2, version: 3, mode: 0o100400, fileSize: 300, times: (time, time, time))
    return builder
  }

  @Test func `a node that is marked as replaced, with nothing that replaced it, is damage`() throws
  {
    #expect(try damage(changed(isSecondLost: false)) == [])
    #expect(try damage(changed(isSecondLost: true)) == [.lostNode])
  }

  @Test(
    arguments: [
      "an earlier time", "other contents of a version", "a later version only", "not finished",
    ])
  func `an obsolete node of an earlier file, or one that was not finished, is not`(kind: String)
    throws
  {
    var builder = image()
    builder.addInode(
      2, version: kind == "a later version only" ? 9 : 2, mode: 0o100600, fileSize: 300,
      times: (200, 200, kind == "an earlier time" ? 50 : 200),
      payload: kind == "not finished" ? [1, 2] : [],
      flaws: kind == "not finished" ? [.obsolete, .dataCRC] : [.obsolete])
    if kind == "other contents of a version" {
      builder.addInode(2, version: 1, times: (90, 90, 90), payload: [1], flaws: [.obsolete])
    }
    #expect(try damage(builder) == [])
  }

  @Test func `a file of mkfs.jffs2 has no hole, also where another file was deleted`() throws {
    var builder = image()
    builder.addDirent(version: 2, ino: 4, name: "c")
    builder.addInode(4, version: 1, fileSize: 4000, payload: Self.chunk)
    builder.addInode(
      4, version: 2, fileSize: 4000, offset: 300, payload: [UInt8](repeating: 1, count: 2100),
      flaws: [.obsolete])
    builder.addInode(
      4, version: 3, fileSize: 4000, offset: 2400, payload: [UInt8](repeating: 2, count: 1600))
    #expect(try damage(builder).contains(.lostRange))
  }

  /// The node that a power cut left unfinished counts, but is not used.
  @Test(arguments: [true, false])
  func `the size of a file follows from the last node with good data`(isDamaged: Bool) throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    builder.addInode(2, version: 2, payload: Self.chunk)
    builder.addInode(
      2, version: 3, offset: 300, payload: Self.chunk, flaws: isDamaged ? [.dataCRC] : [])
    builder.addInode(2, version: 4, fileSize: 300, offset: 100, payload: [1, 2, 3])
    #expect(try damage(builder).contains(.mixed) != isDamaged)
  }

  @Test func `an empty file of mkfs.jffs2 may be written later`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: "empty")
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 3, name: "file")
    builder.addInode(3, version: 1, payload: Self.chunk)
    builder.addInode(2, version: 2, payload: [1])
    #expect(try damage(builder) == [])
  }

  @Test(arguments: [0, 8, 30])
  func `a new file may be without a name`(writtenOfName: Int) throws {
    var builder = image()
    builder.addInode(4, version: 1)
    var name = ImageBuilder()
    name.addDirent(version: 2, ino: 4, name: "new")
    builder.add(raw: Array(name.bytes.prefix(writtenOfName)))
    builder.add(raw: [UInt8](repeating: 0xFF, count: name.bytes.count - writtenOfName))
    #expect(try damage(builder) == [])
    #expect(try findings(builder).contains { $0.kind == .unfinishedWrite && $0.ino == 4 })
  }

  @Test func `a file of mkfs.jffs2 without its name is damage`() throws {
    var builder = image()
    builder.add(raw: [UInt8](repeating: 0xFF, count: 44))
    builder.addInode(4, version: 1)
    #expect(try damage(builder).contains(.unnamedInode))
  }

  @Test func `the first file of a flash may be without a name`() throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    #expect(try damage(builder) == [])
  }

  @Test(arguments: [0, 1])
  func `a deletion may be unfinished`(markedCount: Int) throws {
    var builder = image()
    builder.addDirent(version: 2, ino: 4, name: "c", flaws: [.obsolete])
    builder.addInode(
      4, version: 1, fileSize: 600, payload: Self.chunk, flaws: markedCount > 0 ? [.obsolete] : [])
    builder.addInode(4, version: 2, fileSize: 600, offset: 300, payload: Self.chunk)
    // Without a mark on the file itself, one on its name may be a flipped bit.
    #expect(try damage(builder) == (markedCount > 0 ? [] : [.unnamedInode]))
  }

  /// The writes of NAND flash end with a page.
  @Test(arguments: [1, 3, 4])
  func `a node may end a few bytes after the last page that was written`(missing: Int) throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    let room = 1024 + missing - builder.bytes.count - 40
    builder.addDirent(version: 2, ino: 3, name: String(repeating: "n", count: min(room, 200)))
    let start = builder.bytes.count
    let length = 1024 + missing - start
    builder.addInode(
      2, version: 2, payload: [UInt8](repeating: 1, count: length - 68), flaws: [.nodeCRC])
    for offset in 1024..<1024 + missing { builder.replaceByte(at: offset, with: 0xFF) }
    #expect(try damage(builder).contains(.damagedNode) == false)
  }

  @Test(arguments: [true, false])
  func `a link to an attribute is marked only with its file, or replaced`(isReplaced: Bool) throws {
    var builder = image()
    builder.addXattr(xid: 1, version: 1, prefix: 1, name: "a", value: [1])
    builder.addXref(ino: 2, xid: 1, sequence: 2)
    builder.addXref(ino: 3, xid: 1, sequence: 4, flaws: [.obsolete])
    if isReplaced { builder.addXref(ino: 3, xid: 1, sequence: 5) }
    #expect(try damage(builder) == (isReplaced ? [] : [.lostXattr]))
  }
}
