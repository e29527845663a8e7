import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct `A plain image` {
  private static let block = 64 << 10

  private static func fileSystem(_ name: String, _ endianness: Endianness = .little) -> [UInt8] {
    let bytes = jffs2(name, endianness)
    return bytes + [UInt8](repeating: 0xFF, count: block - bytes.count)
  }

  /// An image, and whether one walk over it is enough to know that it is one file system.
  private static let images: [(String, [UInt8], Bool)] = [
    ("a file system", fileSystem("a"), true),
    ("a big-endian one", fileSystem("a", .big), true),
    ("one in a U-Boot image", uImage(fileSystem("a")), true),
    ("one after erased flash", [UInt8](repeating: 0xFF, count: block) + fileSystem("a"), false),
    ("two in a row", fileSystem("a") + fileSystem("b"), false),
    ("two of different byte orders", fileSystem("a") + fileSystem("b", .big), false),
    (
      "two with foreign data between them",
      fileSystem("a") + [UInt8](repeating: 7, count: block) + fileSystem("a"), false
    ),
    (
      "one with a table after it",
      fileSystem("a") + Array("mtdparts=flash:64k(a),-(b)\0\0\0".utf8), false
    ),
  ]

  @Test(arguments: images)
  func `is read once, and is what a search would find`(
    label: String, bytes: [UInt8], isPlain: Bool
  ) throws {
    let partitions = try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
    #expect(partitions.map { $0.log != nil } == partitions.map { _ in isPlain })
    for partition in partitions where isPlain {
      let start = partition.range.start
      let range = start..<start + UInt64(partition.range.length)
      #expect(
        try PartitionSearch(partition.range.image, range).partitions() == [
          PartitionCandidate(name: nil, range: range, source: .wholeImage)
        ])
      let known = try Volume(scanning: partition.range, reusing: partition.log)
      #expect(try known.names() == Volume(scanning: partition.range).names())
    }
  }

  @Test func `is searched if another byte order is specified`() throws {
    let image = try FlashImage(bytes: Self.fileSystem("a"))
    let options = FirmwareProbe.Options(endianness: .big)
    #expect(throws: FirmwareError.self) { try FirmwareProbe(image, options).partitions() }
  }
}
