import FirmwareAccess
import Foundation
import Commands
import JFFS2
import SystemPackage
import TestSupport
import Testing

@Suite struct Verifications {
  private func report(_ builder: ImageBuilder) throws -> VerificationReport {
    let workspace = try Workspace()
    return try Verification(
      FirmwareImage(InputOptions(path: FilePath(workspace.write(builder))))
    ).run()
  }

  private func findings(_ builder: ImageBuilder) throws -> [Finding] {
    try report(builder).findings
  }

  @Test func `nothing is found in a sound image`() throws {
    var builder = ImageBuilder()
    builder.addDirectory("d", ino: 2)
    builder.addFile("a", ino: 3, [UInt8](repeating: 1, count: 10_000), parent: 2)
    builder.addLink("l", ino: 4, to: "a")
    let report = try report(builder)
    #expect(report.findings == [] && report.isSound)
    #expect(report.fileSystems[0].counts.files == 1)
    #expect(report.fileSystems[0].counts.chunks == 3)
    #expect(report.fileSystems[0].counts.nodes == 8)
  }

  @Test func `a lost range is reported with all paths, byte range and flash offset`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [UInt8](repeating: 1, count: 10_000), damaged: [1])
    builder.addDirectory("d", ino: 4)
    builder.addDirent(parent: 4, version: 9, ino: 3, name: "link")
    let found = try findings(builder)
    #expect(found.map(\.kind) == [.lostRange])
    #expect(found[0].paths.map(\.text) == ["a", "d/link"])
    #expect(found[0].range == 4096..<8192)
    #expect(found[0].reason == "wrong data CRC")
    #expect(found[0].flashOffset == UInt64(44 + 68 + 4096))
  }

  @Test func `a damaged node hidden by a newer one is not reported as lost`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [UInt8](repeating: 1, count: 4096), damaged: [0])
    builder.addInode(3, version: 5, payload: [UInt8](repeating: 2, count: 4096))
    let report = try report(builder)
    #expect(report.findings.map(\.kind) == [.hidden])
    #expect(report.findings[0].paths.map(\.text) == ["a"])
    #expect(report.isSound)
  }

  @Test func `older data after a damaged node is checked, too`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [])
    builder.addInode(
      3, version: 2, payload: [1, 2, 3], size: 2000, compression: Compression(rawValue: 99))
    builder.addInode(
      3, version: 3, payload: [UInt8](repeating: 2, count: 1000), flaws: [.dataCRC])
    let found = try findings(builder)
    #expect(found.map(\.kind) == [.lostRange, .lostNode])
    #expect(found.map(\.range) == [0..<2000, nil])
    #expect(found[0].reason == "unknown compression 99")
  }

  @Test func `a newest node with damaged data is a loss though older data are visible`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [UInt8](repeating: 1, count: 4096))
    builder.addInode(3, version: 5, payload: [UInt8](repeating: 2, count: 4096), flaws: [.dataCRC])
    let report = try report(builder)
    #expect(report.findings.map(\.kind) == [.lostNode] && !report.isSound)
    #expect(report.findings[0].reason.hasPrefix("wrong data CRC in version 5; older contents"))
  }

  @Test func `an incomplete write is listed separately`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [UInt8](repeating: 1, count: 4096))
    let torn = builder.addInode(3, version: 5, payload: [UInt8](repeating: 2, count: 4096))
    for offset in torn + 1000..<builder.bytes.count { builder.replaceByte(at: offset, with: 0xFF) }
    let torn2 = builder.addDirent(version: 7, ino: 3, name: "a name")
    for offset in torn2 + 20..<builder.bytes.count { builder.replaceByte(at: offset, with: 0xFF) }
    let report = try report(builder)
    #expect(report.findings.map(\.kind) == [.unfinishedWrite, .unfinishedWrite])
    #expect(report.isSound)
  }

  /// A mount does not compare the CRC of data, so that the summary that the driver writes later lists the node.
  @Test(arguments: [false, true])
  func `an incomplete write may be listed in a summary`(isSummarized: Bool) throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [UInt8](repeating: 1, count: 4096))
    let torn = builder.addInode(3, version: 5, payload: [UInt8](repeating: 2, count: 4096))
    let end = builder.bytes.count
    if isSummarized { builder.addSummary(eraseSize: 16384) }
    for offset in torn + 1000..<end { builder.replaceByte(at: offset, with: 0xFF) }
    let report = try report(builder)
    #expect(report.findings.map(\.kind) == [.unfinishedWrite])
    #expect(report.isSound)
  }

  @Test func `a name whose node was not written completely is lost if a summary lists it`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [1])
    builder.addInode(4, version: 1, payload: [2])
    let name = builder.addDirent(version: 9, ino: 4, name: "a longer name")
    let end = builder.bytes.count
    builder.addSummary(eraseSize: 16384)
    for offset in name + 30..<end { builder.replaceByte(at: offset, with: 0xFF) }
    let report = try report(builder)
    #expect(
      report.findings.map(\.reason) == [
        "the name \"a longer name\" in this directory is lost: dirent node with a wrong node CRC"
      ])
    #expect(!report.isSound)
  }

  /// The driver gives each link that it writes the next sequence number, also a copy.
  @Test(arguments: [(4 as UInt32, true), (6, true), (7, true), (8, false), (9, false)])
  func `links to extended attributes with one sequence number are of two images`(
    sequence: UInt32, isSound: Bool
  ) throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [1])
    builder.addFile("b", ino: 4, [1])
    builder.addXattr(xid: 1, version: 1, name: "x", value: [1])
    builder.addXref(ino: 3, xid: 1, sequence: 8)
    builder.addXref(ino: 4, xid: 1, sequence: 9)
    builder.addXref(ino: 4, xid: 1, sequence: sequence)
    let report = try report(builder)
    #expect(report.findings.map(\.kind) == (isSound ? [] : [.mixed]))
    #expect(report.isSound == isSound)
  }

  @Test(arguments: [
    (ImageBuilder.Flaw.nodeCRC, "inode node with a wrong node CRC"),
    (.headerCRC, "wrong header CRC"),
  ])
  func `a node with unknown contents is damage`(
    flaw: ImageBuilder.Flaw, reason: String
  ) throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [1])
    let offset = builder.addInode(9, version: 1, payload: [1, 2, 3, 4], flaws: [flaw])
    let found = try findings(builder)
    #expect(found.map(\.kind) == [.damagedNode])
    #expect(found[0].reason == reason && found[0].flashOffset == UInt64(offset))
  }

  @Test func `an obsolete node's damage is only counted`() throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [1])
    builder.addInode(3, version: 0, payload: [1], flaws: [.obsolete, .dataCRC])
    let report = try report(builder)
    #expect(report.findings == [])
    #expect(report.fileSystems[0].counts.damagedObsoleteNodes == 1)
  }

  @Test func `a file of which nothing is left, a lost attribute and names that lead nowhere`()
    throws
  {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 3, [1])
    builder.addXattr(xid: 1, version: 1, name: "n", value: [1], flaws: [.dataCRC])
    builder.addXref(ino: 3, xid: 1, sequence: 2)
    builder.addDirent(version: 4, ino: 4, name: "link", type: 10)
    builder.addInode(4, version: 1, mode: 0o120777, payload: [0x61], flaws: [.dataCRC])
    builder.addDirent(version: 5, ino: 3, name: "older")
    builder.addDirent(version: 6, ino: 99, name: "older")
    builder.addDirent(version: 7, ino: 3, name: "x/y")
    let report = try report(builder)
    #expect(
      report.findings.map { "\($0.paths[0].text) \($0.kind.rawValue)" } == [
        "a lost_xattr", "link lost_file", "older dangling_name", "x/y impossible_name",
      ])
    #expect(!report.isSound)
  }

  @Test func `a large file is checked in parts and agrees with reading it`() throws {
    let nodeCount = 5000
    let bad: Set<Int> = [0, 17, 2047, 2048, 2500, 4999]
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: "a")
    for index in 0..<nodeCount {
      builder.addInode(
        2, version: UInt32(index + 1), fileSize: UInt32(nodeCount * 4), offset: UInt32(index * 4),
        payload: [1, 2, 3, 4], flaws: bad.contains(index) ? [.dataCRC] : [])
    }
    let report = try report(builder)
    #expect(
      Set(report.findings.map(\.range)) == Set(bad.map { UInt64(4 * $0)..<UInt64(4 * $0 + 4) }))
    #expect(report.fileSystems[0].counts.chunks == nodeCount)
    #expect(report.fileSystems[0].counts.files == 1)
  }

  @Test(.timeLimit(.minutes(1)))
  func `thousands of damaged layers end in time`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 1, ino: 2, name: "a")
    for version in 1...UInt32(20_000) {
      builder.addInode(2, version: version, payload: [1, 2, 3, 4], flaws: [.dataCRC])
    }
    let kinds = try findings(builder).map(\.kind)
    #expect(kinds.count { $0 == .lostRange || $0 == .lostFile } == 1)
  }

  @Test(.timeLimit(.minutes(1)))
  func `files of 4 GiB of nothing end in time`() throws {
    var builder = ImageBuilder()
    for ino in 2...UInt32(500) {
      builder.addDirent(version: ino, ino: ino, name: "\(ino)")
      builder.addInode(
        ino, version: 1, fileSize: .max, payload: [], size: .max, compression: .zero)
    }
    #expect(try findings(builder) == [])
  }

  @Test(arguments: AnsweredImage.fixtures + AnsweredImage.sound + AnsweredImage.damaged)
  func `the lost ranges of a real image are those that cannot be read`(
    image: AnsweredImage
  ) throws {
    let workspace = try Workspace()
    let firmware = try FirmwareImage(InputOptions(path: FilePath(workspace.write(image.bytes()))))
    let report = try Verification(firmware).run()
    for (fileSystem, found) in zip(firmware.fileSystems, report.fileSystems) {
      let volume = fileSystem.volume
      for ino in Set(try VolumeTree(volume).inos.values) {
        let told = found.findings.filter { $0.ino == ino }
        guard let attributes = try? volume.attributes(of: ino) else {
          #expect(told.contains { $0.kind == .lostFile }, "inode \(ino)")
          continue
        }
        guard FileType(mode: attributes.mode) == .regular else { continue }
        let lost = told.filter { $0.kind == .lostRange }.compactMap(\.range)
        #expect(lost.sorted { $0.lowerBound < $1.lowerBound } == (try unreadable(ino, volume)))
      }
    }
  }

  /// The ranges for which a read of the file fails, one after the other.
  private func unreadable(_ ino: UInt32, _ volume: Volume) throws -> [Range<UInt64>] {
    let size = try volume.attributes(of: ino).size
    var ranges: [Range<UInt64>] = []
    var position: UInt64 = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while position < size {
      do throws(JFFS2Error) {
        var span = buffer.mutableSpan
        position += UInt64(try volume.read(ino, at: position, into: &span))
      } catch {
        guard case .damaged(let damage) = error else { throw error }
        ranges.append(damage.range)
        position = damage.range.upperBound
      }
    }
    return ranges
  }

  @Test(arguments: AnsweredImage.fixtures + AnsweredImage.sound)
  func `an image that the driver or a camera wrote is sound`(image: AnsweredImage) throws {
    let workspace = try Workspace()
    let firmware = try FirmwareImage(InputOptions(path: FilePath(workspace.write(image.bytes()))))
    let report = try Verification(firmware).run()
    #expect(report.isSound, "\(report.findings)")
  }

  @Test(.enabled(if: !AnsweredImage.damaged.isEmpty, "\(AnsweredImage.noCorpus)"))
  func `each damaged image of the corpus is reported`() throws {
    for image in AnsweredImage.damaged {
      let workspace = try Workspace()
      let firmware = try FirmwareImage(
        InputOptions(path: FilePath(workspace.write(image.bytes()))))
      #expect(try !Verification(firmware).run().isSound, "\(image)")
    }
  }
}
