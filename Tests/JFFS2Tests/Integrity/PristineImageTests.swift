import JFFS2
import TestSupport
import Testing

/// An image numbered as mkfs.jffs2 does it: a directory, files in it and in the root, of several nodes each.
struct PristineImage {
  enum Node: CaseIterable {
    case directoryName, directory, firstName, firstData, secondData, secondName, secondFile
    case lastName, lastFile
  }

  private(set) var builder = ImageBuilder()
  private(set) var places: [Node: Range<Int>] = [:]

  init(changing change: (inout PristineImage) -> Void = { _ in }) {
    builder.addCleanmarker()
    add(.directoryName) { $0.addDirent(version: 0, ino: 2, name: "d", type: 4) }
    add(.directory) { $0.addInode(2, version: 1, mode: 0o040750) }
    add(.firstName) { $0.addDirent(parent: 2, version: 1, ino: 3, name: "first") }
    for (node, version) in [(Node.firstData, UInt32(1)), (.secondData, 2)] {
      add(node) {
        $0.addInode(
          3, version: version, fileSize: 8192, offset: (version - 1) * 4096,
          payload: [UInt8](repeating: 7, count: 4096))
      }
    }
    change(&self)
    add(.secondName) { $0.addDirent(parent: 2, version: 2, ino: 4, name: "second") }
    add(.secondFile) { $0.addInode(4, version: 1, payload: [1, 2, 3]) }
    add(.lastName) { $0.addDirent(version: 3, ino: 5, name: "last") }
    add(.lastFile) { $0.addInode(5, version: 1, payload: [4, 5]) }
  }

  private mutating func add(_ node: Node, _ body: (inout ImageBuilder) -> Int) {
    let start = body(&builder)
    places[node] = start..<builder.bytes.count
  }

  mutating func append(_ body: (inout ImageBuilder) -> Void) { body(&builder) }

  mutating func fill(_ node: Node, _ byte: UInt8) {
    for offset in places[node] ?? 0..<0 { builder.replaceByte(at: offset, with: byte) }
  }

  func damage() throws -> [Finding] { try Volume(builder).indexDamage }
}

@Suite struct PristineImages {
  @Test func `an intact one gives no finding`() throws {
    let volume = try Volume(PristineImage().builder)
    #expect(volume.isPristine && volume.integrityFindings == [])
  }

  private static let losses: [(PristineImage.Node, [Finding.Kind])] = [
    (.directoryName, [.lostName, .unnamedInode, .unreachable]),
    (.directory, [.lostAttributes]),
    (.firstName, [.lostName, .unnamedInode]),
    (.firstData, [.lostRange]),
    (.secondData, [.lostRange]),
    (.secondName, [.lostName, .unnamedInode]),
    (.secondFile, [.danglingName]),
    (.lastFile, [.danglingName]),
  ]

  @Test(arguments: losses, [0xFF, 0])
  func `an erased node of a pristine image is reported`(
    _ loss: (node: PristineImage.Node, kinds: [Finding.Kind]), byte: UInt8
  ) throws {
    var image = PristineImage()
    image.fill(loss.node, byte)
    let kinds = try image.damage().map(\.kind)
    // Zeros are traces of the node themselves, unless they are at the end.
    let others: Set<Finding.Kind> = byte == 0 && loss.node != .lastFile ? [.damagedNode] : []
    #expect(Set(kinds) == Set(loss.kinds).union(others))
  }

  @Test func `a missing name is reported with its version and its neighbors`() throws {
    var image = PristineImage()
    image.fill(.secondName, 0xFF)
    let lines = try image.damage().map { $0.line { String(decoding: $0, as: UTF8.self) } }
    #expect(
      lines.contains("1 name is missing (version 2, between d/first and last)")
        && lines.contains("inode 4 has no name"))
  }

  @Test(arguments: PristineImage.Node.allCases, [1, 6, 9, 14])
  func `a node with one wrong bit in its magic number is identified`(
    _ node: PristineImage.Node, bit: Int
  ) throws {
    var image = PristineImage()
    let start = try #require(image.places[node]?.lowerBound)
    let place = start + bit / 8
    image.append { $0.replaceByte(at: place, with: $0.bytes[place] ^ UInt8(1 << (bit % 8))) }
    let lost = try image.damage().filter { [.lostName, .lostNode].contains($0.kind) }
    #expect(lost.contains { $0.flashOffset == UInt64(start) })
  }

  @Test func `an incomplete header is not damage on used flash`() throws {
    var builder = PristineImage().builder
    let start = builder.add(raw: [0x85, 0x19, 0x01, 0xE0, 0x2C, 0, 0, 0])
    builder.addDirent(version: 4, ino: 3, name: "link")
    #expect(try Volume(builder).indexDamage.map(\.kind) == [.damagedNode])
    // Only the driver can be interrupted.
    builder.addInode(1, version: 5, mode: 0o040700)
    let volume = try Volume(builder)
    #expect(volume.indexDamage == [])
    #expect(volume.integrityFindings.map(\.kind) == [.unfinishedWrite])
    // It continues where it was interrupted.
    for offset in start + 4..<start + 8 { builder.replaceByte(at: offset, with: 0xFF) }
    #expect(try Volume(builder).indexDamage.map(\.kind) == [.damagedNode])
  }

  @Test func `an unfinished node is damage where there is no other`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    let start = builder.addDirent(version: 5, ino: 2, name: "a")
    for offset in start + 30..<builder.bytes.count { builder.replaceByte(at: offset, with: 0xFF) }
    #expect(try Volume(builder).indexDamage.map(\.kind) == [.damagedNode])
    builder.addInode(1, version: 5, mode: 0o040700)
    #expect(try Volume(builder).indexDamage == [])
  }

  /// Hard links hide that the first name of an image is missing, if all names are in the root.
  @Test(arguments: [true, false])
  func `an unfinished node before files of mkfs.jffs2 is damage`(isInUse: Bool) throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    let start = builder.addDirent(version: 0, ino: 2, name: "first")
    for offset in start + 18..<builder.bytes.count { builder.replaceByte(at: offset, with: 0xFF) }
    builder.addInode(2, version: 1, payload: [1])
    for version in 1...3 as ClosedRange<UInt32> {
      builder.addDirent(version: version, ino: 2, name: "link\(version)")
    }
    if isInUse { builder.addDirent(version: 4, ino: 0, name: "link1") }
    #expect(try Volume(builder).indexDamage.map(\.kind) == (isInUse ? [] : [.damagedNode]))
  }

  @Test func `bytes after the last node are not damage`() throws {
    var builder = PristineImage().builder
    builder.add(raw: Array("a signature of a vendor".utf8))
    let volume = try Volume(builder)
    #expect(volume.indexDamage == [] && volume.integrityFindings.map(\.kind) == [.trailingData])
    #expect(volume.integrityFindings[0].reason.hasPrefix("23 bytes after the last node"))
  }

  @Test func `zeros before a page's end are not damage`() throws {
    var builder = PristineImage().builder
    while builder.bytes.count % 512 != 500 { builder.add(raw: [0xFF]) }
    builder.add(raw: [UInt8](repeating: 0, count: 12))
    builder.addDirent(version: 4, ino: 3, name: "link")
    #expect(try Volume(builder).integrityFindings == [])
  }

  @Test func `sixteen zeros before a page's end are`() throws {
    var builder = PristineImage().builder
    while builder.bytes.count % 512 != 496 { builder.add(raw: [0xFF]) }
    builder.add(raw: [UInt8](repeating: 0, count: 16))
    builder.addDirent(version: 4, ino: 3, name: "link")
    #expect(try Volume(builder).indexDamage.map(\.kind) == [.damagedNode])
  }

  @Test func `nodes of one inode that disagree about the attributes are mixed`() throws {
    let image = PristineImage { image in
      image.append {
        $0.addInode(
          3, version: 3, fileSize: 8192, times: (9, 9, 9), offset: 4096, payload: [1])
      }
    }
    let damage = try image.damage()
    #expect(damage.map(\.kind) == [.mixed])
    #expect(damage.first?.paths == [Array("d/first".utf8)])
  }

  @Test func `what the driver wrote afterwards makes it a file system in use`() throws {
    var builder = PristineImage().builder
    builder.addDirent(version: 4, ino: 6, name: "new")
    builder.addInode(6, version: 1)
    builder.addInode(6, version: 2, payload: [1, 2, 3])
    builder.addDirent(parent: 2, version: 9, ino: 9, name: "gone")
    builder.addDirent(parent: 2, version: 10, ino: 0, name: "gone")
    builder.addInode(9, version: 1)
    let volume = try Volume(builder)
    #expect(!volume.isPristine && volume.indexDamage == [])
    #expect(volume.integrityFindings.map(\.kind) == [.deleted])
  }

  @Test(arguments: [true, false])
  func `a lost node whose range has older data is damage unless newer data hide it`(
    isHidden: Bool
  ) throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    builder.addInode(1, version: 5, mode: 0o040700)
    builder.addDirent(version: 6, ino: 2, name: "file")
    builder.addInode(2, version: 1)
    builder.addInode(2, version: 2, payload: [UInt8](repeating: 1, count: 2000))
    let lost = builder.addInode(2, version: 3, fileSize: 2000, offset: 500, payload: [2, 2, 2])
    builder.replaceByte(at: lost, with: builder.bytes[lost] ^ 1)
    builder.addInode(
      2, version: 4, fileSize: 2000, offset: isHidden ? 500 : 501, payload: [3, 3, 3])
    #expect(try Volume(builder).indexDamage.map(\.kind) == (isHidden ? [] : [.lostNode]))
  }

  @Test(arguments: [true, false])
  func `an image that starts in the middle of a file is incomplete`(hasOtherNames: Bool) throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    for version in UInt32(3)...5 {
      builder.addInode(
        4, version: version, fileSize: 16384, offset: (version - 2) * 4096,
        payload: [UInt8](repeating: 7, count: 4096))
    }
    // A hard link has a version but no new inode, so that numbers differ from those of plain files.
    if hasOtherNames { builder.addDirent(version: 4, ino: 4, name: "link") }
    for number in UInt32(5)...12 {
      let parent = hasOtherNames && number > 6 ? 2 : UInt32(1)
      builder.addDirent(
        parent: parent, version: hasOtherNames ? number : number - 2, ino: number,
        name: "s\(number)", type: 10)
      builder.addInode(number, version: 1, mode: 0o120777, payload: [0x61])
    }
    #expect(try Volume(builder).indexDamage.contains { $0.kind == .lostName })
  }

  @Test(arguments: [0, 4, 8])
  func `a start inside an erase block is damage`(skippedKiB: Int) throws {
    var builder = ImageBuilder()
    builder.addInode(1, version: 5, mode: 0o040700)
    while builder.bytes.count < (16 - skippedKiB) << 10 { builder.add(raw: [0xFF]) }
    for _ in 0..<4 {
      builder.addCleanmarker()
      builder.padWithErased(toMultipleOf: 4096)
      for _ in 0..<3 { builder.add(raw: [UInt8](repeating: 0xFF, count: 4096)) }
    }
    let damage = try Volume(builder).indexDamage
    #expect(damage.map(\.kind) == (skippedKiB == 0 ? [] : [.lostNode]))
  }

  /// On NAND, the driver fills each page that it does not complete with a padding node.
  @Test(arguments: [0, 96])
  func `a start inside a page is damage`(skipped: Int) throws {
    var builder = ImageBuilder()
    if skipped > 0 {
      builder.addNode(
        type: NodeType.padding.rawValue,
        body: [UInt8](repeating: 0, count: 512 - skipped - NodeHeader.size))
    }
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    for version in UInt32(2)...6 {
      let start = builder.addInode(
        2, version: version, offset: (version - 2) * 20,
        payload: [UInt8](repeating: 1, count: 20))
      let rest = 512 - (builder.bytes.count + skipped) % 512
      #expect(start > 0 && rest < 512)
      builder.addNode(
        type: NodeType.padding.rawValue, body: [UInt8](repeating: 0, count: rest - NodeHeader.size))
    }
    let damage = try Volume(builder).indexDamage
    #expect(damage.map(\.kind) == (skipped == 0 ? [] : [.lostNode]))
    #expect(
      damage.allSatisfy { $0.reason.hasPrefix("the file system starts inside a page, at 0x0") })
  }

  /// A hard link leads to an inode whose first name is lost.
  @Test(arguments: [0, 5] as [UInt32])
  func `an image without its first names is incomplete though it has hard links`(
    first: UInt32
  ) throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    if first > 0 { builder.addInode(first + 1, version: 1, payload: [1]) }
    for version in first..<first + 3 {
      builder.addDirent(version: version, ino: version + 2, name: "f\(version)")
      builder.addInode(version + 2, version: 1, payload: [1])
    }
    builder.addDirent(version: first + 3, ino: max(2, first + 1), name: "link")
    #expect(
      try Volume(builder).indexDamage.map(\.kind) == (first == 0 ? [] : [.lostName, .lostNode]))
  }

  /// The driver marks the nodes of a deleted file like its name.
  @Test func `a name marked as obsolete whose inode is not is lost`() throws {
    func damage(marked: [PristineImage.Node]) throws -> [Finding.Kind] {
      var image = PristineImage()
      for node in marked {
        let type = try #require(image.places[node]).lowerBound + 3
        image.append { $0.replaceByte(at: type, with: $0.bytes[type] & ~0x20) }
      }
      return try image.damage().map(\.kind)
    }
    #expect(try damage(marked: [.secondName]) == [.unnamedInode])
    #expect(try damage(marked: [.secondName, .secondFile]) == [])
  }

  @Test(arguments: [true, false])
  func `a value whose link is marked as obsolete is lost`(isMarked: Bool) throws {
    var builder = PristineImage().builder
    for xid in 1...2 as ClosedRange<UInt32> {
      builder.addXattr(xid: xid, version: 1, name: "a\(xid)", value: [1])
      builder.addXref(
        ino: 5, xid: xid, sequence: 2 * xid, flaws: isMarked && xid == 2 ? [.obsolete] : [])
    }
    #expect(try Volume(builder).indexDamage.map(\.kind) == (isMarked ? [.lostXattr] : []))
  }
}
