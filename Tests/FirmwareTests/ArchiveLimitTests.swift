import Firmware
import JFFS2
import Storage
import Support
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
  func `a fifth nested container is reported`() throws {
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
    #expect(found.flaws.contains { $0.contains("damaged or truncated (") })
    #expect(found.flaws == found.warnings)
    #expect(try 700..<1050 ~= Volume(scanning: found.range).names().count)
  }

  /// A directory in a tar archive may have data, as in GNU tar's incremental archives.
  @Test(.enabled(if: tools), arguments: [nil, "x"])
  func `the bytes of other entries than files count`(member: String?) throws {
    let shop = try Workshop()
    // 400 MB, of which no more than the limit allows may be decompressed.
    try shop.write(tarHeader("folder", type: "D", size: 400_000_000), "header")
    try shop.write(jffs2(), "x")
    try shop.run(
      """
      head -c 400000000 /dev/zero | bzip2 -1 > zeros; bzip2 -k header
      truncate -s %512 x; tar cf - x | bzip2 > end; cat header.bz2 zeros end > out
      """)
    let bytes = try shop.read("out")
    #expect(bytes.count < 10_000)
    let clock = ContinuousClock()
    let start = clock.now
    let error = try failure(bytes, FirmwareProbe.Options(maxUnpacked: 1 << 20, member: member))
    #expect(error == .unpackedTooLarge(limit: 1 << 20, member: "folder"))
    #expect(clock.now - start < .seconds(1))
  }

  /// Where the archive promises nothing, and no member comes that could be charged.
  @Test(
    .enabled(if: tools),
    arguments: [
      "cat zip zeros | xz > out", "{ printf 070701; cat zeros; } | xz > out",
      "{ cat member; cat zeros; } | xz > out",
    ])
  func `bytes that libarchive passes over by itself count`(line: String) throws {
    let shop = try Workshop()
    try shop.write(tarHeader("folder", type: "D", size: 1 << 40), "member")
    try shop.run(
      """
      mkdir d; zip -X zip.zip d; head -c 32 zip.zip > zip; head -c 64M /dev/zero > zeros; \(line)
      """)
    let error = try failure(shop.read("out"), FirmwareProbe.Options(maxUnpacked: 65536))
    guard case .unpackedTooLarge(limit: 65536, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Without the list a file packed from a pipe does not say its size, or claims a small one.
  @Test(.enabled(if: tools), arguments: [UInt8(0), 1])
  func `a ZIP without its list of members pays for those that it passes by`(size: UInt8) throws {
    let shop = try Workshop()
    try shop.write(jffs2("chosen"), "home")
    try shop.run("head -c 64M /dev/zero | zip - - | cat > zeros; zip end home")
    var bytes = try ["zeros", "end.zip"].flatMap { name in
      let packed = try shop.read(name)
      let list = try #require(
        packed.indices.last { packed[$0...].starts(with: Array("PK\u{1}\u{2}".utf8)) })
      return packed[..<list]
    }
    bytes[22] = size
    let options = FirmwareProbe.Options(maxUnpacked: 1 << 20, member: "home")
    let error = try failure(bytes, options)
    guard case .unpackedTooLarge? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// The names alone took 1.5 GB.
  @Test(.enabled(if: tools))
  func `of members with JFFS2 only the first names are kept, and of a name its end`() throws {
    let shop = try Workshop()
    var archive: [UInt8] = []
    let image = jffs2()
    for number in 0..<30 {
      let name =
        [UInt8](repeating: UInt8(ascii: "n"), count: 1 << 16) + Array("/\(number)".utf8) + [0]
      archive += tarHeader("././@LongLink", type: "L", size: name.count) + padded(name)
      archive += tarHeader("short", type: "0", size: image.count) + padded(image)
    }
    archive += [UInt8](repeating: 0, count: 1024)
    try shop.write(archive, "out.tar")
    try shop.run("xz out.tar")
    let bytes = try shop.read("out.tar.xz")
    let text = try #require(try failure(bytes)).description
    #expect(text.hasPrefix("several members contain JFFS2: …nnn"))
    #expect(text.contains("n/9 and 20 more; choose one"))
    #expect(text.utf8.count < 10 * 4100 + 200)
    #expect(try names(bytes, FirmwareProbe.Options(member: "29")) == ["file"])
    // A name costs eight times its length.
    guard case .unpackedTooLarge? = try failure(bytes, FirmwareProbe.Options(maxUnpacked: 8 << 20))
    else {
      Issue.record("not refused")
      return
    }
  }

  private func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  /// The header of a member as GNU tar writes it.
  private func tarHeader(_ name: String, type: Character, size: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    // In base 256, which has no bound.
    header[124] = 0x80
    for index in 0..<8 { header[128 + index] = UInt8(truncatingIfNeeded: size >> (56 - 8 * index)) }
    put("00000000000", at: 136)
    put("        ", at: 148)
    put(String(type), at: 156)
    put("ustar  ", at: 257)
    let sum = header.reduce(0) { $0 + Int($1) }
    let octal = String(sum, radix: 8)
    put(String(repeating: "0", count: 6 - octal.count) + octal + "\0 ", at: 148)
    return header
  }
}
