import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct ArchiveLimitTests {
  private static let tools = has("zip", "7z", "tar", "gzip", "bzip2", "xz", "zstd", "cpio", "lz4")

  @Test(
    .enabled(if: tools),
    arguments: [
      "zip - zeros > out", "gzip -c zeros > out", "tar czf out zeros", "zstd -c zeros > out",
      "xz -0c zeros > out", "zip - - < zeros > out",
    ])
  func `more than the limit is refused`(line: String) throws {
    let shop = try Workshop()
    try shop.run("truncate -s 64M zeros; \(line)")
    let error = try failure(shop.read("out"), FirmwareProbe.Options(maxUnpacked: 1 << 20))
    guard case .unpackedTooLarge(limit: 1_048_576, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains("max_unpacked=") == true)
  }

  @Test(.enabled(if: tools))
  func `a bomb beside the chosen member of a ZIP is left alone`() throws {
    let shop = try Workshop()
    try shop.write(jffs2("chosen"), "home")
    try shop.run("truncate -s 64M zeros; zip out zeros home")
    let options = FirmwareProbe.Options(maxUnpacked: 1 << 20, member: "home")
    #expect(try names(shop.read("out.zip"), options) == ["chosen"])
  }

  @Test(.enabled(if: tools))
  func `members without end and without bytes are refused`() throws {
    let shop = try Workshop()
    try shop.run("mkdir d && cd d && seq 5000 | xargs touch && tar czf ../out .")
    let bytes = try shop.read("out")
    for member in [nil, "x"] {
      let options = FirmwareProbe.Options(maxUnpacked: 1 << 20, member: member)
      guard case .unpackedTooLarge = try failure(bytes, options) else {
        Issue.record("\(member ?? "no member")")
        continue
      }
    }
  }

  @Test(.enabled(if: has("gzip", "head")))
  func `what comes out between two decompressors counts`() throws {
    let shop = try Workshop()
    // 20 MB of gzip members without a byte, packed twice: nothing would ever come out at the end.
    try shop.run(
      """
      gzip -nc < /dev/null > empty; yes empty | head -n 1000 | xargs cat > thousand
      yes thousand | head -n 1000 | xargs cat | gzip -n9 | gzip -n9 > out
      """)
    let bytes = try shop.read("out")
    #expect(bytes.count < 100_000)
    guard case .unpackedTooLarge? = try failure(bytes, FirmwareProbe.Options(maxUnpacked: 1 << 20))
    else {
      Issue.record("not refused")
      return
    }
    guard case .damagedContainer? = try failure(bytes) else {
      Issue.record("not damaged")
      return
    }
  }

  @Test(.enabled(if: has("gzip", "tar", "xz")))
  func `an archive in two compressions is opened`() throws {
    let shop = try Workshop()
    try shop.write(jffs2("deep"), "home")
    try shop.run("tar cf - home | gzip | xz > out")
    #expect(try names(shop.read("out")) == ["deep"])
  }

  @Test(.enabled(if: tools))
  func `a fifth container in the others is told`() throws {
    let shop = try Workshop()
    try shop.write(jffs2("deep"), "home")
    try shop.run("gzip -c home | xz | gzip > three; gzip -c three > four; gzip -c four > five")
    #expect(try names(shop.read("four")) == ["deep"])
    #expect(try failure(shop.read("five")) == .tooDeep(.gzip))
  }

  @Test(.enabled(if: tools))
  func `the limit is exact`() throws {
    let shop = try Workshop()
    try shop.write(jffs2(), "home")
    try shop.run("gzip -n home")
    let bytes = try shop.read("home.gz")
    let size = UInt64(jffs2().count)
    #expect(try names(bytes, FirmwareProbe.Options(maxUnpacked: size)) == ["file"])
    #expect(try failure(bytes, FirmwareProbe.Options(maxUnpacked: size - 1)) != nil)
  }

  @Test(
    .enabled(if: tools),
    arguments: [
      "zip - home x > out", "7z a -so -ttar t home x | gzip > out", "7z a o.7z home x; mv o.7z out",
      "tar cf out home x", "tar cJf out home x", "tar --zstd -cf out home x",
      "tar cjf out home x", "ls home x | cpio -o -H newc > out", "gzip -c home > out",
      "xz -c home > out", "xz --format=lzma -c home > out", "zstd -c home > out",
      "bzip2 -c home > out", "lz4 -c home > out",
    ])
  func `no cut and no flipped byte is fatal`(line: String) throws {
    let shop = try Workshop()
    try shop.write(jffs2(), "home")
    try shop.write(Array("text".utf8), "x")
    try shop.run(line)
    let good = try shop.read("out")
    #expect(try names(good) == ["file"])
    let step = max(1, good.count / 150)
    for count in stride(from: 0, to: good.count, by: step) {
      let cut = Array(good.prefix(count))
      let error = try failure(cut)
      // Later the cut may hit only what follows the member.
      if count < 100, error == nil { #expect(try !partition(cut).flaws.isEmpty, "\(count) bytes") }
      #expect(error?.description.isEmpty != true)
      var bytes = good
      bytes[count] ^= 0x55
      #expect(try failure(bytes)?.description.isEmpty != true)
    }
  }

  @Test(
    .enabled(if: tools),
    arguments: [
      "zip - noise > out", "gzip -c noise > out", "xz -c noise > out", "tar czf out noise home",
      "tar cf out noise",
    ])
  func `a truncated file without JFFS2 says so`(line: String) throws {
    let shop = try Workshop()
    try shop.write(jffs2(), "home")
    try shop.run("head -c 100000 /bin/sh > noise")
    try shop.run(line)
    let good = try shop.read("out")
    let error = try failure(Array(good.prefix(good.count / 2)))
    guard case .damagedContainer = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(
    .enabled(if: tools),
    arguments: [
      "gzip -c home > out", "xz -c home > out", "tar czf out home",
      "tar cf out home",
    ])
  func `of a truncated file that is used which can be unpacked`(line: String) throws {
    let shop = try Workshop()
    var builder = ImageBuilder()
    var generator = SeededGenerator(seed: 5)
    for ino: UInt32 in 2..<2002 {
      builder.addDirent(version: ino, ino: ino, name: "file\(ino)")
      builder.addInode(ino, version: 1, payload: generator.bytes(1000))
    }
    try shop.write(builder.bytes, "home")
    try shop.run(line)
    let good = try shop.read("out")
    let found = try partition(Array(good.prefix(good.count / 2)))
    #expect(found.flaws.contains { $0.contains("damaged or cut off (") })
    #expect(found.flaws == found.warnings)
    #expect(try 700..<1050 ~= Volume(scanning: found.range).names().count)
  }
}
