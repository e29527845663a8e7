import JFFS2
import TestSupport
import Testing

/// Nodes with valid CRCs whose payload does not decompress to what they promise.
@Suite struct UndecodableDataTests {
  private static let chunk = Array("a chunk that was compressed, was compressed, was comp".utf8)

  /// A payload that the driver answers with EIO.
  struct Refused: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let payload: [UInt8]
    var size: UInt32 = 53
    let compression: Compression
    let reason: Damage.Reason

    static let all = [
      Refused(
        testDescription: "unknown compression", payload: chunk,
        compression: Compression(rawValue: 200), reason: .unknownCompression(200)),
      Refused(
        testDescription: "LZO without its end mark",
        payload: LZOEncoder(chunk).block.dropLast(3), compression: .lzo,
        reason: .undecodable("lzo")),
      Refused(
        testDescription: "LZO of more bytes", payload: LZOEncoder(chunk + chunk).block,
        compression: .lzo, reason: .undecodable("lzo")),
      Refused(
        testDescription: "LZO of fewer bytes", payload: LZOEncoder(chunk.dropLast()).block,
        compression: .lzo, reason: .undecodable("lzo")),
      Refused(
        testDescription: "LZO of nothing", payload: [], compression: .lzo,
        reason: .undecodable("lzo")),
      Refused(
        testDescription: "RTIME past the end", payload: [0x41, 0, 0x41, 255], compression: .rtime,
        reason: .undecodable("rtime")),
      Refused(
        testDescription: "an absurd size", payload: [0], size: Volume.maximumChunkSize + 1,
        compression: .zlib, reason: .chunkTooLarge),
    ]
  }

  /// A payload with which the driver shows something all the same.
  struct Served: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let payload: [UInt8]
    let size: UInt32
    let compression: Compression
    /// The bytes that the driver returns, zeros where they are undefined.
    let driver: [UInt8]
    /// Whether a part of that is undefined, which is an error by default.
    let isShort: Bool

    private static let stream = ZlibEncoder.encode(chunk)
    private static let padded = chunk + zeros(10)

    static let all = [
      Served(
        testDescription: "zlib with a wrong Adler-32",
        payload: stream.dropLast() + [(stream.last ?? 0) ^ 1], size: 53, compression: .zlib,
        driver: chunk, isShort: false),
      Served(
        testDescription: "zlib without Adler-32", payload: stream.dropLast(4), size: 53,
        compression: .zlib, driver: chunk, isShort: false),
      Served(
        testDescription: "zlib of more bytes", payload: ZlibEncoder.encode(padded), size: 53,
        compression: .zlib, driver: chunk, isShort: false),
      Served(
        testDescription: "zlib of fewer bytes", payload: stream, size: 63, compression: .zlib,
        driver: padded, isShort: true),
      Served(
        testDescription: "not zlib", payload: text("?", 20), size: 10, compression: .zlib,
        driver: zeros(10), isShort: true),
      Served(
        testDescription: "zlib of nothing", payload: [], size: 10, compression: .zlib,
        driver: zeros(10), isShort: true),
      Served(
        testDescription: "stored, too few", payload: chunk, size: 63, compression: .none,
        driver: padded, isShort: true),
      Served(
        testDescription: "stored, too many", payload: padded, size: 53, compression: .none,
        driver: chunk, isShort: false),
      Served(
        testDescription: "stored, nothing", payload: [], size: 10, compression: .none,
        driver: zeros(10), isShort: true),
    ]
  }

  @Test(arguments: Refused.all, Endianness.allCases)
  func `data that the driver rejects is an error, and the rest is not`(
    _ refused: Refused, _ order: Endianness
  ) throws {
    for policy in [Volume.DamagePolicy.error, .zero] {
      var place = 0
      let volume = try volumeOfOneFile(order, policy) { image in
        image.addText(1, "A", count: 10)
        image.addText(2, "O", count: 30, at: 10)
        place = image.addInode(
          fileIno, version: 3, offset: 10, payload: refused.payload, size: refused.size,
          compression: refused.compression)
        image.addText(4, "Z", count: 10, at: 10 + refused.size)
      }
      let error = JFFS2Error.damaged(
        Damage(
          ino: fileIno, range: 10..<10 + UInt64(refused.size), flashOffset: UInt64(place),
          reason: refused.reason))
      for (offset, count) in [(0, 100), (9, 2), (10, 1), (30, 5), (Int(refused.size) + 9, 2)] {
        #expect(throws: error) {
          try volume.contents(of: fileIno, from: UInt64(offset), count: count)
        }
      }
      #expect(try volume.contents(of: fileIno, from: 0, count: 10) == text("A", 10))
      #expect(
        try volume.contents(of: fileIno, from: UInt64(refused.size) + 10, count: 99)
          == text("Z", 10))
    }
  }

  @Test(arguments: Served.all, Endianness.allCases)
  func `what the driver makes up is an error unless damage reads as zeros`(
    _ served: Served, _ order: Endianness
  ) throws {
    func volume(_ policy: Volume.DamagePolicy) throws -> Volume {
      try volumeOfOneFile(order, policy) { image in
        image.addInode(
          fileIno, version: 1, payload: served.payload, size: served.size,
          compression: served.compression)
      }
    }
    let zeroing = try volume(.zero)
    #expect(try zeroing.contents(of: fileIno) == served.driver)
    #expect(
      try zeroing.contents(of: fileIno, from: 3, count: 4) == Array(served.driver[3..<7]))
    let failing = try volume(.error)
    guard served.isShort else {
      #expect(try failing.contents(of: fileIno) == served.driver)
      return
    }
    #expect(throws: JFFS2Error.self) { try failing.contents(of: fileIno) }
    do {
      _ = try failing.contents(of: fileIno, from: UInt64(served.driver.count) - 1, count: 1)
      Issue.record("no error")
    } catch JFFS2Error.damaged(let damage) {
      #expect(damage.reason == .short)
      #expect(damage.range == 0..<UInt64(served.size))
    }
  }

  @Test(arguments: Endianness.allCases, [Volume.DamagePolicy.error, .zero])
  func `what newer data cover does no harm`(
    _ order: Endianness, _ policy: Volume.DamagePolicy
  ) throws {
    let volume = try volumeOfOneFile(order, policy) { image in
      image.addInode(
        fileIno, version: 1, payload: Self.chunk, compression: Compression(rawValue: 200))
      image.addText(2, "B", count: Self.chunk.count)
    }
    #expect(try volume.contents(of: fileIno) == text("B", Self.chunk.count))
  }

  @Test(arguments: Endianness.allCases, [Volume.DamagePolicy.error, .zero])
  func `an absurd size with a wrong data CRC hides no valid data`(
    _ order: Endianness, _ policy: Volume.DamagePolicy
  ) throws {
    let volume = try volumeOfOneFile(order, policy) { image in
      image.addText(1, "A", count: 10)
      image.addInode(
        fileIno, version: 2, payload: text("?", 4), size: Volume.maximumChunkSize + 1,
        compression: .zlib, flaws: [.dataCRC])
    }
    #expect(try volume.contents(of: fileIno, from: 0, count: 10) == text("A", 10))
  }
}
