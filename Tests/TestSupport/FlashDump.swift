internal import JFFS2

/// A small camera's flash memory: an empty JFFS2 between foreign data, then three of them side by side, of which each has a file with
/// two names and the same inode numbers as the others.
package enum FlashDump {
  package static let blockSize = 64 << 10

  /// The file systems by name, as they follow each other, and where they begin.
  package static let offsets: [(name: String, offset: UInt64)] = [
    ("spare", 0x40000), ("app", 0x80000), ("config", 0xC0000), ("data", 0xE0000),
  ]

  /// The parameters of the flash for the kernel.
  package static let table =
    "spi0.0:256k(boot),128k(spare),128k(kernel),256k(app),128k(config),-(data)"

  /// The dump of 1 MiB.
  ///
  /// - Parameter table: What is in U-Boot's environment after `mtdparts=`; nil for none.
  package static func bytes(table: String? = nil) -> [UInt8] {
    var generator = SeededGenerator(seed: 3)
    func foreign(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    var environment: [UInt8] = []
    if let table { environment = Array("bootdelay=1\0mtdparts=\(table)\0baudrate=9600\0\0".utf8) }
    var dump = environment + foreign((256 << 10) - environment.count, &generator)
    dump += fileSystem(nil, blocks: 2)
    dump += foreign(128 << 10, &generator)
    dump += fileSystem("app", blocks: 4)
    dump += fileSystem("config", blocks: 2)
    dump += fileSystem("data", blocks: 2)
    return dump
  }

  /// A file system of some erase blocks; with a name it holds `NAME.txt`, its second name `link`, and both contain the name.
  package static func fileSystem(_ name: String?, blocks: Int) -> [UInt8] {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    if let name {
      builder.addDirent(version: 1, ino: 2, name: "\(name).txt")
      builder.addInode(2, version: 1, payload: Array("\(name)\n".utf8))
      builder.addDirent(version: 2, ino: 2, name: "link")
    }
    builder.padWithErased(toMultipleOf: blockSize)
    for _ in 1..<blocks {
      builder.addCleanmarker()
      builder.padWithErased(toMultipleOf: blockSize)
    }
    return builder.bytes
  }
}
