import Firmware
import JFFS2
import Storage
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
  func `all that stands before a cut is read, however little it is`(line: String) throws {
    let good = try workshop(line).read("out")
    let cut = Array(good.prefix(Self.home.count / 2))
    let found = try partition(cut)
    #expect(found.flaws.count == 1)
    #expect(try 35..<52 ~= Volume(scanning: found.range).names().count)
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
    let found = try partition(bytes)
    #expect(found.flaws.contains { $0.contains("pieces out of order") })
  }
}
