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

  /// The driver continues in the block, whose summary it writes later; a mount finds no fault with a node of which only the data are
  /// unfinished.
  @Test(arguments: [20, 90], [true, false])
  func `an unfinished node may be in a block with a summary`(written: Int, isListed: Bool) throws {
    var builder = ImageBuilder()
    builder.addInode(1, version: 5, mode: 0o040700)
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    let start = builder.addInode(2, version: 2, payload: Self.chunk)
    let end = builder.bytes.count
    builder.addInode(2, version: written < RawInode.size ? 2 : 3, payload: [1])
    builder.addSummary(eraseSize: 4096, leavingOut: isListed ? [] : [start])
    for offset in start + written..<end { builder.replaceByte(at: offset, with: 0xFF) }
    // The CRCs of what a summary lists were valid, except for data.
    #expect(try damage(builder) == (isListed && written < RawInode.size ? [.damagedNode] : []))
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

  /// The start of a header, the rest of its last word erased.
  private func unfinishedHeader(_ count: Int, flippingBitIn place: Int? = nil) -> [UInt8] {
    var node = ImageBuilder()
    node.addInode(3, version: 2)
    if let place { node.replaceByte(at: place, with: node.bytes[place] ^ 1) }
    let words = (count + 3) / 4 * 4
    return node.bytes.prefix(count) + [UInt8](repeating: 0xFF, count: words - count)
  }

  @Test(arguments: [[1], [2], [4], [7], [8], [9], [11], [10, 8], [4, 11, 1]])
  func `headers may be unfinished, also several in a row`(counts: [Int]) throws {
    var builder = image()
    builder.addInode(1, version: 5, mode: 0o040700)
    for count in counts { builder.add(raw: unfinishedHeader(count)) }
    builder.addInode(2, version: 2, mode: 0o100600, fileSize: 300)
    #expect(try damage(builder) == [])
    #expect(try findings(builder).map(\.kind) == [.unfinishedWrite])
  }

  @Test(arguments: [(11, 9), (11, 5), (4, 0), (12, nil)] as [(Int, Int?)])
  func `other headers with a wrong CRC are damage`(count: Int, flipped: Int?) throws {
    var builder = image()
    builder.addInode(1, version: 5, mode: 0o040700)
    var header = unfinishedHeader(count, flippingBitIn: flipped)
    if flipped == nil { header[11] ^= 1 }
    builder.add(raw: header)
    builder.addInode(2, version: 2, mode: 0o100600, fileSize: 300)
    #expect(try damage(builder) == [.damagedNode])
  }

  @Test(arguments: [true, false])
  func `an unfinished header may be the last of a block of any size`(isLast: Bool) throws {
    let block = 0x4000
    var builder = image()
    builder.addInode(1, version: 5, mode: 0o040700)
    for version in 2...5 as ClosedRange<UInt32> {
      builder.addInode(
        2, version: version, payload: [UInt8](repeating: 1, count: version == 5 ? 3000 : 4000))
    }
    builder.add(raw: unfinishedHeader(8))
    #expect(block - 4096..<block ~= builder.bytes.count)
    builder.padWithErased(toMultipleOf: isLast ? block : 32)
    builder.addInode(2, version: 6, mode: 0o100600, fileSize: 4000)
    #expect(try damage(builder) == (isLast ? [] : [.damagedNode]))
  }

  @Test func `a hole has the size and owner of when garbage collection wrote it again`() throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    builder.addInode(2, version: 2, payload: Self.chunk)
    builder.addInode(2, version: 4, fileSize: 1300, offset: 0, payload: [1, 2, 3])
    builder.addInode(2, version: 5, offset: 1300, payload: [UInt8](repeating: 2, count: 700))
    builder.addInode(
      2, version: 3, mode: 0o100600, uid: 5, fileSize: 2000, offset: 300, size: 1000,
      compressedSize: 0, compression: .zero)
    #expect(try damage(builder) == [])
  }

  /// NOR: a power cut came before the mark on the first name, and later the file was deleted.
  /// NOR: a power cut came before the mark on the first name, and later the file was deleted. Garbage collection copies a name to the same
  /// inode.
  @Test(
    arguments: [
      (200, 10, true), (100, 10, false), (100, 9, true), (0, 9, true), (50, 9, false), nil,
    ] as [(UInt32, UInt32, Bool)?])
  func `a name that was replaced leads nowhere`(
    later: (time: UInt32, ino: UInt32, isNewer: Bool)?
  ) throws {
    var builder = image()
    builder.addDirent(version: 5, ino: 9, name: "replaced", changeTime: 100)
    if let later {
      builder.addDirent(
        version: 6, ino: later.ino, name: "replaced", changeTime: later.time, flaws: [.obsolete])
      builder.addInode(later.ino, version: 1, flaws: [.obsolete])
    }
    builder.padWithErased(toMultipleOf: 0x10000)
    let isReplaced = later?.isNewer ?? false
    let kinds = try Volume(builder).indexDamage.map(\.kind)
    #expect(kinds.contains(.danglingName) != isReplaced)
    #expect(try findings(builder).contains { $0.kind == .deleted } == isReplaced)
  }

  @Test func `an unfinished node does not hide that the one after it was replaced`() throws {
    var builder = image()
    builder.addInode(
      2, version: 2, times: (200, 200, 200), payload: [1, 2], flaws: [.obsolete, .dataCRC])
    builder.addInode(
      2, version: 2, mode: 0o100600, fileSize: 300, times: (200, 200, 200), flaws: [.obsolete])
    #expect(try damage(builder) == [.lostNode])
  }

  @Test func `a node may be unfinished between an image and the first name of the driver`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: "d", type: 4)
    builder.addInode(2, version: 1, mode: 0o040755)
    builder.addDirent(parent: 2, version: 1, ino: 3, name: "a")
    builder.addInode(3, version: 1, payload: Self.chunk)
    builder.addDirent(version: 2, ino: 4, name: "b")
    builder.addInode(4, version: 1, payload: Self.chunk)
    let start = builder.addInode(4, version: 2, fileSize: 300)
    for offset in start + 20..<builder.bytes.count { builder.replaceByte(at: offset, with: 0xFF) }
    builder.addInode(5, version: 1, mode: 0o040755)
    builder.addDirent(parent: 2, version: 2, ino: 5, name: "new", type: 4)
    #expect(try damage(builder) == [])
  }

  @Test(arguments: [true, false])
  func `the driver may continue the last file and then create a directory`(isOfDriver: Bool) throws
  {
    var builder = image()
    builder.addInode(3, version: 2, times: (200, 200, 200), offset: 300, payload: Self.chunk)
    if !isOfDriver { builder.addDirent(version: 2, ino: 4, name: "d", type: 4, changeTime: 300) }
    builder.addInode(4, version: 1, mode: 0o040755, times: (300, 300, 300))
    if isOfDriver { builder.addDirent(version: 2, ino: 4, name: "d", type: 4, changeTime: 300) }
    #expect(try damage(builder) == (isOfDriver ? [] : [.mixed]))
  }

  enum Gap: CaseIterable {
    case node, short, behindCleanmarker, toPage, toBlock
  }

  /// The driver writes node after node; on NAND flash it continues with the next page after a mount.
  @Test(arguments: Gap.allCases)
  func `erased bytes between two nodes are damage`(_ gap: Gap) throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    if gap == .behindCleanmarker { builder.add(raw: [UInt8](repeating: 0xFF, count: 52)) }
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    builder.addInode(2, version: 2, payload: Self.chunk)
    let start = builder.bytes.count
    switch gap {
    case .node: builder.add(raw: [UInt8](repeating: 0xFF, count: 68))
    case .short: builder.add(raw: [UInt8](repeating: 0xFF, count: 24))
    case .behindCleanmarker: break
    case .toPage: builder.padWithErased(toMultipleOf: 512)
    case .toBlock: builder.padWithErased(toMultipleOf: 0x4000)
    }
    builder.addInode(2, version: 3, mode: 0o100600, fileSize: 300)
    let findings = try findings(builder).filter(\.isDamage)
    #expect(findings.map(\.kind) == (gap == .node ? [.damagedNode] : []))
    if gap == .node {
      #expect(findings[0].reason.hasPrefix("68 erased bytes at 0x\(String(start, radix: 16)),"))
    }
  }

  /// The two halves of a log are read at once.
  @Test func `erased bytes are found where two threads meet`() throws {
    let middle = 4 << 20
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    var version: UInt32 = 1
    while builder.bytes.count < middle - 500 {
      version += 1
      builder.addInode(2, version: version, fileSize: 300, payload: Self.chunk)
    }
    builder.add(raw: [UInt8](repeating: 0xFF, count: middle + 40 - builder.bytes.count))
    builder.addInode(2, version: version + 1, mode: 0o100600, fileSize: 300)
    builder.add(raw: [UInt8](repeating: 0xFF, count: middle))
    builder.padWithErased(toMultipleOf: 0x10000)
    #expect(try Volume(builder).indexDamage.map(\.kind) == [.damagedNode])
  }

  /// The driver gives the version of a node that it could not finish to the next one.
  @Test(arguments: [2, 3] as [UInt32])
  func `a later version after an unfinished node is damage`(next: UInt32) throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    builder.addDirent(version: 2, ino: 2, name: "link")
    let end = builder.bytes.count
    for offset in end - 5..<end { builder.replaceByte(at: offset, with: 0xFF) }
    builder.addDirent(version: next, ino: 2, name: "other")
    #expect(try damage(builder) == (next == 2 ? [] : [.damagedNode]))
  }

  @Test(arguments: [2, 3, 4])
  func `only the last bytes of a node may be unfinished`(count: Int) throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    builder.addDirent(version: 2, ino: 2, name: "linkname")
    let end = builder.bytes.count
    for offset in end - count..<end { builder.replaceByte(at: offset, with: 0xFF) }
    #expect(try damage(builder) == [])
  }
}
