import Firmware
import JFFS2
import Storage
import TestSupport
import Testing

/// The evidence of nodes for boundaries between file systems.
@Suite struct `Boundaries by evidence` {
  private static let block = 64 << 10

  /// An image as mkfs.jffs2 makes it: its files are numbered from `first` on and filled with `byte`.
  private func image(
    _ files: Range<UInt32>, firstInode: UInt32 = 2, size: UInt32 = 3000, byte: UInt8
  ) -> [UInt8] {
    var builder = ImageBuilder()
    for number in files {
      let ino = number + firstInode
      builder.addDirent(version: number, ino: ino, name: "f\(number)")
      builder.addInode(
        ino, version: 1, fileSize: size, payload: [UInt8](repeating: byte, count: Int(size)))
    }
    builder.padWithErased(toMultipleOf: Self.block)
    return builder.bytes
  }

  private func find(_ bytes: [UInt8]) throws -> [Partition] {
    try FirmwareProbe(FlashImage(bytes: bytes)).partitions()
  }

  private func starts(_ bytes: [UInt8]) throws -> [UInt64] {
    try find(bytes).map(\.range.start)
  }

  @Test func `an image begins where dirents count from 0 again`() throws {
    let (old, new) = (image(0..<30, byte: 1), image(0..<30, byte: 2))
    #expect(try starts(old + new) == [0, UInt64(old.count)])
  }

  @Test(arguments: [0, 3])
  func `the same image may be in two slots`(erasedBlocks: Int) throws {
    let slot = image(0..<30, byte: 1)
    let boot = [UInt8](repeating: 0x5A, count: Self.block)
    let erased = [UInt8](repeating: 0xFF, count: erasedBlocks * Self.block)
    var written = ImageBuilder()
    written.add(raw: slot)
    written.addInode(2, version: 2, mode: 0o100600, fileSize: 3000)
    written.padWithErased(toMultipleOf: Self.block)
    for first in [slot, written.bytes] {
      let second = UInt64(boot.count + first.count + erased.count)
      #expect(try starts(boot + first + erased + slot) == [UInt64(boot.count), second])
    }
  }

  @Test func `the cleanmarker before an image belongs to it`() throws {
    var marker = ImageBuilder()
    marker.addCleanmarker()
    let old = marker.bytes + image(0..<30, byte: 1).dropLast(12)
    let new = marker.bytes + image(0..<30, byte: 2).dropLast(12)
    #expect(try starts(old + new) == [0, UInt64(old.count)])
  }

  @Test func `what mkfs.jffs2 -i adds to an image is part of it`() throws {
    let bytes = image(0..<30, byte: 1) + image(0..<5, firstInode: 40, byte: 2)
    #expect(try starts(bytes) == [0])
  }

  @Test(arguments: [true, false])
  func `the driver writes in the middle of a file that has grown`(isUnfinished: Bool) throws {
    var builder = ImageBuilder()
    builder.add(raw: Array(image(0..<5, size: 300, byte: 1).prefix(3000)))
    builder.padWithErased(toMultipleOf: 512)
    // A node that was not finished counts, but does not change the size.
    let bytes = [UInt8](repeating: 2, count: 500)
    builder.addInode(
      2, version: 2, offset: 300, payload: bytes, flaws: isUnfinished ? [.dataCRC] : [])
    builder.addInode(
      2, version: 3, fileSize: isUnfinished ? 300 : 800, offset: 100, payload: [3, 3, 3])
    builder.addInode(3, version: 2, offset: 300, payload: bytes)
    builder.padWithErased(toMultipleOf: Self.block)
    #expect(try starts(builder.bytes) == [0])
  }

  /// A directory that is in memory gets new versions of its names.
  @Test func `garbage collection copies an image with new versions of its names`() throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: "d", type: 4)
    builder.addInode(2, version: 1, mode: 0o040755)
    for number in 1..<20 as Range<UInt32> {
      builder.addDirent(
        parent: number < 5 ? 1 : 2, version: number, ino: number + 2, name: "f\(number)")
      builder.addInode(number + 2, version: 1, payload: [UInt8(number)])
    }
    builder.padWithErased(toMultipleOf: Self.block)
    for number in 1..<5 as Range<UInt32> {
      builder.addDirent(version: number + 6, ino: number + 2, name: "f\(number)")
      builder.addInode(number + 2, version: 1, payload: [UInt8(number)])
    }
    builder.padWithErased(toMultipleOf: Self.block)
    #expect(try starts(builder.bytes) == [0])
  }

  /// Six files with names, versions and contents.
  private func part(_ versions: UInt32, _ name: String) -> [UInt8] {
    var builder = ImageBuilder()
    builder.addCleanmarker(flaws: [.obsolete])
    for ino in 2..<8 as Range<UInt32> {
      builder.addInode(ino, version: versions, mode: 0o100600, fileSize: 0)
      builder.addDirent(version: versions + ino, ino: ino, name: "\(name)\(ino)")
      builder.addInode(ino, version: versions + 1, mode: 0o100600, payload: [1, 2, 3])
    }
    builder.padWithErased(toMultipleOf: Self.block)
    return builder.bytes
  }

  /// The log starts in the second block, and blocks between its oldest and its newest nodes are erased.
  @Test(arguments: [(7, 1), (40, 2), (500, 2)] as [(UInt32, Int)])
  func `a log of which the middle was erased is one file system`(versions: UInt32, count: Int)
    throws
  {
    let erased = [UInt8](repeating: 0xFF, count: Self.block)
    // Versions that are far away are those of two file systems.
    #expect(try starts(erased + part(versions, "new") + part(1, "old")).count == count)
  }

  @Test(arguments: [0, 4, 512, 4096, 0x8000, 0x10000])
  func `two file systems that share no version are found after any header`(header: Int) throws {
    let front = (0..<header).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7 | 1) }
    let found = try starts(front + part(500, "a") + part(1, "b"))
    #expect(found == [UInt64(header), UInt64(header + Self.block)])
  }

  @Test func `a hole that garbage collection wrote again is of the same file system`() throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    builder.addInode(2, version: 2, payload: [1])
    builder.addInode(2, version: 4, fileSize: 1300, payload: [2, 3])
    builder.padWithErased(toMultipleOf: Self.block)
    builder.addInode(
      2, version: 3, fileSize: 2000, offset: 1, size: 1299, compressedSize: 0, compression: .zero)
    builder.addInode(2, version: 5, offset: 1300, payload: [UInt8](repeating: 2, count: 700))
    builder.padWithErased(toMultipleOf: Self.block)
    #expect(try starts(builder.bytes) == [0])
  }

  @Test func `versions that continue after a block of zeros are one file system`() throws {
    var bytes = image(0..<60, byte: 1)
    #expect(bytes.count >= 3 * Self.block)
    bytes.replaceSubrange(
      Self.block..<2 * Self.block, with: [UInt8](repeating: 0, count: Self.block))
    #expect(try starts(bytes) == [0])
  }

  @Test func `the rest of an older image is named and not mixed in`() throws {
    let old = image(0..<60, byte: 1)
    let new = image(0..<60, size: 1500, byte: 2)
    #expect(new.count < old.count)
    let found = try find(new + old[new.count...])
    #expect(found.map(\.range.start) == [0])
    #expect(found.map(\.range.length) == [UInt32(new.count)])
    #expect(
      found.first?.warnings == [
        "leftover of an older file system after jffs2@0x0, "
          + "0x\(String(new.count, radix: 16)) to 0x\(String(old.count, radix: 16))"
      ])
    #expect(found.first?.flaws == found.first?.warnings)
  }

  @Test func `the rest of an older image with more of the last file is not mixed in`() throws {
    var new = ImageBuilder()
    new.addDirent(version: 0, ino: 2, name: "last")
    var old = new
    new.addInode(2, version: 1, payload: [UInt8](repeating: 2, count: 3000))
    new.padWithErased(toMultipleOf: Self.block)
    for version in 1...40 as ClosedRange<UInt32> {
      old.addInode(
        2, version: version, fileSize: 40 * 4096, offset: (version - 1) * 4096,
        payload: [UInt8](repeating: 1, count: 4096))
    }
    let rest = old.bytes[Self.block...]
    let found = try find(new.bytes + rest)
    #expect(found.map(\.range.length) == [UInt32(Self.block)])
    #expect(found.first?.flaws.count == 1)
  }

  /// The driver used the block after the image's start again.
  @Test(arguments: [1, 2])
  func `later data of the last file after the start of an image are the driver's`(count: UInt32)
    throws
  {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: "last")
    for version in 1...15 as ClosedRange<UInt32> {
      builder.addInode(
        2, version: version, fileSize: 20 * 4096, offset: (version - 1) * 4096,
        payload: [UInt8](repeating: 1, count: 4096))
    }
    builder.padWithErased(toMultipleOf: Self.block)
    for version in 31..<31 + count {
      builder.addInode(
        2, version: version, fileSize: 6000, times: (9, 9, 9),
        offset: 6000 - (31 + count - version),
        payload: [2])
    }
    builder.addDirent(version: 1, ino: 0, name: "deleted")
    builder.padWithErased(toMultipleOf: Self.block)
    #expect(try starts(builder.bytes) == [0])
  }

  @Test func `blocks of another size are another file system`() throws {
    var first = ImageBuilder()
    first.addCleanmarker()
    first.addDirent(version: 0, ino: 2, name: "a")
    first.addInode(2, version: 1, payload: [UInt8](repeating: 1, count: 9000))
    first.padWithErased(toMultipleOf: Self.block)
    // Nothing but the distance of the cleanmarkers says that it is another one.
    var second = ImageBuilder()
    for _ in 0..<6 {
      second.addCleanmarker()
      second.padWithErased(toMultipleOf: 4096)
    }
    second.addInode(2, version: 7, payload: [1])
    second.addDirent(version: 9, ino: 0, name: "deleted")
    #expect(try starts(first.bytes + second.bytes) == [0, UInt64(Self.block)])
  }

  @Test func `types of one inode separate three file systems`() throws {
    let other = (0..<Self.block).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var last = ImageBuilder()
    last.addCleanmarker()
    for ino in UInt32(2)...8 {
      last.addDirent(version: ino, ino: ino, name: "d\(ino)", type: 4)
      last.addInode(ino, version: 9, mode: 0o040755)
    }
    let images = [image(0..<30, byte: 1), image(0..<10, byte: 2) + other, last.bytes]
    let expected = [0, images[0].count, images[0].count + images[1].count].map { UInt64($0) }
    #expect(try starts(images.flatMap(\.self)) == expected)
  }

  @Test(arguments: [0, 1, 2])
  func `bytes that are missing between two file systems are reported`(missing: Int) throws {
    let first = image(0..<30, byte: 1)
    var bytes = first.dropLast(missing) + image(0..<30, byte: 2)
    bytes.append(contentsOf: [UInt8](repeating: 0xFF, count: missing))
    let found = try find(Array(bytes))
    #expect(found.map(\.range.start) == [0, UInt64(first.count - missing)])
    #expect(found[0].flaws.isEmpty == (missing == 0))
  }

  @Test(arguments: [1, 2, 3, 5])
  func `bytes that are inserted between two file systems are reported`(inserted: Int) throws {
    let first = image(0..<30, byte: 1)
    let erased = [UInt8](repeating: 0xFF, count: 2000)
    let bytes = first + erased + [UInt8](repeating: 0x7A, count: inserted) + erased
    let found = try find(bytes + image(0..<30, byte: 2))
    #expect(found.map(\.range.start) == [0, UInt64(bytes.count)])
    #expect(found[0].flaws.count == 1)
  }

  @Test func `an image between two file systems in use is found by its start`() throws {
    // Each conflicts with its neighbor in the last node of the image only, or in one that follows.
    var first = ImageBuilder()
    first.addCleanmarker()
    first.addInode(9, version: 1, payload: [1])
    first.addDirent(version: 40, ino: 9, name: "x")
    first.padWithErased(toMultipleOf: Self.block)
    var last = ImageBuilder()
    last.addCleanmarker()
    last.addInode(30, version: 5, payload: [2])
    for version in UInt32(6)...7 { last.addDirent(version: version, ino: 30, name: "y\(version)") }
    last.addInode(9, version: 1, payload: [3])
    last.addDirent(version: 41, ino: 9, name: "z")
    let bytes = first.bytes + image(0..<8, byte: 1) + last.bytes
    #expect(try starts(bytes) == [0, 1, 2].map { UInt64($0 * Self.block) })
  }

  @Test func `an interrupted update stays one file system`() throws {
    let (old, new) = (image(0..<60, byte: 1), image(0..<60, byte: 2))
    let bytes = new[..<(2 * Self.block)] + old[(2 * Self.block)...]
    #expect(try starts(Array(bytes)) == [0])
  }

  @Test(arguments: [4, 16, 100, 1024])
  func `file systems of both byte orders are separated at any multiple of 4`(alignment: Int) throws
  {
    var first = jffs2("little")
    first.removeLast(first.count - 200)
    while first.count % alignment != 0 { first.append(0xFF) }
    let bytes = first + jffs2("big", .big)
    #expect(try starts(bytes) == [0, UInt64(first.count)])
  }

  @Test func `a single cleanmarker in other data is not a file system`() throws {
    var builder = ImageBuilder()
    builder.addCleanmarker()
    let foreign = (0..<Self.block).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let bytes = foreign + builder.bytes + foreign + jffs2("real")
    #expect(try find(bytes).count == 1)
  }

  /// The last name leads to an inode number with which the driver's file system begins, too.
  @Test func `a hard link at the end of an image does not take in the next inode`() throws {
    var first = ImageBuilder()
    for number in 0..<30 as Range<UInt32> {
      first.addDirent(version: number, ino: number + 2, name: "f\(number)")
      first.addInode(number + 2, version: 1, payload: [UInt8](repeating: 1, count: 3000))
    }
    first.addDirent(version: 30, ino: 2, name: "link")
    first.padWithErased(toMultipleOf: Self.block)
    var second = ImageBuilder()
    for number in 2..<8 as Range<UInt32> {
      second.addInode(number, version: 1, mode: 0o040755, payload: [])
      second.addDirent(version: number - 1, ino: number, name: "d\(number)", type: 4)
    }
    second.padWithErased(toMultipleOf: Self.block)
    #expect(try starts(first.bytes + second.bytes) == [0, UInt64(first.bytes.count)])
  }

  /// Free blocks have only a cleanmarker each; the block after them is unreadable.
  @Test(arguments: [1, 2, 5], [16 << 10, 64 << 10])
  func `free blocks before a damaged one belong to the file system after it`(
    free: Int, otherBlock: Int
  ) throws {
    var builder = ImageBuilder()
    for _ in 0..<free {
      builder.addCleanmarker()
      builder.padWithErased(toMultipleOf: Self.block)
    }
    builder.add(raw: (0..<Self.block).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) })
    for number in 2..<5 as Range<UInt32> {
      builder.addCleanmarker()
      builder.addInode(number, version: 1, payload: [1])
      builder.addDirent(version: number + 8, ino: number, name: "f\(number)")
      builder.padWithErased(toMultipleOf: free == 1 ? Self.block : otherBlock)
    }
    #expect(try starts(builder.bytes) == [0])
  }

  /// The first image has lost its first block, and the second has a directory with the number of the first one's.
  @Test func `names without a directory do not join the end of an image to the next one`() throws {
    func image(names: Range<UInt32>, _ byte: UInt8, start: UInt32) -> [UInt8] {
      var builder = ImageBuilder()
      for number in start..<names.upperBound {
        let isDirectory = number == 3
        builder.addDirent(
          parent: number > 3 ? 5 : 1, version: number, ino: number + 2, name: "f\(number)\(byte)",
          type: isDirectory ? 4 : 8)
        builder.addInode(
          number + 2, version: 1, mode: isDirectory ? 0o040755 : 0o100644,
          payload: isDirectory ? [] : [UInt8](repeating: byte, count: 2000))
      }
      builder.padWithErased(toMultipleOf: Self.block)
      return builder.bytes
    }
    let (first, second) = (image(names: 0..<60, 1, start: 25), image(names: 0..<20, 2, start: 0))
    #expect(try starts(first + second) == [0, UInt64(first.count)])
  }

  /// One boundary in the middle of the image would satisfy all conflicts.
  @Test func `an image between file systems that conflict with different parts of it is whole`()
    throws
  {
    func used(_ inodes: Range<UInt32>, names: Range<UInt32>, _ byte: UInt8) -> [UInt8] {
      var builder = ImageBuilder()
      for (ino, version) in zip(inodes, names) {
        builder.addInode(ino, version: 1, payload: [])
        builder.addDirent(version: version, ino: ino, name: "u\(ino)")
        builder.addInode(ino, version: 2, payload: [byte, byte])
      }
      builder.padWithErased(toMultipleOf: Self.block)
      return builder.bytes
    }
    let made = image(0..<12, size: 100, byte: 9)
    let (first, last) = (used(10..<16, names: 30..<36, 1), used(2..<5, names: 50..<53, 2))
    #expect(
      try starts(first + made + last)
        == [0, UInt64(first.count), UInt64(first.count + made.count)])
  }

  /// Without that name, nothing would speak against one file system.
  @Test(arguments: [1, 2] as [UInt32])
  func `a name in a file of an image is another file system's`(parent: UInt32) throws {
    var used = ImageBuilder()
    used.addInode(20, version: 1)
    used.addDirent(version: 50, ino: 20, name: "log")
    used.addInode(20, version: 2, payload: [1, 2])
    used.addDirent(parent: parent, version: 60, ino: 0, name: "deleted")
    let image = image(0..<12, byte: 9)
    #expect(try starts(image + used.bytes) == (parent == 2 ? [0, UInt64(image.count)] : [0]))
  }

  /// The nodes of the image cross the blocks of the free ones.
  @Test func `free blocks before an image of other blocks are not part of it`() throws {
    var free = ImageBuilder()
    for _ in 0..<4 {
      free.addCleanmarker()
      free.padWithErased(toMultipleOf: 16 << 10)
    }
    #expect(try starts(free.bytes + image(0..<30, byte: 1)) == [0, UInt64(free.bytes.count)])
  }

  /// On NAND, cleanmarkers are in the spare area.
  @Test func `the last free block before a file system without cleanmarkers is not part of it`()
    throws
  {
    func used(_ byte: UInt8, hasMarkers: Bool) -> [UInt8] {
      var builder = ImageBuilder()
      if hasMarkers { builder.addCleanmarker() }
      builder.addInode(2, version: 1)
      builder.addDirent(version: 1, ino: 2, name: "f")
      builder.addInode(2, version: 2, payload: [byte, byte])
      for _ in 0..<(hasMarkers ? 3 : 0) {
        builder.padWithErased(toMultipleOf: 16 << 10)
        builder.addCleanmarker()
      }
      builder.padWithErased(toMultipleOf: Self.block)
      return builder.bytes
    }
    let first = used(1, hasMarkers: true)
    #expect(try starts(first + used(2, hasMarkers: false)) == [0, UInt64(first.count)])
  }
}
