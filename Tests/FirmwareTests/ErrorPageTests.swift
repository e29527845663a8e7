import Firmware
import JFFS2
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct `The page of messages` {
  private static let names: MemberList = ["a", "b"]

  private static let storage: [StorageError] =
    [.open, .notSeekable, .read, .shortRead, .outOfRange, .temporaryFile].map {
      StorageError($0, path: "file", offset: 4096, underlyingError: .ioError)
    }

  private static let volume: [JFFS2Error] = [
    .storage(storage[2]), .noNodes, .incompatibleNode(.inode, flashOffset: 12), .rootNotDirectory,
    .tooLarge(byteCount: 1 << 40), .noSuchInode(7), .wrongType(ino: 7), .unusableInode(7),
    .malformedACL(ino: 7), .invalidEraseSize(6),
    .damaged(Damage(ino: 2, range: 0..<9, flashOffset: 12, reason: .short)),
  ]

  private static let reasons: [Damage.Reason] = [
    .dataCRC, .unknownCompression(9), .undecodable("LZO"), .short, .chunkTooLarge, .missing,
  ]

  /// Fails to compile when there is an error that is not in these tables.
  private static func isListed(_ error: FirmwareError) -> Bool {
    switch error {
    case .storage(let error):
      switch error.code {
      case .open, .notSeekable, .read, .shortRead, .outOfRange, .temporaryFile: true
      }
    case .volume(let error):
      switch error {
      case .storage, .noNodes, .incompatibleNode, .rootNotDirectory, .tooLarge, .noSuchInode,
        .wrongType, .unusableInode, .malformedACL, .invalidEraseSize:
        true
      case .damaged(let damage):
        switch damage.reason {
        case .dataCRC, .unknownCompression, .undecodable, .short, .chunkTooLarge, .missing: true
        }
      }
    case .empty, .outOfRange, .wrongHeaderCRC, .truncated, .endiannessMismatch, .noSpareAreas,
      .inNoPartition, .zeros, .tooDeep, .blank,
      .noFileSystem, .noFileSystemInDump, .uImageWithoutJFFS2, .compressed, .encrypted,
      .damagedContainer, .unpackedTooLarge, .multipleMatches, .ambiguousMember, .memberNotFound,
      .noMatchingMember, .notAnArchive:
      true
    }
  }

  private func firmwareErrors() throws -> [FirmwareError] {
    let squashfs = ContentsBuilder.squashFS()
    let bytes = UImageBuilder(compression: 4).bytes
    guard let header = UImage(parsing: bytes.span) else { return [] }
    let zip = has("zip")
    let layout = try #require(NANDPageLayout(pageSize: 2048, oobSize: 64))
    var errors: [FirmwareError] = [
      .noSpareAreas(requested: layout), .noFileSystemInDump(seen: []),
      .empty, .outOfRange(.offset(7), byteCount: 5), .outOfRange(.length(7), byteCount: 5),
      .wrongHeaderCRC, .blank, .zeros, .inNoPartition([0..<4096]), .tooDeep(.gzip),
      .truncated(promised: 5, present: 0), .endiannessMismatch(requested: .big),
      .noFileSystem(seen: []),
      .noFileSystem(seen: [], spareAreas: NANDPageLayout(pageSize: 2048, oobSize: 64)),
      try #require(try failure(squashfs)), .compressed(header),
      .uImageWithoutJFFS2(header, seen: []),
      .encrypted(.zip, member: nil), .encrypted(.sevenZip, member: "a"),
      .damagedContainer(.gzip, member: nil, reason: "its end"),
      .damagedContainer(.zip, member: "a", reason: "bad CRC"),
      .unpackedTooLarge(limit: 9, member: nil), .unpackedTooLarge(limit: 9, member: "a"),
      .multipleMatches(Self.names), .ambiguousMember(Self.names), .notAnArchive(member: "a"),
      .noMatchingMember(.zip, members: Self.names, instead: "in \"a\" JFFS2"),
    ]
    if zip {
      let shop = try Workshop()
      try shop.write([1, 2, 3], "a")
      try shop.run("zip out a")
      for member in [nil, "b"] {
        let error = try failure(shop.read("out.zip"), FirmwareProbe.Options(member: member))
        errors.append(try #require(error))
      }
    }
    return errors + Self.storage.map(FirmwareError.storage) + Self.volume.map(FirmwareError.volume)
  }

  /// The page quotes what a mount says.
  private static func message(_ error: FirmwareError) -> String {
    error.message { "-o \($0.name)=\($0.value)" }
  }

  @Test func `has each error of a firmware and of a file system`() throws {
    let page = try ErrorPage()
    for error in try firmwareErrors() {
      #expect(Self.isListed(error))
      let isDamage = if case .volume(.damaged) = error { true } else { false }
      // What a file's damage looks like is in the text; the reasons have rows.
      if !isDamage { #expect(page.explains(Self.message(error)), "\(error)") }
    }
    for reason in Self.reasons { #expect(page.explains("\(reason)"), "\(reason)") }
    let table = #expect(throws: MTDParts.ParseError.self) { try MTDParts("f:1M(a") }
    #expect(page.explains("-o \(try #require(table))"))
  }

  @Test func `quotes no message of a firmware that there is not`() throws {
    let partition = #expect(throws: PartitionNotFoundError.self) {
      try [Partition]().index(named: "a")
    }
    let lines = try firmwareErrors().map(Self.message) + [try #require(partition).description]
    let quoted = try ErrorPage().messages.prefix { !$0.text.hasPrefix("-o mtdparts") }
    #expect(quoted.count > 10)
    for message in quoted {
      #expect(lines.contains(where: message.matches), "\(message.text)")
    }
  }
}
