import JFFS2
import TestSupport
import Testing

/// Reads of whole files and of any part of them.
@Suite struct FileReadTests {
  /// Holes, a split node, cut nodes, and data beyond the end.
  private func fragmented(_ order: Endianness) throws -> (volume: Volume, contents: [UInt8]) {
    let volume = try volumeOfOneFile(order) { image in
      image.addText(6, "F", count: 3, at: 13, fileSize: 61)
      image.addText(1, "A", count: 16)
      image.addText(5, "E", count: 4, at: 4, fileSize: 66)
      image.addText(2, "B", count: 8, at: 24)
      let letters = Array("abcdefghijklmnopqrstuvwxyz".utf8)
      image.addInode(
        fileIno, version: 3, offset: 40, payload: ZlibEncoder.encode(letters), size: 26,
        compression: .zlib)
      image.addZeros(4, count: 5, at: 45)
    }
    var contents = text("A", 16) + zeros(8) + text("B", 8) + zeros(8)
    contents += Array("abcde".utf8) + zeros(5) + Array("klmnopqrstu".utf8)
    contents.replaceSubrange(4..<8, with: text("E", 4))
    contents.replaceSubrange(13..<16, with: text("F", 3))
    return (volume, contents)
  }

  @Test(arguments: Endianness.allCases)
  func `every part of a fragmented file reads as the whole has it`(_ order: Endianness) throws {
    let (volume, contents) = try fragmented(order)
    #expect(try volume.contents(of: fileIno) == contents)
    for offset in 0...contents.count + 2 {
      for count in 0...contents.count + 4 {
        let expected = Array(contents.dropFirst(offset).prefix(count))
        let bytes = try volume.contents(of: fileIno, from: UInt64(offset), count: count)
        if bytes != expected { Issue.record("\(count) bytes at \(offset): \(bytes)") }
      }
    }
  }

  @Test(arguments: Endianness.allCases)
  func `no data after the end is read`(_ order: Endianness) throws {
    let (volume, contents) = try fragmented(order)
    for offset in [UInt64(contents.count), UInt64(UInt32.max), UInt64(UInt32.max) + 1, .max] {
      #expect(try volume.contents(of: fileIno, from: offset, count: 100) == [])
    }
  }

  @Test(arguments: Endianness.allCases)
  func `a sparse file of almost 4 GiB is read directly at any offset`(
    _ order: Endianness
  ) throws {
    let end = UInt32.max
    let volume = try volumeOfOneFile(order) { image in
      image.addText(1, "A", count: 10)
      image.addZeros(2, count: end - 10, at: 10)
      image.addText(3, "Z", count: 4, at: end - 4)
    }
    #expect(try volume.attributes(of: fileIno).size == UInt64(end))
    #expect(
      try volume.contents(of: fileIno, from: 8, count: 100) == text("A", 2) + zeros(98))
    #expect(
      try volume.contents(of: fileIno, from: UInt64(end) - 6, count: 100)
        == zeros(2) + text("Z", 4))
  }

  @Test(arguments: Endianness.allCases)
  func `for the driver a range that no node covers reads as zeros`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order, .zero) { $0.addText(1, "A", count: 4, at: 10_000) }
    #expect(try volume.contents(of: fileIno) == zeros(10_000) + text("A", 4))
  }

  @Test(arguments: Endianness.allCases)
  func `a node of 300 000 bytes reads whole and in pieces`(_ order: Endianness) throws {
    var random = SeededGenerator(seed: 5)
    let data = random.bytes(300_000)
    let volume = try volumeOfOneFile(order, .zero) { image in
      image.addInode(
        fileIno, version: 1, fileSize: 300_010, offset: 3, payload: ZlibEncoder.encode(data),
        size: 300_000, compression: .zlib)
      image.addText(2, "B", count: 7, at: 300_003)
      image.addText(3, "C", count: 9, at: 100_000, fileSize: 300_010)
    }
    var contents = zeros(3) + data + text("B", 7)
    contents.replaceSubrange(100_000..<100_009, with: text("C", 9))
    for offset in [0, 1, 4095, 99_990, 131_072, 299_999] {
      for count in [1, 4096, 131_072] {
        let bytes = try volume.contents(of: fileIno, from: UInt64(offset), count: count)
        #expect(bytes == Array(contents.dropFirst(offset).prefix(count)), "\(count) at \(offset)")
      }
    }
    #expect(try volume.contents(of: fileIno) == contents)
  }

  @Test(arguments: Endianness.allCases)
  func `many nodes in falling order of place read as one file`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      for index in (0..<200).reversed() {
        image.addInode(
          fileIno, version: UInt32(index) + 1, fileSize: 200 * 37, offset: UInt32(index * 37),
          payload: [UInt8](repeating: UInt8(index), count: 37))
      }
    }
    let contents = (0..<200).flatMap { [UInt8](repeating: UInt8($0), count: 37) }
    #expect(try volume.contents(of: fileIno) == contents)
    #expect(
      try volume.contents(of: fileIno, from: 1000, count: 3000) == Array(contents[1000..<4000]))
  }

  @Test(arguments: Endianness.allCases)
  func `only regular files can be read`(_ order: Endianness) throws {
    let volume = try volumeOfOneFile(order) { image in
      image.addInode(fileIno, version: 1, mode: 0o120777, payload: Array("target".utf8))
    }
    for ino in [fileIno, Volume.rootIno] {
      #expect(throws: JFFS2Error.wrongType(ino: ino)) {
        try volume.contents(of: ino, from: 0, count: 1)
      }
    }
    #expect(throws: JFFS2Error.noSuchInode(77)) {
      try volume.contents(of: 77, from: 0, count: 1)
    }
  }

  /// Such chunks are far from what the driver writes; decompressing one for each of its parts would be too slow.
  @Test(arguments: [6 << 20, 12 << 20, Int(Volume.maximumChunkSize)])
  func `a large chunk that is read piece by piece is decompressed once`(_ size: Int) throws {
    let volume = try volumeOfOneFile(.little) { image in
      image.addInode(
        fileIno, version: 1, payload: ZlibEncoder.encode(zeros(size)), size: UInt32(size),
        compression: .zlib)
    }
    let piece = 64 << 10
    func pieces(_ range: Range<Int>) throws -> Int {
      let start = threadProcessorTime()
      for offset in stride(from: range.lowerBound, to: range.upperBound, by: piece) {
        _ = try volume.contents(of: fileIno, from: UInt64(offset), count: piece)
      }
      return threadProcessorTime() - start
    }
    let first = try pieces(0..<piece)
    let others = try pieces(piece..<size)
    #expect(others < first * (size / piece) / 4)
  }
}
