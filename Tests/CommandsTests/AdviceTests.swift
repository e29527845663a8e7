import Firmware
import FirmwareAccess
import Storage
import Testing

@Suite struct `Advice in messages` {
  @Test(arguments: [
    (
      FirmwareError.wrongHeaderCRC,
      "a U-Boot image with a wrong header CRC; to read what follows the header: --offset 64"
    ),
    (
      .noFileSystem(seen: []),
      "no JFFS2 file system found; if you know where it starts: --offset BYTES"
    ),
    (
      .noFileSystem(seen: [], spareAreas: NANDPageLayout(pageSize: 2048, oobSize: 64)),
      "no JFFS2 file system found; if it is a NAND dump with its spare areas: --oob 2048+64"
    ),
    (
      .damagedContainer(.zip, member: "a", reason: ""),
      "the ZIP data is damaged or truncated at \"a\"; get the file again, or choose an undamaged "
        + "member before it: --member NAME"
    ),
    (
      .unpackedTooLarge(limit: 9, member: nil),
      "unpacks to more than the 9 bytes allowed; if you trust the file: "
        + "--max-unpacked SIZE, or choose with --member NAME"
    ),
    (
      .endiannessMismatch(requested: .big),
      "the image is little-endian; drop --endian big"
    ),
    (.notAnArchive(member: "a"), "--member a cannot be used: the file is not an archive"),
    (
      .multipleMatches(["a", "b, -o offset=1"]),
      "several members contain JFFS2: a, b, -o offset=1; choose one with --member NAME"
    ),
  ])
  func `names this program's options`(error: FirmwareError, message: String) {
    #expect(error.message(OptionStyle.long.text) == message)
  }
}
