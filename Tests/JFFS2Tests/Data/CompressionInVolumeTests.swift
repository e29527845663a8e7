import JFFS2
import TestSupport
import Testing

/// Files whose chunks are stored with each compressor.
@Suite struct CompressionInVolumeTests {
  private static let sizes = [4096, 1, 2000, 4096, 317]

  private func volume(
    _ order: Endianness, _ encoder: Encoder, _ contents: [UInt8]
  ) throws -> Volume {
    try volumeOfOneFile(order) { image in
      var offset = 0
      for (index, size) in Self.sizes.enumerated() {
        image.addInode(
          fileIno, version: UInt32(index + 1), fileSize: UInt32(contents.count),
          offset: UInt32(offset), payload: encoder.encode(Array(contents[offset..<offset + size])),
          size: UInt32(size), compression: encoder.compression)
        offset += size
      }
    }
  }

  private var contents: [UInt8] {
    var random = SeededGenerator(seed: 11)
    return random.bytes(Self.sizes.reduce(0, +))
  }

  @Test(arguments: Encoder.all, Endianness.allCases)
  func `a file reads as it was before compression`(
    _ encoder: Encoder, _ order: Endianness
  ) throws {
    let contents = contents
    let volume = try volume(order, encoder, contents)
    #expect(try volume.contents(of: fileIno) == contents)
    #expect(try volume.attributes(of: fileIno).size == UInt64(contents.count))
  }

  @Test(arguments: Encoder.all, Endianness.allCases)
  func `any part of a chunk reads as the whole has it`(
    _ encoder: Encoder, _ order: Endianness
  ) throws {
    let contents = contents
    let volume = try volume(order, encoder, contents)
    for offset in [0, 1, 4000, 4095, 4096, 4097, 6000, 6097, 10_192, 10_509] {
      for count in [1, 2, 100, 4096, 5000] {
        let bytes = try volume.contents(of: fileIno, from: UInt64(offset), count: count)
        #expect(bytes == Array(contents.dropFirst(offset).prefix(count)), "\(count) at \(offset)")
      }
    }
  }

  @Test(arguments: Endianness.allCases)
  func `compressors may be mixed and newer data may be inside a chunk`(_ order: Endianness) throws {
    var random = SeededGenerator(seed: 12)
    var contents: [UInt8] = []
    let volume = try volumeOfOneFile(order) { image in
      let size = UInt32(Encoder.all.count * 500)
      for (index, encoder) in Encoder.all.enumerated() {
        let chunk = random.bytes(500)
        image.addInode(
          fileIno, version: UInt32(2 * index + 1), fileSize: size,
          offset: UInt32(contents.count), payload: encoder.encode(chunk), size: 500,
          compression: encoder.compression)
        image.addText(
          UInt32(2 * index + 2), "N", count: 9, at: UInt32(contents.count + 200), fileSize: size)
        contents += chunk[..<200] + text("N", 9) + chunk[209...]
      }
    }
    #expect(try volume.contents(of: fileIno) == contents)
    for start in stride(from: 0, to: contents.count, by: 73) {
      #expect(
        try volume.contents(of: fileIno, from: UInt64(start), count: 73)
          == Array(contents[start...].prefix(73)))
    }
  }
}
