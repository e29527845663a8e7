import JFFS2
import Storage
import TestSupport
import Testing

@Suite struct MixedImages {
  private func image(_ name: String, _ letter: UInt8, extra: UInt32 = 0) -> [UInt8] {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: name)
    for version in 1...4 as ClosedRange<UInt32> {
      builder.addInode(
        2, version: version, fileSize: 16384, offset: (version - 1) * 4096,
        payload: [UInt8](repeating: letter, count: 4096))
    }
    builder.addDirent(version: 1, ino: 3, name: "b")
    builder.addInode(3, version: 1, payload: [letter, letter])
    return builder.bytes
  }

  private func volume(_ bytes: [UInt8]) throws -> Volume {
    let image = try FlashImage(bytes: bytes)
    return try Volume(scanning: FlashRange(image, 0..<image.byteCount))
  }

  @Test func `mixed images are reported`() throws {
    let damage = try volume(image("a", 1) + image("c", 2)).indexDamage.filter { $0.kind == .mixed }
    let lines = damage.map { $0.line { String(decoding: $0, as: UTF8.self) } }
    #expect(
      lines.contains {
        $0.hasPrefix(
          "/a, /c: parts of two images are mixed: inode 2 version 1 is at 0x2c and at 0x")
      })
    #expect(lines.contains { $0.contains("name of directory 1 version 0 is at 0x0 and at 0x") })
  }

  @Test func `copies of a node are not`() throws {
    var bytes = image("a", 1)
    let copy = bytes[0x2C..<0x2C + 68 + 4096]
    bytes += copy
    #expect(try volume(bytes).indexDamage.filter { $0.kind == .mixed && $0.ino == 2 } == [])
  }

  @Test func `a hole that garbage collection wrote again is not`() throws {
    let volume = try volumeOfOneFile(.little) { image in
      image.addMetadata(1, fileSize: 0)
      for time in [1000, 2000] as [UInt32] {
        image.addInode(
          fileIno, version: 2, fileSize: 8192, times: (time, time, time), size: 8192,
          compression: .zero)
      }
    }
    #expect(volume.integrityFindings == [])
  }

  @Test func `what mkfs.jffs2 -i adds is not`() throws {
    var builder = ImageBuilder()
    builder.add(raw: image("a", 1))
    builder.addDirent(version: 0, ino: 4, name: "a")
    builder.addInode(4, version: 1, payload: [1])
    builder.addDirent(version: 1, ino: 5, name: "d", type: 4)
    builder.addInode(5, version: 1, mode: 0o040755)
    builder.addDirent(parent: 5, version: 2, ino: 6, name: "e")
    builder.addInode(6, version: 1, payload: [1])
    #expect(try volume(builder.bytes).indexDamage == [])
  }

  @Test func `an interrupted update is reported where numbers fall back`() throws {
    // The first half of one version, the second of another; what both halves share is the same.
    let old = image("a", 1)
    let bytes = old + Array(old[(0x2C + 2 * (68 + 4096))...])
    let damage = try volume(bytes).indexDamage
    #expect(damage.contains { $0.kind == .mixed && $0.reason.contains("numbers restart at 0x") })
  }

  /// Files with higher numbers than one that the driver created, the first version of each with contents.
  @Test(
    arguments: [
      (count: 2, firstVersion: 1, isReported: false), (3, 1, true), (2, 0, true),
    ] as [(count: UInt32, firstVersion: UInt32, isReported: Bool)])
  func `files of mkfs.jffs2 with higher numbers than what the driver created are`(
    count: UInt32, firstVersion: UInt32, isReported: Bool
  ) throws {
    var builder = ImageBuilder()
    for number in 0..<count {
      builder.addDirent(version: firstVersion + number, ino: 3 + number, name: "f\(number)")
      builder.addInode(3 + number, version: 1, payload: [1])
    }
    builder.addInode(2, version: 1)
    builder.addDirent(version: 100, ino: 2, name: "log")
    builder.addInode(2, version: 2, payload: [1, 2, 3])
    let reasons = try volume(builder.bytes).integrityFindings.filter { $0.kind == .mixed }
      .map(\.reason)
    #expect(reasons.contains { $0.contains("has a lower number than inode") } == isReported)
  }

  /// A file of one version, and a second node of it.
  private func lastFile(
    firstSize: UInt32 = 4096, fileSize: UInt32, offset: UInt32 = 4096, version: UInt32 = 2
  ) throws -> [Finding] {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: "a")
    builder.addInode(
      2, version: 1, fileSize: firstSize, payload: [UInt8](repeating: 1, count: 4096))
    builder.addInode(
      2, version: version, fileSize: fileSize, times: (1, 1, 1), offset: offset,
      payload: [UInt8](repeating: 2, count: 1000))
    return try volume(builder.bytes).integrityFindings
  }

  @Test func `a file size that does not follow from the version before is reported`() throws {
    // Data that end at the size, or keep it, are what the driver appends or overwrites.
    #expect(try lastFile(fileSize: 5096) == [])
    #expect(try lastFile(fileSize: 4096, offset: 0) == [])
    let findings = try lastFile(fileSize: 9000)
    #expect(
      findings.contains {
        $0.kind == .mixed && $0.isDamage
          && $0.reason.contains("the file size in version 2 of inode 2, at 0x1070, does not follow")
      })
  }

  /// A change of the mode is a node without data, or the hole by which a file grows.
  @Test(arguments: [Compression.none, .zero], [true, false])
  func `data with another mode than the version before are of another image`(
    compression: Compression, isChangedBefore: Bool
  ) throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "a")
    builder.addInode(2, version: 2, payload: [1])
    if isChangedBefore { builder.addInode(2, version: 3, mode: 0o100755, fileSize: 1) }
    builder.addInode(
      2, version: isChangedBefore ? 4 : 3, mode: 0o100755, fileSize: 3, offset: 1,
      payload: compression == .zero ? [] : [2, 2], size: 2, compression: compression)
    let mixed = try volume(builder.bytes).integrityFindings.filter { $0.kind == .mixed }
    #expect(
      mixed.map { $0.reason.contains("have another mode or owner") }
        == (compression == .none && !isChangedBefore ? [true] : []))
  }

  @Test func `the last file of mkfs.jffs2 continues only where it was complete`() throws {
    // The first node is not all of its file.
    #expect(
      try lastFile(firstSize: 5096, fileSize: 5096).contains { $0.kind == .mixed && $0.ino == 2 })
    #expect(try lastFile(fileSize: 5096, version: 4).contains { $0.kind == .mixed && $0.ino == 2 })
  }

  /// Writing changes the modification time, so that of mkfs.jffs2 does not come back.
  @Test(arguments: [[100, 100, 200, 300], [100, 100, 200, 100]] as [[UInt32]])
  func `times that come back in the last file are those of another image`(
    times: [UInt32]
  ) throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: "a")
    for (version, time) in zip(1..., times) {
      // Complete after two nodes, then each half is written again.
      builder.addInode(
        2, version: UInt32(version), fileSize: 8192, times: (time, time, time),
        offset: UInt32((version + 1) % 2) * 4096, payload: [UInt8](repeating: 7, count: 4096))
    }
    let mixed = try volume(builder.bytes).indexDamage.filter { $0.kind == .mixed }
    #expect(mixed.map(\.ino) == (times[3] == 100 ? [2] : []))
  }

  /// The rest of an older image has the times of the files that did not change.
  @Test(arguments: [1_600_000_000, 1_600_000_001] as [UInt32])
  func `the last file does not continue with the time of another file`(time: UInt32) throws {
    var builder = ImageBuilder()
    builder.addDirent(version: 0, ino: 2, name: "a", changeTime: 1_600_000_000)
    builder.addInode(2, version: 1, times: (1, 1_600_000_000, 1), payload: [1])
    builder.addDirent(version: 1, ino: 3, name: "b", changeTime: 1_700_000_000)
    builder.addInode(3, version: 1, times: (1, 1_700_000_000, 1), payload: [2, 2, 2, 2])
    builder.addInode(3, version: 2, times: (1, time, 1), offset: 4, payload: [3])
    let mixed = try volume(builder.bytes).indexDamage.filter { $0.kind == .mixed }
    #expect(mixed.map(\.ino) == (time == 1_600_000_000 ? [3] : []))
  }

  private enum Addition: CaseIterable {
    case data, dataWithTimeOfOtherFile, copiesOfFirstNodes, copiesOfLastNodes, fileOfMkfs
  }

  /// The driver continues a file that is not the last one, and may be interrupted when it copies the nodes of an erase block.
  @Test(arguments: Addition.allCases)
  private func `numbers restart where the driver did not write`(_ addition: Addition) throws {
    var builder = ImageBuilder()
    var starts: [Int] = []
    for (name, ino) in zip(["a", "b", "c", "d"], UInt32(2)...) {
      starts.append(builder.bytes.count)
      builder.addDirent(version: ino - 2, ino: ino, name: name, changeTime: 1_600_000_000 + ino)
      builder.addInode(ino, version: 1, times: (1, 1_600_000_000 + ino, 1), payload: [1])
    }
    let image = builder.bytes
    let time: UInt32 = addition == .dataWithTimeOfOtherFile ? 1_600_000_002 : 1_700_000_000
    builder.addInode(3, version: 2, fileSize: 2, times: (1, time, 1), offset: 1, payload: [2])
    switch addition {
    case .data, .dataWithTimeOfOtherFile: break
    case .copiesOfFirstNodes: builder.add(raw: Array(image[..<starts[2]]))
    case .copiesOfLastNodes: builder.add(raw: Array(image[starts[2]...]))
    case .fileOfMkfs:
      builder.addDirent(version: 4, ino: 6, name: "e")
      builder.addInode(6, version: 1, payload: [1])
    }
    let mixed = try volume(builder.bytes).indexDamage.filter { $0.kind == .mixed }
    let isReported = addition != .data && addition != .copiesOfFirstNodes
    #expect(mixed.contains { $0.reason.contains("numbers restart at 0x") } == isReported)
    #expect(isReported || mixed == [])
  }

  /// The driver gives a new file the number after the highest one.
  @Test(arguments: [(UInt32(2), true), (6, false)])
  func `a file of the driver with a lower number than one of mkfs.jffs2 is reported`(
    created: UInt32, isMixed: Bool
  ) throws {
    var builder = ImageBuilder()
    for ino in 3...5 as ClosedRange<UInt32> {
      builder.addDirent(version: ino + 1, ino: ino, name: "image\(ino)")
      builder.addInode(ino, version: 1, payload: [1])
    }
    builder.addInode(created, version: 1, fileSize: 0)
    builder.addDirent(version: isMixed ? 3 : 7, ino: created, name: "created")
    builder.addInode(created, version: 2, payload: [2])
    let mixed = try volume(builder.bytes).integrityFindings.filter { $0.kind == .mixed }
    #expect(mixed.map { $0.reason.contains("inode 2 at 0x") } == (isMixed ? [true] : []))
  }

  @Test func `a node that crosses the distance of cleanmarkers is reported`() throws {
    func findings(_ cleanmarkers: [Int]) throws -> [Finding] {
      var builder = ImageBuilder()
      builder.addCleanmarker()
      builder.add(raw: image("a", 1))
      for offset in cleanmarkers {
        builder.padWithErased(toMultipleOf: offset)
        builder.addCleanmarker()
      }
      return try volume(builder.bytes).integrityFindings.filter { $0.kind == .mixed }
    }
    #expect(try findings([0x8000, 0x10000]) == [])
    // Blocks of 124 KiB, as UBI makes them.
    #expect(try findings([0x1F000, 0x3E000]) == [])
    let reasons = try findings([0x8000, 0x9000]).map(\.reason)
    #expect(reasons.count == 1 && reasons[0].contains("crosses the start of an erase block"))
  }

  /// mkfs.jffs2 knows the size of a file before it writes the first node.
  @Test(arguments: [4096, 8192] as [UInt32])
  func `a file without a name that mkfs.jffs2 wrote is reported beside one of the driver`(
    size: UInt32
  ) throws {
    var builder = ImageBuilder()
    builder.addInode(2, version: 1)
    builder.addDirent(version: 1, ino: 2, name: "log")
    builder.addInode(2, version: 2, payload: [1])
    for version in 1...size / 4096 {
      builder.addInode(
        9, version: version, fileSize: size, offset: (version - 1) * 4096,
        payload: [UInt8](repeating: 7, count: 4096))
    }
    let mixed = try volume(builder.bytes).integrityFindings.filter { $0.kind == .mixed }
    #expect(
      mixed.map { $0.reason.contains("inode 9 of mkfs.jffs2") } == (size > 4096 ? [true] : []))
  }

  @Test(arguments: [0o100644, 0o040755] as [UInt32], [0, 3] as [UInt32])
  func `a name in a regular file is of another image`(mode: UInt32, target: UInt32) throws {
    var builder = ImageBuilder()
    builder.addDirent(
      version: 1, ino: 2, name: "parent", type: UInt8(mode >> 12))
    builder.addInode(2, version: 1, mode: mode)
    builder.addInode(3, version: 1)
    builder.addDirent(version: 2, ino: 3, name: "file")
    builder.addDirent(parent: 2, version: 7, ino: target, name: "name")
    let mixed = try volume(builder.bytes).integrityFindings.filter { $0.kind == .mixed }
    #expect(
      mixed.map { $0.reason.contains("is in inode 2, which is not a directory") }
        == (mode == 0o100644 ? [true] : []))
  }
}
