import Firmware
import FirmwareAccess
import Storage
import Testing

@Suite struct `Advice in messages` {
  @Test(arguments: [
    (
      FirmwareError.wrongHeaderCRC,
      "a U-Boot image with a wrong header CRC; to read what follows the header: -o offset=64"
    ),
    (
      .noFileSystem(seen: []),
      "no JFFS2 file system found; if it lies at a known place: -o offset=BYTES"
    ),
    (
      .noFileSystem(seen: [], spareAreas: NANDPageLayout(pageSize: 2048, oobSize: 64)),
      "no JFFS2 file system found; if it is a NAND dump with its spare areas: -o oob=2048+64"
    ),
    (
      .damagedContainer(.zip, member: "a", reason: ""),
      "the ZIP data are damaged or cut off at \"a\"; get the file again, or name an undamaged "
        + "member before that place: -o member=NAME"
    ),
    (
      .unpackedTooLarge(limit: 9, member: nil),
      "unpacks to more than the 9 bytes that are allowed; if it is no trap: "
        + "-o max_unpacked=SIZE, or choose with -o member=NAME"
    ),
    (
      .endiannessMismatch(requested: .big),
      "the JFFS2 in it is little-endian, not as -o endian=big says; leave that away"
    ),
    (.notAnArchive(member: "a"), "-o member=a cannot be used: the file is no archive"),
    (
      .multipleMatches(["a", "b, -o offset=1"]),
      "several members hold JFFS2: a, b, -o offset=1; choose one with -o member=NAME"
    ),
  ])
  func `names this program's options`(error: FirmwareError, message: String) {
    #expect(error.message(OptionStyle.mount.text) == message)
  }
}
