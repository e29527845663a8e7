import Firmware
import Foundation
import JFFS2
import Storage
import TestSupport
import Testing

/// A file system to put into a dump, and what it holds.
private struct Piece: CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let eraseSize: Int
  let tree: [String: String]

  var testDescription: String { name }

  init(_ image: AnsweredImage) throws {
    struct Answer: Decodable { let erase_size: Int }
    name = image.description
    bytes = try image.bytes()
    eraseSize = try JSONDecoder().decode(
      Answer.self, from: Data(contentsOf: image.manifestFile)
    ).erase_size
    let flash = try FlashImage(bytes: bytes)
    tree = try Self.tree(Volume(scanning: FlashRange(flash, 0..<flash.byteCount)))
  }

  /// The paths with the kind, the links and the contents of what they lead to.
  static func tree(_ volume: Volume) throws -> [String: String] {
    let inos = try VolumeTree(volume).inos
    return try Dictionary(
      uniqueKeysWithValues: inos.map { path, ino in
        let attributes = try volume.attributes(of: ino)
        let isFile = attributes.mode >> 12 == 8
        let data = isFile ? (try? volume.contents(of: ino)).map(jffs2CRCOf) : nil
        return (
          String(decoding: path, as: UTF8.self),
          "\(ino) \(attributes.mode) \(attributes.linkCount) \(attributes.size) \(data ?? 0)"
        )
      })
  }

  private static func jffs2CRCOf(_ bytes: [UInt8]) -> UInt32 { jffs2CRC(bytes.span) }

  /// Those that hold files, by the size of their erase blocks.
  static let fixtures = try? Dictionary(
    grouping: AnsweredImage.fixtures.map { try Piece($0) }.filter { $0.tree.count > 1 },
    by: \.eraseSize)
}

/// File systems that the Linux driver wrote, side by side in a flash memory without a table of partitions. Where erased blocks are
/// between them, the boundary is unknown; but each must be found, with the same contents as alone.
@Suite struct `Boundaries without a table` {
  private func foreign(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
    (0..<count / 8).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
  }

  /// Looks for the pieces in the dump and compares what is found.
  private func check(_ dump: [UInt8], _ pieces: [Piece], _ comment: Comment) throws {
    let image = try FlashImage(bytes: dump)
    let found = try PartitionSearch(image).partitions()
    #expect(found.count == pieces.count, "\(comment): \(found.map(\.range.lowerBound))")
    for (partition, piece) in zip(found, pieces) {
      let tree = try Piece.tree(Volume(scanning: FlashRange(image, partition.range)))
      #expect(tree == piece.tree, "\(comment): \(piece.name) at \(partition.range)")
    }
  }

  @Test func `one after foreign data is not split`() throws {
    var generator = SeededGenerator(seed: 5)
    for piece in try #require(Piece.fixtures).values.joined() {
      try check(foreign(3 * piece.eraseSize, &generator) + piece.bytes, [piece], "alone")
    }
  }

  /// A log in which files get second names and more data long after the first.
  private func log(files: Range<UInt32>, versions first: UInt32, blocks: Int) -> [UInt8] {
    var builder = ImageBuilder()
    var version = first
    for block in 0..<blocks {
      builder.addCleanmarker()
      for ino in files {
        version += 1
        builder.addDirent(version: version, ino: ino, name: "\(ino)-\(block)")
        let offset = UInt32(block * 100)
        builder.addInode(
          ino, version: first + UInt32(block + 1), offset: offset,
          payload: [UInt8](repeating: UInt8(block), count: 100))
      }
      builder.padWithErased(toMultipleOf: 64 << 10)
    }
    return builder.bytes
  }

  @Test(arguments: 2...12)
  func `hard links and appended data do not split one`(blocks: Int) throws {
    var generator = SeededGenerator(seed: 6)
    let front = foreign(128 << 10, &generator)
    let image = try FlashImage(bytes: front + log(files: 2..<9, versions: 0, blocks: blocks))
    #expect(try PartitionSearch(image).partitions().map(\.range.lowerBound) == [0x20000])
  }

  @Test func `two that count alike and share no version are parted by the names`() throws {
    var generator = SeededGenerator(seed: 6)
    let front = foreign(128 << 10, &generator)
    let (old, new) = (
      log(files: 2..<9, versions: 500, blocks: 1), log(files: 2..<9, versions: 0, blocks: 1)
    )
    for pair in [old + new, new + old] {
      let image = try FlashImage(bytes: front + pair)
      #expect(
        try PartitionSearch(image).partitions().map(\.range.lowerBound) == [0x20000, 0x30000])
    }
  }

  @Test(arguments: [true, false])
  func `each two in a row are parted`(isAtStart: Bool) throws {
    var generator = SeededGenerator(seed: 5)
    for (eraseSize, pieces) in try #require(Piece.fixtures) {
      let front = isAtStart ? [] : foreign(3 * eraseSize, &generator)
      for first in pieces {
        for second in pieces where first.name != second.name {
          let dump = front + first.bytes + second.bytes
          try check(dump, [first, second], "\(first.name) before \(second.name)")
        }
      }
    }
  }

  @Test func `some in a row, with foreign data or erased flash between them, are all found`() throws
  {
    try checkRandomDumps(try #require(Piece.fixtures), count: 60)
  }

  private func checkRandomDumps(_ pieces: [Int: [Piece]], count: Int) throws {
    let seed = UInt64.random(in: 0...UInt64(UInt32.max))
    var generator = SeededGenerator(seed: seed)
    let sizes = pieces.filter { $0.value.count > 1 }.keys.sorted()
    for number in 0..<count {
      let eraseSize = try #require(sizes.randomElement(using: &generator))
      let all = try #require(pieces[eraseSize]).shuffled(using: &generator)
      let chosen = Array(all.prefix(Int.random(in: 1...4, using: &generator)))
      var dump: [UInt8] = []
      var label = ""
      for piece in [nil] + chosen {
        if let piece { dump += piece.bytes }
        let gap = Int.random(in: 0...3, using: &generator) * eraseSize
        let isErased = Bool.random(using: &generator)
        dump += isErased ? [UInt8](repeating: 0xFF, count: gap) : foreign(gap, &generator)
        label += " \(piece?.name ?? "") \(isErased ? "erased" : "foreign") \(gap / eraseSize)"
      }
      try check(dump, chosen, "seed \(seed), dump \(number):\(label)")
    }
  }
}
