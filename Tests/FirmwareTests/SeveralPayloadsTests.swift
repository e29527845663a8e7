import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// Data after or next to a container is shown, too.
@Suite struct `Several payloads` {
  private static let kernel = uImage([UInt8](repeating: 0x41, count: 1000), type: 2)

  /// The names of the partitions, each with the files in it.
  private func contents(_ bytes: [UInt8]) throws -> [String: [String]] {
    let partitions = try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
    let names = VolumeNames.unique(partitions.map(\.name))
    let files = try partitions.map { try Volume(scanning: $0.range).names() }
    #expect(partitions.allSatisfy { $0.flaws.isEmpty })
    return Dictionary(uniqueKeysWithValues: zip(names, files))
  }

  @Test(arguments: [0, 3, 512])
  func `two uImages in a row are two file systems`(padding: Int) throws {
    let fill = [UInt8](repeating: 0xFF, count: padding)
    let bytes = uImage(jffs2("a"), name: "rootfs") + fill + uImage(jffs2("b"), name: "data")
    #expect(try contents(bytes) == ["rootfs": ["a"], "data": ["b"]])
  }

  @Test func `a file system after a uImage with one is shown`() throws {
    let bytes = uImage(jffs2("a"), name: "rootfs") + jffs2("b")
    let found = try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
    #expect(found.map(\.name) == ["rootfs", "jffs2@0x1040"])
    #expect(found.map(\.containers.count) == [1, 0])
    #expect(found.map(\.source) == [.wholeImage, .inferred])
    #expect(try contents(bytes) == ["rootfs": ["a"], "jffs2@0x1040": ["b"]])
  }

  @Test func `a file system after several uImages is shown, with what is between them`() throws {
    let bytes =
      Self.kernel + uImage(jffs2("a"), name: "x") + Self.kernel + jffs2("b")
      + uImage(jffs2("c"), name: "x")
    #expect(
      try contents(bytes) == ["x": ["a"], "jffs2@0x1890": ["b"], "x-2": ["c"]])
  }

  @Test func `each part of a list of files with JFFS2 is shown`() throws {
    let files = [jffs2("a"), Array("kernel".utf8), jffs2("b")]
    let bytes = uImage(table(files), type: 4, name: "all")
    #expect(try contents(bytes) == ["all": ["a"], "all-1": ["b"]])
  }

  @Test func `several uImages in a dump are shown, with bare JFFS2 beside them`() throws {
    let front = [UInt8](repeating: 0x56, count: 4096)
    let bytes = front + uImage(jffs2("a"), name: "one") + front + jffs2("b") + front
    let both = bytes + uImage(jffs2("c"), name: "two") + front
    #expect(Set(try contents(bytes).values) == [["a"], ["b"]])
    #expect(Set(try contents(both).values) == [["a"], ["b"], ["c"]])
    #expect(try contents(both).keys.contains("two"))
  }

  @Test(.enabled(if: has("gzip")), arguments: [false, true])
  func `a compressed uImage after bare JFFS2 is shown`(isBehindForeignData: Bool) throws {
    let shop = try Workshop()
    try shop.write(jffs2("packed"), "f")
    try shop.run("gzip -kn f")
    let foreign = [UInt8](repeating: 0x56, count: isBehindForeignData ? 8192 : 0)
    let bytes = jffs2("bare") + foreign + uImage(try shop.read("f.gz"), compression: 1)
    #expect(Set(try contents(bytes).values) == [["bare"], ["packed"]])
  }

  @Test(arguments: [false, true])
  func `a wrong data CRC of one of several uImages is named`(areBoth: Bool) throws {
    let front = [UInt8](repeating: 0x56, count: 4096)
    let other = uImage(jffs2("b"), name: "b", dataCRC: areBoth ? 2 : nil)
    let bytes = front + uImage(jffs2("a"), name: "a", dataCRC: 1) + front + other
    let found = try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
    #expect(found.map { $0.range.start } == [0x1040, 0x3080])
    #expect(Set(found.flatMap(\.flaws)).count == (areBoth ? 2 : 1))
    #expect(found[0].flaws.contains { $0.contains("wrong data CRC (stored 0x1") })
  }

  @Test func `two uImages in a uImage are shown`() throws {
    let inner = uImage(jffs2("a"), name: "a") + uImage(jffs2("b"), name: "b")
    #expect(try contents(uImage(inner, name: "outer")) == ["a": ["a"], "b": ["b"]])
  }

  @Test(.enabled(if: has("zip")))
  func `two uImages in a member of an archive are shown`() throws {
    let shop = try Workshop()
    try shop.write(uImage(jffs2("a"), name: "a") + uImage(jffs2("b"), name: "b"), "firmware.bin")
    try shop.run("zip -q out firmware.bin")
    #expect(try contents(shop.read("out.zip")) == ["a": ["a"], "b": ["b"]])
  }

  @Test func `a uImage that is a file in JFFS2 is not a partition`() throws {
    var image = ImageBuilder(Dialect(.little))
    image.addCleanmarker()
    image.addDirent(version: 1, ino: 2, name: "uImage")
    image.addInode(2, version: 1, payload: uImage([UInt8](repeating: 0x41, count: 4000)))
    image.addDirent(version: 2, ino: 3, name: "more")
    image.addInode(3, version: 1, payload: [1, 2, 3])
    image.padWithErased(toMultipleOf: 4096)
    let front = [UInt8](repeating: 0x56, count: 4096)
    let found = try contents(front + image.bytes + front)
    #expect(found == ["jffs2@0x1000": ["more", "uImage"]])
  }

  @Test func `data after a uImage that cannot be opened is reported`() throws {
    // A uImage with more JFFS2 than may be unpacked after it: the limit is named, and the first is shown.
    guard has("gzip") else { return }
    let shop = try Workshop()
    try shop.write(jffs2("b"), "f")
    try shop.run("gzip -n f")
    let bytes = uImage(jffs2("a")) + (try shop.read("f.gz"))
    let found = try FirmwareProbe(
      FlashImage(bytes: bytes), FirmwareProbe.Options(maxUnpacked: 100)
    ).partitions()
    #expect(found.count == 1)
    #expect(found[0].warnings.count == 1)
    #expect(found[0].warnings.first?.hasPrefix("after the U-Boot image, at 0x1040: ") == true)
    #expect(found[0].flaws.isEmpty)
  }

  @Test func `a uImage with one file system and junk after it is the root`() throws {
    let bytes = uImage(jffs2("a")) + [UInt8](repeating: 0x56, count: 5000)
    let found = try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
    #expect(found.map(\.name) == ["jffs2@0x40"])
    #expect(found[0].warnings.isEmpty)
  }

  @Test(
    .enabled(if: has("zip", "gzip", "bzip2", "tar")),
    arguments: [
      "zip -q out f; cat out.zip", "zip -q out f; printf comment | zip -qz out.zip; cat out.zip",
      "gzip -c f", "tar c f", "tar c f | gzip", "bzip2 -c f",
    ])
  func `what follows an archive or compressed data is shown`(line: String) throws {
    let shop = try Workshop()
    for hasJFFS2 in [true, false] {
      try shop.write(hasJFFS2 ? jffs2("a") : Array("nothing".utf8), "f")
      try shop.run("rm -f out.zip; (\(line)) > archive")
      let archive = try shop.read("archive")
      if hasJFFS2 { #expect(try contents(archive).values.map { $0 } == [["a"]]) }
      for behind in [jffs2("b"), uImage(jffs2("b"), name: "b")] {
        let found = try contents(archive + behind)
        #expect(Set(found.values) == (hasJFFS2 ? [["a"], ["b"]] : [["b"]]))
      }
    }
  }
}
