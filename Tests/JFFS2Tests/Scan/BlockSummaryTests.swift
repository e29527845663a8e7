import JFFS2
import Storage
import TestSupport
import Testing

/// The driver's treatment of summaries, and of nodes that contradict them.
@Suite struct BlockSummaryTests {
  private static let eraseSize = 4096

  /// Makes a node obsolete, or one of its CRCs wrong.
  enum Loss: CaseIterable {
    case obsolete, header, node

    func apply(to image: inout ImageBuilder, at offset: Int) {
      let typePlace = offset + (image.dialect.endianness == .little ? 3 : 2)
      let (place, bit): (Int, UInt8) =
        switch self {
        case .obsolete: (typePlace, 0x20)
        case .header: (offset + 8, 1)
        case .node: (offset + 16, 1)
        }
      image.replaceByte(at: place, with: image.bytes[place] ^ bit)
    }
  }

  @Test(arguments: Endianness.allCases, Loss.allCases)
  func `a lost deletion that is listed still hides the name`(
    endianness: Endianness, loss: Loss
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1)
    image.addDirent(version: 1, ino: 2, name: "kept")
    image.addDirent(version: 2, ino: 2, name: "deleted")
    let deletion = image.addDirent(version: 3, ino: 0, name: "deleted")
    image.addSummary(eraseSize: Self.eraseSize)
    loss.apply(to: &image, at: deletion)
    let volume = try Volume(image)
    #expect(try volume.names() == ["kept"])
    #expect(try volume.ino("deleted") == nil)
    #expect(try volume.attributes(of: 2).linkCount == 1)
    #expect(try volume.nodeStates().state(of: image, at: deletion) != .live)
  }

  @Test(arguments: Endianness.allCases, Loss.allCases)
  func `a lost name that is listed counts as a link and shows nowhere`(
    endianness: Endianness, loss: Loss
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1)
    image.addDirectory("folder", ino: 3)
    image.addDirent(parent: 3, version: 2, ino: 2, name: "first", changeTime: 10)
    let second = image.addDirent(parent: 3, version: 3, ino: 2, name: "second", changeTime: 20)
    image.addSummary(eraseSize: Self.eraseSize)
    loss.apply(to: &image, at: second)
    let volume = try Volume(image)
    #expect(try volume.names(in: 3) == ["first"])
    #expect(try volume.ino("folder/second") == nil)
    #expect(try volume.attributes(of: 2).linkCount == 2)
    #expect(try volume.attributes(of: 3).changeTime == 10)
  }

  @Test(arguments: Endianness.allCases, Loss.allCases)
  func `a lost name that is listed makes no directory of what has no other node`(
    endianness: Endianness, loss: Loss
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1)
    image.addDirent(version: 1, ino: 3, name: "folder", type: 4)
    let name = image.addDirent(parent: 3, version: 1, ino: 2, name: "only")
    image.addSummary(eraseSize: Self.eraseSize)
    #expect(try Volume(image).attributes(of: 3).isDirectory)
    loss.apply(to: &image, at: name)
    let volume = try Volume(image)
    #expect(throws: JFFS2Error.unusableInode(3)) { try volume.attributes(of: 3) }
    #expect(try volume.names() == ["folder"])
  }

  @Test(arguments: Endianness.allCases)
  func `a wrong name that is listed still defines the time of its directory`(
    endianness: Endianness
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirectory("folder", ino: 2)
    image.addDirent(parent: 2, version: 1, ino: 2, name: "first", changeTime: 10)
    let second = image.addDirent(parent: 2, version: 2, ino: 2, name: "second", changeTime: 20)
    image.addSummary(eraseSize: Self.eraseSize)
    image.replaceByte(at: second + RawDirent.size, with: 0x53)
    let volume = try Volume(image)
    #expect(try volume.names(in: 2) == ["first"])
    #expect(try volume.attributes(of: 2).changeTime == 20)
  }

  @Test(arguments: Endianness.allCases, Loss.allCases)
  func `a lost directory that is listed adds no link to its parent`(
    endianness: Endianness, loss: Loss
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirectory("folder", ino: 2)
    image.addDirectory("shown", ino: 3, parent: 2)
    let lost = image.bytes.count
    image.addDirectory("lost", ino: 4, parent: 2)
    image.addSummary(eraseSize: Self.eraseSize)
    loss.apply(to: &image, at: lost)
    let volume = try Volume(image)
    #expect(try volume.names(in: 2) == ["shown"])
    #expect(try volume.attributes(of: 2).linkCount == 3)
  }

  @Test(arguments: Endianness.allCases, Loss.allCases)
  func `a lost inode that is listed exists, and its name is listed`(
    endianness: Endianness, loss: Loss
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "a")
    let inode = image.addInode(2, version: 1)
    image.addSummary(eraseSize: Self.eraseSize)
    loss.apply(to: &image, at: inode)
    let volume = try Volume(image)
    #expect(try volume.names() == ["a"])
    #expect(throws: JFFS2Error.self) { try volume.attributes(of: 2) }
  }

  @Test(arguments: Endianness.allCases, Loss.allCases)
  func `a lost attribute that is listed leaves no older value`(
    endianness: Endianness, loss: Loss
  ) throws {
    func value(listed: Bool) throws -> [UInt8]? {
      var image = ImageBuilder(Dialect(endianness))
      image.addInode(1, version: 1, mode: 0o40755)
      image.addXattr(xid: 7, version: 1, name: "k", value: [1])
      let newest = image.addXattr(xid: 7, version: 2, name: "k", value: [2])
      image.addXref(ino: 1, xid: 7, sequence: 2)
      if listed { image.addSummary(eraseSize: Self.eraseSize) }
      loss.apply(to: &image, at: newest)
      return try Volume(image).xattr("user.k", of: 1)
    }
    #expect(try value(listed: true) == nil)
    #expect(try value(listed: false) == [1])
  }

  @Test(arguments: Endianness.allCases)
  func `nodes that are not listed do not exist`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "a")
    image.addInode(2, version: 1, payload: [1])
    let name = image.addDirent(version: 2, ino: 2, name: "b")
    let data = image.addInode(2, version: 2, payload: [2])
    image.addXattr(xid: 7, version: 1, name: "k", value: [1])
    let link = image.addXref(ino: 2, xid: 7, sequence: 2)
    image.addSummary(eraseSize: Self.eraseSize, leavingOut: [name, data, link])
    // The next block has no summary.
    image.addDirent(version: 3, ino: 2, name: "c")
    let volume = try Volume(image)
    #expect(try volume.names() == ["a", "c"])
    #expect(try volume.contents(of: 2) == [1])
    #expect(try volume.xattr("user.k", of: 2) == nil)
    let states = try volume.nodeStates()
    for offset in [name, data, link] {
      #expect(states.state(of: image, at: offset) == .orphaned)
    }
  }

  @Test(arguments: Endianness.allCases)
  func `nodes inside a listed node are never visible`(endianness: Endianness) throws {
    var inner = ImageBuilder(Dialect(endianness))
    inner.addDirent(version: 9, ino: 2, name: "inner")
    var image = ImageBuilder(Dialect(endianness))
    image.addDirent(version: 1, ino: 2, name: "outer")
    image.addInode(2, version: 1, fileSize: 100)
    let data = image.addInode(2, version: 2, fileSize: 100, payload: inner.bytes)
    image.addSummary(eraseSize: Self.eraseSize)
    Loss.header.apply(to: &image, at: data)
    #expect(try Volume(image).names() == ["outer"])
  }

  /// Reasons for the driver to read the nodes of the block instead.
  enum Doubt: CaseIterable {
    case sumNumber, listCRC, marker, offset, header, otherEraseSize, entryBeyondBlock,
      nameBeyondList,
      unknownType
  }

  @Test(arguments: Endianness.allCases, Doubt.allCases)
  func `an inconsistent summary is ignored`(
    endianness: Endianness, doubt: Doubt
  ) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1)
    image.addDirent(version: 1, ino: 2, name: "a")
    let lost = image.addDirent(version: 2, ino: 2, name: "b")
    let extra: [UInt8] =
      switch doubt {
      case .entryBeyondBlock:
        image.number16(NodeType.xref.rawValue) + image.number32(UInt32(Self.eraseSize))
      case .unknownType: image.number16(0x2077) + image.number32(0)
      case .nameBeyondList:
        image.number16(NodeType.dirent.rawValue) + [UInt8](repeating: 0, count: 20) + [1, 8]
      default: []
      }
    // The list ends with the last entry: 18, 25 and 25 bytes for the nodes above, and this one.
    if doubt == .nameBeyondList {
      image.add(raw: [UInt8](repeating: 0xFF, count: 4096 - (32 + 68 + 24 + 8) - image.bytes.count))
    }
    let summary = image.addSummary(
      eraseSize: Self.eraseSize, extraEntries: (extra, extra.isEmpty ? 0 : 1))
    let end = image.bytes.count
    let place: Int? =
      switch doubt {
      case .sumNumber: summary + 12
      case .listCRC: end - 20
      case .marker: end - 1
      case .offset: end - 8
      case .header: summary + 8
      default: nil
      }
    if let place { image.replaceByte(at: place, with: image.bytes[place] ^ 4) }
    Loss.node.apply(to: &image, at: lost)
    image.padWithErased(toMultipleOf: 16384)
    let options = Volume.Options(eraseSize: doubt == .otherEraseSize ? 8192 : nil)
    let volume = try Volume(image, options)
    #expect(try volume.names() == ["a"])
    #expect(try volume.attributes(of: 2).linkCount == 1)
  }

  @Test(arguments: Endianness.allCases)
  func `an entry of a type that forbids to mount does so`(endianness: Endianness) throws {
    var image = ImageBuilder(Dialect(endianness))
    image.addInode(2, version: 1)
    let entry = image.number16(0xE077) + image.number32(0)
    let summary = image.addSummary(eraseSize: Self.eraseSize, extraEntries: (entry, 1))
    #expect(
      throws: JFFS2Error.incompatibleNode(
        NodeType(rawValue: 0xE077), flashOffset: UInt64(summary))
    ) { try Volume(image) }
  }

  @Test(arguments: [nil, 65536] as [UInt32?])
  func `lists count in every block of a large image`(eraseSize: UInt32?) throws {
    let size = 65536
    var image = ImageBuilder()
    var lost: [Int] = []
    image.addInode(2, version: 1)
    for block in 0..<80 {
      image.addDirent(version: UInt32(2 * block + 1), ino: 2, name: "kept \(block)")
      lost.append(image.addDirent(version: UInt32(2 * block + 2), ino: 2, name: "lost \(block)"))
      image.addSummary(eraseSize: size)
    }
    for offset in lost { Loss.obsolete.apply(to: &image, at: offset) }
    let volume = try Volume(image, Volume.Options(eraseSize: eraseSize))
    #expect(try volume.names().count == 80)
    #expect(try volume.attributes(of: 2).linkCount == 160)
  }
}

extension NodeStates {
  fileprivate func state(of image: ImageBuilder, at offset: Int) -> NodeState? {
    NodeHeader(parsing: image.bytes.span.extracting(offset...), dialect: image.dialect)
      .map { state(of: $0, at: UInt32(offset)) }
  }
}
