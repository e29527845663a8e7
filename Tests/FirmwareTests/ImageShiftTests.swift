import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// Dumps in which bytes were inserted or lost.
@Suite struct `A shifted dump` {
  private static let block = 64 << 10

  /// An image as mkfs.jffs2 makes it, with files of two nodes each.
  private func image(
    files: UInt32, versions first: UInt32 = 0, byte: UInt32 = 1
  ) -> [UInt8] {
    var builder = ImageBuilder()
    for number in 0..<files {
      builder.addDirent(version: first + number, ino: number + 2, name: "f\(number)")
      for part in 0..<2 as Range<UInt32> {
        builder.addInode(
          number + 2, version: part + 1, fileSize: 2000, offset: part * 1000,
          payload: [UInt8](repeating: UInt8(truncatingIfNeeded: number + byte), count: 1000))
      }
    }
    builder.padWithErased(toMultipleOf: Self.block)
    return builder.bytes
  }

  /// The names of files with their right contents.
  private func intactFiles(_ bytes: [UInt8]) throws -> (names: Set<String>, flaws: [String]) {
    let found = try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
    let partition = try #require(found.first)
    #expect(found.count == 1)
    let volume = try Volume(scanning: partition.range)
    var names: Set<String> = []
    for name in try volume.names() {
      let ino = try #require(try volume.ino(name))
      let contents = try? volume.contents(of: ino)
      if contents == [UInt8](repeating: UInt8(truncatingIfNeeded: ino - 1), count: 2000) {
        names.insert(name)
      }
    }
    return (names, partition.flaws)
  }

  @Test(arguments: [1, 2, 3, 5, 17])
  func `has one byte or more too many, and loses one file`(count: Int) throws {
    var bytes = image(files: 20)
    bytes.insert(contentsOf: [UInt8](repeating: 0xA5, count: count), at: 21_000)
    let (names, flaws) = try intactFiles(bytes)
    #expect(names.count == 19)
    let unit = count == 1 ? "byte" : "bytes"
    #expect(flaws.count == 1)
    #expect(flaws.first?.hasPrefix("shifted by +\(count) \(unit) from 0x") == true)
  }

  @Test(arguments: [1, 2, 3, 4, 100])
  func `has one byte or more too few, and loses one file`(count: Int) throws {
    var bytes = image(files: 20)
    bytes.removeSubrange(21_000..<21_000 + count)
    let (names, flaws) = try intactFiles(bytes)
    #expect(names.count == 19)
    let unit = count == 1 ? "byte" : "bytes"
    #expect(flaws.count == 1)
    #expect(flaws.first?.hasPrefix("shifted by -\(count) \(unit) from 0x") == true)
  }

  @Test func `may be shifted several times`() throws {
    var bytes = image(files: 40)
    bytes.removeSubrange(21_000..<21_001)
    bytes.insert(0xA5, at: 50_000)
    let (names, flaws) = try intactFiles(bytes)
    #expect(names.count == 38)
    #expect(flaws.count == 2)
  }

  @Test func `is read through a view that leaves bytes out and fills them in`() throws {
    let image = try FlashImage(bytes: (0..<100).map { UInt8($0) })
    let view = image.correcting([
      ImageShift(offset: 10, count: 2), ImageShift(offset: 20, count: -3),
    ])
    #expect(view.byteCount == 101)
    let range = try FlashRange(view, 0..<view.byteCount)
    let expected =
      Array(0..<8) + Array(10..<20) + [0xFF, 0xFF, 0xFF] + Array(20..<100) as [UInt8]
    #expect(try range.bytes(at: 0, count: 101) == expected)
    for offset in 0..<101 {
      #expect(try range.bytes(at: UInt32(offset), count: 1) == [expected[offset]])
    }
  }

  @Test func `two file systems at different alignments are not one that is shifted`() throws {
    let first = Array(image(files: 5).prefix(11_000)) + [0xFF, 0xFF]
    let found = try PartitionSearch(FlashImage(bytes: first + image(files: 6))).partitions()
    #expect(found.map(\.range.lowerBound) == [0, UInt64(first.count)])
    #expect(found.allSatisfy { $0.shifts.isEmpty })
  }

  @Test func `moves the partitions of a table with it`() throws {
    var front = Array("mtdparts=f:64k(boot),128k(a),128k(b)\0".utf8)
    front += (front.count..<Self.block).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let (first, second) = (image(files: 50), image(files: 45, byte: 100))
    #expect([first, second].map(\.count) == [2 * Self.block, 2 * Self.block])
    let bytes = front + first[..<50_000] + [10] + first[50_000...] + second
    let found = try PartitionSearch(FlashImage(bytes: bytes)).partitions()
    #expect(found.map(\.name) == ["a", "b"])
    #expect(found.map(\.shifts.count) == [1, 0])
    #expect(found.map(\.range) == [0x10000..<0x30001, 0x30001..<0x50001])
  }
  /// Bytes are missing or surplus in the data before a file system, in the bootloader or between partitions.
  @Test(arguments: [-3, -1, 1, 2, 7], [true, false])
  func `keeps the names of partitions that begin too early or too late`(
    count: Int, isGiven: Bool
  ) throws {
    let text = "f:64k(boot),128k(a),64k(kernel),-(b)"
    let front = Array("mtdparts=\(isGiven ? "" : text)\0".utf8)
    let foreign = (0..<Self.block).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let boot = front + foreign.dropFirst(front.count)
    let (first, second) = (image(files: 50), image(files: 45, byte: 100))
    let shifted = (0..<Self.block + count).map { UInt8(truncatingIfNeeded: $0 * 11) }
    let options = FirmwareProbe.Options(table: isGiven ? try MTDParts(text) : nil)
    let beforeBoth = front + shifted.dropFirst(front.count) + first + foreign + second
    let between = boot + first + shifted + second
    for (bytes, firstFlaws) in [(beforeBoth, 1), (between, 0)] {
      let found = try FirmwareProbe(FlashImage(bytes: bytes), options).partitions()
      #expect(found.map(\.name) == ["a", "b"])
      #expect(try found.map { try Volume(scanning: $0.range).names().count } == [50, 45])
      #expect(found.map(\.flaws.count) == [firstFlaws, 1 - firstFlaws])
      let start = Self.block + (firstFlaws == 1 ? count : 3 * Self.block + count)
      let sign = count > 0 ? "+" : "-"
      #expect(
        found.flatMap(\.flaws) == [
          "shifted by \(sign)\(abs(count)) \(abs(count) == 1 ? "byte" : "bytes") from "
            + "0x\(String(start, radix: 16)) on"
        ])
    }
  }

  @Test func `is no reason to use the table of another flash memory`() throws {
    let front = Array("mtdparts=f:64k(boot),128k(a),-(b)\0".utf8)
    for offset in [Self.block + 4, Self.block + 64, Self.block + 101] {
      let bytes = front + [UInt8](repeating: 0x55, count: offset - front.count) + image(files: 5)
      let found = try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
      #expect(found.map(\.name) == ["jffs2@0x\(String(offset, radix: 16))"])
      #expect(found.flatMap(\.flaws).isEmpty)
    }
  }
}
