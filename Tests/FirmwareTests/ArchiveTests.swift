import Firmware
import JFFS2
import Storage
import Support
import TestSupport
import Testing

@Suite struct ArchiveTests {
  private static let tools = has(
    "zip", "7z", "tar", "gzip", "bzip2", "xz", "zstd", "cpio", "lz4")

  private static let lines = [
    "zip -r out update", "zip -0 -r out update", "7z a out.7z update && mv out.7z out.zip",
    "tar cf out.zip update", "tar czf out.zip update", "tar cjf out.zip update",
    "tar cJf out.zip update", "tar --zstd -cf out.zip update",
    "tar --format=v7 -cf out.zip update", "find update | cpio -o -H newc > out.zip",
    "find update | cpio -o > out.zip", "tar cf - update | xz --format=lzma > out.zip",
  ]

  private static let bareLines = [
    "gzip -c f", "bzip2 -c f", "xz -c f", "xz --format=lzma -c f", "zstd -c f", "lz4 -c f",
  ]

  /// A directory with some files, of which `update/deep/home` holds JFFS2.
  private func workshop() throws -> Workshop {
    let shop = try Workshop()
    try shop.write(jffs2("found"), "update/deep/home")
    try shop.write(Array("read me".utf8), "update/readme.txt")
    try shop.write([], "update/empty")
    try shop.run("ln -s /etc/passwd update/link; ln update/readme.txt update/hard")
    return shop
  }

  @Test(
    .enabled(if: tools),
    arguments: [
      "zip -r out update", "7z a out.7z update && mv out.7z out.zip", "tar cf out.zip update",
      "tar --format=pax -cf out.zip update", "find update | cpio -o -H newc > out.zip",
    ])
  func `names of members need not be ASCII`(line: String) throws {
    let shop = try Workshop()
    try shop.write(jffs2("one"), "update/\u{56FA}\u{4EF6}.bin")
    try shop.write(jffs2("other"), "update/\u{E9}t\u{E9}.bin")
    try shop.run("export LC_ALL=C.UTF-8; \(line)")
    guard case .multipleMatches(let members) = try failure(shop.read("out.zip")) else {
      Issue.record("no error")
      return
    }
    #expect("\(members)".contains("update/\u{56FA}\u{4EF6}.bin"), "\(members)")
    let options = FirmwareProbe.Options(member: "\u{56FA}\u{4EF6}.bin")
    #expect(try names(shop.read("out.zip"), options) == ["one"])
  }

  @Test(.enabled(if: tools), arguments: lines)
  func `the member that holds JFFS2 is found by its contents`(line: String) throws {
    let shop = try workshop()
    try shop.run(line)
    let found = try partition(shop.read("out.zip"))
    #expect(try Volume(scanning: found.range).names() == ["found"])
    guard case .archive(_, member: "update/deep/home") = found.containers.first else {
      Issue.record("\(found.containers)")
      return
    }
    for name in ["update/deep/home", "home"] {
      let options = FirmwareProbe.Options(member: name)
      #expect(try names(shop.read("out.zip"), options) == ["found"])
    }
    let wrong = try failure(shop.read("out.zip"), FirmwareProbe.Options(member: "other"))
    guard case .memberNotFound("other", _) = wrong else {
      Issue.record("\(String(describing: wrong))")
      return
    }
    for (wanted, meant) in [
      ("hoem", "update/deep/home"), ("Home", "update/deep/home"), ("other", nil),
      ("update/dep/home", "update/deep/home"),
    ] as [(String, String?)] {
      let failure = try failure(shop.read("out.zip"), FirmwareProbe.Options(member: wanted))
      let message = try #require(failure).description
      #expect(message.contains("did you mean") == (meant != nil), "\(message)")
      if let meant { #expect(message.hasSuffix("; did you mean \(meant)?"), "\(message)") }
    }
  }

  @Test(.enabled(if: tools), arguments: bareLines)
  func `bare compressed data are unpacked`(line: String) throws {
    let shop = try Workshop()
    try shop.write(jffs2("bare"), "f")
    try shop.run("\(line) > out")
    #expect(try names(shop.read("out")) == ["bare"])
    let named = try failure(shop.read("out"), FirmwareProbe.Options(member: "f"))
    #expect(named == .notAnArchive(member: "f"))
  }

  @Test(.enabled(if: tools))
  func `compressed data that begin with zeros are not an archive`() throws {
    let shop = try Workshop()
    try shop.write(Array(repeating: 0, count: 4096) + jffs2("late"), "f")
    try shop.run("gzip f")
    #expect(try names(shop.read("f.gz")) == ["late"])
  }

  @Test(.enabled(if: tools))
  func `several members with JFFS2 are named, and one is chosen by its name`() throws {
    let shop = try Workshop()
    try shop.write(jffs2("a"), "one/fs")
    try shop.write(jffs2("b"), "two/fs")
    try shop.run("zip -r out one two")
    let bytes = try shop.read("out.zip")
    #expect(try failure(bytes) == .multipleMatches(["one/fs", "two/fs"]))
    #expect(try failure(bytes)?.description.contains("member=NAME") == true)
    #expect(try names(bytes, FirmwareProbe.Options(member: "two/fs")) == ["b"])
    let both = FirmwareProbe.Options(member: "fs")
    #expect(try failure(bytes, both) == .ambiguousMember(["one/fs", "two/fs"]))
  }

  @Test(.enabled(if: tools))
  func `an archive in an archive and a U-Boot image in it are opened`() throws {
    let shop = try Workshop()
    try shop.write(uImage(jffs2("deep"), compression: 1), "home")
    try shop.run("tar czf inner.tgz home && zip out inner.tgz")
    let bytes = try shop.read("out.zip")
    #expect(try partition(bytes).containers.count == 3)
    #expect(try names(bytes) == ["deep"])
    #expect(try names(bytes, FirmwareProbe.Options(member: "inner.tgz")) == ["deep"])
    #expect(try names(bytes, FirmwareProbe.Options(member: "home")) == ["deep"])
  }

  @Test(.enabled(if: tools))
  func `an archive in a U-Boot image is opened`() throws {
    let shop = try workshop()
    try shop.run("tar cf out update")
    #expect(try names(uImage(shop.read("out"))) == ["found"])
  }

  @Test(.enabled(if: tools))
  func `encrypted members and lists are reported`() throws {
    let shop = try workshop()
    try shop.run("zip -P secret -r out update; 7z a -psecret a.7z update")
    try shop.run("7z a -psecret -mhe=on b.7z update; 7z a -tzip -mem=AES256 -psecret c update")
    for name in ["out.zip", "a.7z", "b.7z", "c.zip"] {
      let error = try failure(shop.read(name))
      guard case .encrypted = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
  }

  @Test(.enabled(if: tools))
  func `an archive without JFFS2 is reported with its members`() throws {
    let shop = try Workshop()
    for index in 0..<12 { try shop.write([65, 66], "f\(index)") }
    try shop.run("zip out f*")
    let text = try failure(shop.read("out.zip"))?.description
    #expect(text?.contains("f0, f1, f10") == true)
    #expect(text?.hasSuffix("and 2 more") == true)
  }

  @Test(.enabled(if: tools))
  func `a name that leads outside is a name only`() throws {
    let shop = try Workshop()
    try shop.write(jffs2("safe"), "deep/home")
    try shop.run("tar -P --transform 's,^,../../,' -cf out deep/home")
    try shop.run("tar -P --transform 's,^,/absolute/,' -cf out2 deep/home")
    #expect(
      try partition(shop.read("out")).containers == [.archive(.tar, member: "../../deep/home")])
    #expect(
      try partition(shop.read("out2")).containers == [.archive(.tar, member: "/absolute/deep/home")]
    )
  }
}
