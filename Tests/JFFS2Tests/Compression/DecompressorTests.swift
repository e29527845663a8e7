import JFFS2
import TestSupport
import Testing

struct DecompressorTests {
  static let vectors: [(compression: Compression, payload: String, output: [UInt8])] = {
    let hello = Array("hello hello hello hello\n".utf8)
    let letters = [UInt8](repeating: UInt8(ascii: "A"), count: 300)
    return [
      (.rtime, "410f", Array(letters.prefix(16))),
      (.rtime, "41ff412b", letters),
      (.rtime, "003f", [UInt8](repeating: 0, count: 64)),
      (.rtime, "61006200630f", Array("abcabcabcabcabcabc".utf8)),
      (.rtime, "610062060000", Array("abababab\0".utf8)),
      (.rtime, "010002000303040304000500", [1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 5]),
      (.rtime, "680065006c006c006f0020110a48", hello + hello + hello + hello),
      (.rtime, "61006202", Array("abab".utf8)),
      (.dynRubin, "ff0101010101ff011936", Array(letters.prefix(16))),
      (.dynRubin, "0101010101010101000000", [UInt8](repeating: 0, count: 64)),
      (
        .dynRubin,
        "5535aab501f5d50127d642f0f01c50a09cd44e07ceeaa71eb16f4d5857827d31b4ac1300",
        hello + hello
      ),
      (.rubinMIPS, "c96fc97f09bbf6803e194ad622463f80", Array(letters.prefix(16))),
      (
        .rubinMIPS,
        "611b3eb0ac80ac8bc9bbf40f1a678ef1d01ff9f1dc9c390a9db3ff45140250bb208fa0b100455bd2b9e0d7b1"
          + "5ca1c4cf52452361ab1d40",
        hello + hello
      ),
      (
        .lzo, "12002000000000000000e600002000000000000000e50000110000",
        [UInt8](repeating: 0, count: 4096)
      ),
      (.lzma, "003099abe2273a368fee0000", (0..<100).flatMap { _ in Array("abc".utf8) }),
      (.zlib, "789c4b040000620062", Array("a".utf8)),
    ]
  }()

  @Test(arguments: vectors.indices)
  func `the published vectors decompress`(index: Int) throws {
    let (compression, payload, output) = Self.vectors[index]
    let bytes = bytes(hex: payload)
    #expect(try Expansion(of: bytes, as: compression, size: output.count).bytes == output)
    // Both numbers mean both kinds of Rubin coding.
    if compression == .dynRubin || compression == .rubinMIPS {
      let other: Compression = compression == .dynRubin ? .rubinMIPS : .dynRubin
      #expect(try Expansion(of: bytes, as: other, size: output.count).bytes == output)
    }
  }

  @Test(arguments: Encoder.all)
  func `compressed data is decompressed`(encoder: Encoder) throws {
    // One of some ten thousand payloads of rubinmips is also one of dynrubin, so its data are always the same.
    let isAmbiguous = encoder.description.hasPrefix("rubinmips")
    var random = isAmbiguous ? SeededGenerator(seed: 1) : announcedGenerator()
    var decompressor = Decompressor()
    let sizes = Array(1...40) + [255, 256, 257, 4095, 4096, 4097, 20000]
    let others = (0..<40).map { _ in Int.random(in: 1...20000, using: &random) }
    for size in sizes + others {
      let data = random.bytes(size)
      let result = try Expansion(
        of: encoder.encode(data), as: encoder.compression, size: size, with: &decompressor)
      #expect(result == Expansion(bytes: data, defined: size), "\(size) bytes")
    }
  }

  @Test(arguments: Encoder.all)
  func `a payload cut anywhere throws or decompresses inside the chunk`(encoder: Encoder) {
    var random = announcedGenerator()
    var decompressor = Decompressor()
    for size in [1, 5, 60, 700] {
      let payload = encoder.encode(random.bytes(size))
      for count in payload.indices {
        let cut = Array(payload.prefix(count))
        check(cut, encoder.compression, size, &decompressor)
      }
    }
  }

  @Test(arguments: Encoder.all)
  func `a payload with any byte changed throws or decompresses inside the chunk`(encoder: Encoder) {
    var random = announcedGenerator()
    var decompressor = Decompressor()
    for size in [1, 5, 60, 700] {
      let payload = encoder.encode(random.bytes(size))
      for index in payload.indices {
        for change: UInt8 in [0x01, 0x10, 0x80, 0xFF, UInt8.random(in: 1...255, using: &random)] {
          var changed = payload
          changed[index] ^= change
          check(changed, encoder.compression, size, &decompressor)
        }
      }
    }
  }

  @Test(arguments: Encoder.all)
  func `a payload for another size throws or decompresses inside the chunk`(encoder: Encoder) {
    var random = announcedGenerator()
    var decompressor = Decompressor()
    let payload = encoder.encode(random.bytes(500))
    for size in [0, 1, 2, 3, 250, 499, 501, 502, 1000, 70000] {
      check(payload, encoder.compression, size, &decompressor)
    }
  }

  @Test(arguments: [Compression.rtime, .rubinMIPS, .dynRubin, .lzo, .lzma, .lzma2008])
  func `a payload that ends before the chunk does is corrupt`(compression: Compression) throws {
    for encoder in Encoder.all where encoder.compression == compression {
      var random = announcedGenerator()
      let payload = encoder.encode(random.bytes(600))
      #expect(throws: DecompressionError.corrupt(compression)) {
        try Expansion(of: Array(payload.prefix(payload.count / 2)), as: compression, size: 600)
      }
      #expect(throws: DecompressionError.corrupt(compression)) {
        try Expansion(of: [], as: compression, size: 600)
      }
    }
  }

  @Test func `a payload stored as it is may be too short or too long`() throws {
    let short = try Expansion(of: [1, 2, 3], as: .none, size: 5)
    #expect(short == Expansion(bytes: [1, 2, 3, 0, 0], defined: 3))
    let long = try Expansion(of: [1, 2, 3], as: .none, size: 2)
    #expect(long == Expansion(bytes: [1, 2], defined: 2))
  }

  @Test(arguments: Encoder.all)
  func `a payload or none decompresses into no memory at all or is corrupt`(encoder: Encoder) {
    var decompressor = Decompressor()
    // Neither span has an address, as the empty span of an array has one or not, depending on the compiler.
    func check(_ payload: Span<UInt8>) {
      var chunk = MutableSpan<UInt8>()
      do throws(DecompressionError) {
        let defined = try decompressor.decompress(payload, as: encoder.compression, into: &chunk)
        #expect(defined == 0)
      } catch {
        #expect(error == .corrupt(encoder.compression))
      }
    }
    check(Span())
    check(encoder.encode([1, 2, 3]).span)
  }

  @Test func `an empty chunk needs no LZMA data under zlib's number`() throws {
    var decompressor = Decompressor()
    var chunk: [UInt8] = []
    var span = chunk.mutableSpan
    let payload: [UInt8] = [0xCC, 0, 0x80, 1, 0, 0]
    #expect(try decompressor.decompress(payload.span, as: .zlib, into: &span) == 0)
  }

  @Test func `zeros need no payload and ignore one`() throws {
    let zeros = Expansion(bytes: [0, 0, 0], defined: 3)
    #expect(try Expansion(of: [], as: .zero, size: 3) == zeros)
    #expect(try Expansion(of: [1, 2], as: .zero, size: 3) == zeros)
  }

  @Test(arguments: [2, 4]) func `a copy of another size is corrupt`(size: Int) {
    #expect(throws: DecompressionError.corrupt(.copy)) {
      try Expansion(of: [1, 2, 3], as: .copy, size: size)
    }
  }

  @Test(arguments: [9, 0x14, 0x16, 0xFF] as [UInt8])
  func `a number without a codec is unknown`(number: UInt8) {
    let compression = Compression(rawValue: number)
    #expect(compression.name == nil)
    #expect(throws: DecompressionError.unknownCompression(compression)) {
      try Expansion(of: [1, 2, 3], as: compression, size: 3)
    }
  }

  private func check(
    _ payload: [UInt8], _ compression: Compression, _ size: Int,
    _ decompressor: inout Decompressor
  ) {
    do throws(DecompressionError) {
      // The initialiser is what checks.
      _ = try Expansion(of: payload, as: compression, size: size, with: &decompressor)
    } catch {
      #expect(error == .corrupt(compression))
    }
  }
}
