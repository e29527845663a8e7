import Firmware
import JFFS2
import Storage
import Support
import TestSupport
import Testing

@Suite struct FlattenedImageTreeTests {
  /// A blob with the given properties in two children of `/images`.
  private func tree(
    _ first: [(name: String, value: [UInt8])], _ second: [(name: String, value: [UInt8])] = [],
    folder: String = "images"
  ) -> [UInt8] {
    var strings: [UInt8] = []
    func padded(_ bytes: [UInt8]) -> [UInt8] {
      bytes + Array(repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
    func begin(_ name: String) -> [UInt8] { bigEndian(1) + padded(Array(name.utf8) + [0]) }
    func image(_ name: String, _ properties: [(name: String, value: [UInt8])]) -> [UInt8] {
      var bytes = begin(name)
      for property in properties {
        bytes += bigEndian(3) + bigEndian(property.value.count) + bigEndian(strings.count)
        bytes += padded(property.value)
        strings += Array(property.name.utf8) + [0]
      }
      return bytes + bigEndian(2)
    }
    let structure =
      begin("") + begin(folder) + image("kernel", first) + image("rootfs", second)
      + bigEndian(2) + bigEndian(2) + bigEndian(9)
    let total = 40 + structure.count + strings.count
    let header = [0xD00D_FEED, total, 40, 40 + structure.count, 16, 17, 16, 0, 0, 0]
    return header.flatMap(bigEndian) + structure + strings
  }

  @Test func `the image that holds JFFS2 is taken`() throws {
    let bytes = tree([("data", [1, 2, 3])], [("type", [0x61, 0]), ("data", jffs2("fit"))])
    let found = try partition(bytes)
    #expect(found.containers == [.flattenedImageTree(offset: 0)])
    #expect(try Volume(scanning: found.range).names() == ["fit"])
  }

  @Test func `the file system that replaces that in a FIT image is alone in its file`() throws {
    let bytes = tree([("data", [1, 2, 3])], [("data", jffs2("fit"))])
    let replacement = try FirmwareReplacement(try partition(bytes))
    #expect(replacement.prefix.isEmpty && replacement.suffix.isEmpty)
    #expect(replacement.leftOut == .flattenedImageTree(offset: 0))
    let file = try FlashImage(bytes: jffs2())
    try replacement.updateHeaders(in: file, byteCount: 64, time: 0) { _, _ in
      Issue.record("there are no headers")
    }
  }

  @Test func `images outside the blob are found`() throws {
    let blob = tree([], [("data-offset", bigEndian(8)), ("data-size", bigEndian(jffs2().count))])
    let gap = (4 - blob.count % 4) % 4 + 8
    let bytes = blob + Array(repeating: 0x41, count: gap) + jffs2("outside")
    #expect(try partition(bytes).range.start == UInt64(blob.count + gap))
    let size = ("data-size", bigEndian(jffs2().count))
    let absolute = tree([], [("data-position", bigEndian(4096)), size])
    let fill = Array(repeating: 0x41 as UInt8, count: 4096 - absolute.count)
    #expect(try partition(absolute + fill + jffs2()).range.start == 4096)
  }

  @Test func `a plain device tree is not a container`() throws {
    let seen = try failure(tree([("data", [1])], folder: "soc"))
    #expect(seen?.description.contains("device tree") == true)
  }

  @Test func `a FIT image without JFFS2 is reported`() throws {
    #expect(try failure(tree([("data", [1])]))?.description.contains("dumpimage -l") == true)
  }

  @Test func `no damage to a tree is fatal`() throws {
    let good = tree([("data", [1, 2, 3])], [("data", [4])])
    for index in good.indices {
      for value in [0x00, 0xFF, 0x7F] as [UInt8] {
        var bytes = good
        bytes[index] = value
        #expect(try failure(bytes) != nil)
      }
      #expect(try failure(Array(good.prefix(index))) != nil)
    }
  }
}
