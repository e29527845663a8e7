import Firmware
import JFFS2
import Storage
import Support
import TestSupport
import Testing

@Suite struct DamagedArchiveTests {
  private static let tools = has("zip", "tar", "cpio")

  /// A file system of 100 files that packs to little less than its size, some 60 KiB.
  private static let home: [UInt8] = {
    var builder = ImageBuilder()
    var generator = SeededGenerator(seed: 6)
    for ino: UInt32 in 2..<102 {
      builder.addDirent(version: ino, ino: ino, name: "file\(ino)")
      let payload = (0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) }
      builder.addInode(ino, version: 1, payload: payload)
    }
    return builder.bytes
  }()

  private func workshop(_ line: String) throws -> Workshop {
    let shop = try Workshop()
    try shop.write(Self.home, "home")
    try shop.run(line)
    return shop
  }

  @Test(
    .enabled(if: tools),
    arguments: ["tar cf out home", "ls home | cpio -o -H newc > out"])
  func `all data before a truncation is read`(line: String) throws {
    let good = try workshop(line).read("out")
    let cut = Array(good.prefix(Self.home.count / 2))
    let found = try partition(cut)
    #expect(found.flaws.count == 1)
    #expect(try 35..<52 ~= Volume(scanning: found.range).names().count)
  }

  /// The CRC is in the last eight bytes; zeros after it are padding.
  @Test(
    .enabled(if: tools),
    arguments: [
      "gzip -c home > out", "tar cf - home | gzip -c > out",
      "gzip -c home > out; head -c 100 /dev/zero >> out",
      "head -c 20000 home | gzip -c > out; tail -c +20001 home | gzip -c >> out",
    ])
  func `the checksum of gzip data is compared`(line: String) throws {
    let good = try workshop(line).read("out")
    #expect(try partition(good).flaws.isEmpty)
    var bad = good
    bad[good.count - (line.contains("zero") ? 106 : 6)] ^= 1
    let found = try partition(bad)
    #expect(found.flaws.count == 1)
    #expect(
      found.flaws.first?.hasPrefix(
        "the gzip data is damaged or truncated (incorrect data check): ") == true)
    #expect(try Volume(scanning: found.range).names().count == 100)
  }

  @Test(.enabled(if: tools))
  func `a damaged header of a tar archive is reported`() throws {
    var archive = try workshop("head -c 40 home > text; tar cf out home text").read("out")
    let second = 512 + (Self.home.count + 511) / 512 * 512
    archive[second + 100] ^= 1
    let found = try partition(archive)
    #expect(found.flaws == ["the tar data is damaged: members may be missing"])
  }

  private static let zipLines = [
    "zip out text home", "zip -0 out text home", "zip out home text", "cat home | zip out -",
  ]

  @Test(.enabled(if: tools), arguments: zipLines)
  func `a ZIP that is truncated inside the member with JFFS2 is served so far`(line: String) throws
  {
    let good = try workshop("head -c 40 home > text; \(line)").read("out.zip")
    let cut = Array(good.prefix(good.count / 2))
    for member in line.contains("text") ? [nil, "home"] : [nil] {
      let found = try partition(cut, FirmwareProbe.Options(member: member))
      #expect(found.flaws.count == 1)
      #expect(found.flaws.first?.contains("ZIP data is damaged or truncated") == true)
      #expect(try 35..<52 ~= Volume(scanning: found.range).names().count)
    }
  }

  @Test(.enabled(if: tools), arguments: zipLines)
  func `a ZIP that is truncated after the member with JFFS2 is served`(line: String) throws {
    let good = try workshop("head -c 40 home > text; \(line)").read("out.zip")
    let list = try #require(
      good.indices.first { good[$0...].starts(with: Array("PK\u{1}\u{2}".utf8)) })
    // Without the list of members, inside it, without its end.
    for (count, isTold) in [(list, true), (list + 20, false), (good.count - 5, false)] {
      let found = try partition(Array(good.prefix(count)))
      #expect(try Volume(scanning: found.range).names().count == 100)
      #expect(found.flaws.isEmpty != isTold)
      #expect(found.flaws == found.warnings)
    }
  }

  @Test(
    .enabled(if: tools), arguments: ["tar cf out home text", "zip out home text; mv out.zip out"])
  func `damage in a member after the one with JFFS2 is a warning`(line: String) throws {
    let good = try workshop("head -c 70000 /bin/sh > text; \(line)").read("out")
    let cut = Array(good.prefix(good.count - 30_000))
    for member in [nil, "home"] {
      let found = try partition(cut, FirmwareProbe.Options(member: member))
      #expect(try Volume(scanning: found.range).names().count == 100)
      if member == nil {
        #expect(found.flaws.first?.hasSuffix("): \"home\" is read, nothing after it") == true)
      }
    }
    #expect(try failure(cut, FirmwareProbe.Options(member: "text")) != nil)
  }

  @Test(.enabled(if: tools))
  func `a member with a wrong checksum is read to its end`() throws {
    var bytes = try workshop("zip -0 out home && mv out.zip out").read("out")
    bytes[bytes.count / 2] ^= 1
    let found = try partition(bytes)
    #expect(found.flaws.contains { $0.contains("CRC") })
    #expect(found.range.length == Self.home.count)
  }

  @Test(.enabled(if: tools), .timeLimit(.minutes(1)))
  func `a sparse member ends where its pieces are out of order`() throws {
    let shop = try workshop(
      "truncate -s 1M sparse; for at in 0 128; do "
        + "dd if=home of=sparse bs=4k seek=$at conv=notrunc; done; tar --format=gnu -cSf out sparse"
    )
    var bytes = try shop.read("out")
    #expect(try partition(bytes).flaws.isEmpty)
    // The header's list of pieces: exchanging two leaves its checksum right.
    let (first, second) = (Array(bytes[386..<410]), Array(bytes[410..<434]))
    bytes.replaceSubrange(386..<410, with: second)
    bytes.replaceSubrange(410..<434, with: first)
    // libarchive 3.8 refuses such a header.
    do {
      #expect(try partition(bytes).flaws.contains { $0.contains("pieces out of order") })
    } catch let error as FirmwareError {
      guard case .damagedContainer(_, _, let reason) = error, reason.contains("sparse map") else {
        throw error
      }
    }
  }
}
