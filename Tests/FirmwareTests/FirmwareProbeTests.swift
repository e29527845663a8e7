import Firmware
import JFFS2
import Storage
import Support
import Synchronization
import TestSupport
import Testing

@Suite struct FirmwareProbeTests {
  private func probe(
    _ bytes: [UInt8], _ options: FirmwareProbe.Options = .init()
  ) throws -> Partition {
    try FirmwareProbe(FlashImage(bytes: bytes), options).partition()
  }

  /// The contents of the file system of the partition.
  private func names(_ partition: Partition) throws -> [String] {
    try Volume(scanning: partition.range).names()
  }

  // MARK: Found

  @Test func `a long search shows its progress`() throws {
    var bytes = [UInt8](repeating: 0, count: 8 << 20)
    bytes[0] = 1
    let shares = Mutex<[Double]>([])
    var options = FirmwareProbe.Options()
    options.onSearch = { share in shares.withLock { $0.append(share) } }
    _ = try partition(bytes + jffs2() + bytes, options)
    let told = shares.withLock { $0 }
    #expect(told == told.sorted() && told.allSatisfy { 0...1 ~= $0 })
    #expect(told.contains { $0 < 0.2 } && told.contains { $0 > 0.9 })
  }

  @Test(arguments: Endianness.allCases)
  func `a file system alone is the whole file`(endianness: Endianness) throws {
    let bytes = smallFileSystem(endianness)
    let partition = try probe(bytes)
    #expect(partition.range.start == 0)
    #expect(partition.range.length == UInt32(bytes.count))
    #expect(partition.uImage == nil)
    #expect(partition.warnings == [])
    #expect(try names(partition) == ["a"])
  }

  /// mkimage's default label is gzip, and it never compresses.
  @Test(arguments: Endianness.allCases, [0, 1, 3, 200] as [UInt8])
  func `a file system in a U-Boot image is found for any compression type`(
    endianness: Endianness, compression: UInt8
  ) throws {
    let data = smallFileSystem(endianness)
    let partition = try probe(UImageBuilder(compression: compression, data: data).bytes)
    #expect(partition.range.start == 64)
    #expect(partition.range.length == UInt32(data.count))
    #expect(partition.uImage?.compression.rawValue == compression)
    #expect(partition.warnings == [])
    #expect(try names(partition) == ["a"])
  }

  @Test(arguments: Endianness.allCases)
  func `wrong data CRCs are warned of`(endianness: Endianness) throws {
    let data = smallFileSystem(endianness)
    let partition = try probe(UImageBuilder(data: data, hasGoodDataCRC: false).bytes)
    #expect(partition.warnings.count == 1)
    let computed = String(zlibCRC(data), radix: 16)
    #expect(partition.warnings.first?.contains("wrong data CRC") == true)
    #expect(partition.warnings.first?.contains("computed 0x\(computed)") == true)
    #expect(try names(partition) == ["a"])
  }

  @Test(arguments: Endianness.allCases, [1, 1000, UInt32.max / 2])
  func `a truncated image causes a warning`(endianness: Endianness, missing: UInt32) throws {
    let data = smallFileSystem(endianness)
    let promised = UInt32(data.count) + missing
    let partition = try probe(UImageBuilder(data: data, dataSize: promised).bytes)
    #expect(partition.warnings.count == 1)
    #expect(partition.warnings.first?.contains("truncated") == true)
    #expect(partition.warnings.first?.contains("\(promised) bytes") == true)
    #expect(partition.range.length == UInt32(data.count))
    #expect(try names(partition) == ["a"])
  }

  @Test(arguments: Endianness.allCases)
  func `bytes after the data do not belong to them`(endianness: Endianness) throws {
    let data = smallFileSystem(endianness)
    var other = ImageBuilder(Dialect(endianness))
    other.addDirent(version: 9, ino: 2, name: "behind")
    for rest in [[0xFF, 0xFF], other.bytes] {
      let partition = try probe(UImageBuilder(data: data).bytes + rest)
      #expect(partition.range.length == UInt32(data.count))
      #expect(partition.warnings == [])
      #expect(try names(partition) == ["a"])
    }
  }

  @Test(arguments: Endianness.allCases)
  func `a file system need not start with a node`(endianness: Endianness) throws {
    let bytes = [UInt8](repeating: 0xFF, count: 2 << 20) + smallFileSystem(endianness)
    #expect(try names(probe(bytes)) == ["a"])
  }

  // MARK: Offset, length and order

  @Test(arguments: Endianness.allCases, [true, false])
  func `offset and length choose the bytes`(endianness: Endianness, isWrapped: Bool) throws {
    let data = smallFileSystem(endianness)
    let inner = isWrapped ? UImageBuilder(data: data).bytes : data
    let bytes = [1, 2, 3, 4, 5] + inner + [UInt8](repeating: 9, count: 100)
    let options = FirmwareProbe.Options(offset: 5, length: UInt64(inner.count))
    let partition = try probe(bytes, options)
    #expect(partition.range.start == (isWrapped ? 69 : 5))
    #expect(partition.range.length == UInt32(data.count))
    #expect((partition.uImage != nil) == isWrapped)
    #expect(partition.source == (isWrapped ? .wholeImage : .givenRange))
    #expect(partition.warnings == [])
    #expect(try names(partition) == ["a"])
  }

  @Test func `an offset after a header looks past it`() throws {
    let data = smallFileSystem(.little)
    let bytes = UImageBuilder(data: data, hasGoodHeaderCRC: false).bytes
    #expect(try probe(bytes, .init(offset: 64)).uImage == nil)
    #expect(try names(probe(bytes, .init(offset: 64))) == ["a"])
  }

  @Test func `a length shorter than the data cuts them off`() throws {
    let data = smallFileSystem(.little)
    let partition = try probe(UImageBuilder(data: data).bytes, .init(length: 100))
    #expect(partition.range.length == 36)
    #expect(partition.warnings.first?.contains("truncated") == true)
  }

  @Test(
    arguments: [
      (1000, nil), (1001, nil), (UInt64.max, nil), (0, 1001), (1, 1000), (0, 0), (999, 2),
      (0, UInt64.max), (5, UInt64.max),
    ] as [(UInt64, UInt64?)])
  func `offset and length must be inside the file`(offset: UInt64, length: UInt64?) {
    let bytes = [UInt8](repeating: 0, count: 1000)
    let wrong = offset < 1000 ? OptionHint.length(length ?? 0) : .offset(offset)
    #expect(throws: FirmwareError.outOfRange(wrong, byteCount: 1000)) {
      try probe(bytes, .init(offset: offset, length: length))
    }
  }

  @Test(arguments: Endianness.allCases, Endianness.allCases)
  func `a given order is the only one`(written: Endianness, given: Endianness) throws {
    let options = FirmwareProbe.Options(endianness: given)
    if written == given {
      #expect(try names(probe(smallFileSystem(written), options)) == ["a"])
    } else {
      #expect(throws: FirmwareError.endiannessMismatch(requested: given)) {
        try probe(smallFileSystem(written), options)
      }
    }
  }

  // MARK: Not found

  @Test(arguments: Endianness.allCases)
  func `a file system in another order than requested is reported`(requested: Endianness) throws {
    let other: Endianness = requested == .big ? .little : .big
    let bare = smallFileSystem(other)
    for bytes in [bare, UImageBuilder(data: bare).bytes, [1, 2, 3] + bare] {
      #expect(throws: FirmwareError.endiannessMismatch(requested: requested)) {
        try probe(bytes, .init(endianness: requested))
      }
    }
    #expect(throws: FirmwareError.zeros) { try probe([0, 0, 0], .init(endianness: requested)) }
  }

  @Test func `an empty file is reported`() {
    #expect(throws: FirmwareError.empty) { try probe([]) }
  }

  @Test(arguments: [1, 100, 1 << 20, 3 << 20 | 1])
  func `blank flash is reported`(count: Int) {
    let blank = [UInt8](repeating: 0xFF, count: count)
    #expect(throws: FirmwareError.blank) { try probe(blank) }
    #expect(throws: FirmwareError.blank) { try probe(UImageBuilder(data: blank).bytes) }
    #expect(throws: FirmwareError.noFileSystem(seen: [])) { try probe(blank + [0]) }
  }

  @Test(arguments: Endianness.allCases)
  func `a wrong header CRC is an error with a way out`(endianness: Endianness) {
    let bytes = UImageBuilder(
      data: smallFileSystem(endianness), hasGoodHeaderCRC: false
    ).bytes
    #expect(throws: FirmwareError.wrongHeaderCRC) { try probe(bytes) }
    #expect(FirmwareError.wrongHeaderCRC.description.contains("offset=64"))
  }

  @Test(arguments: [(4, "lzo"), (99, "number 99")] as [(UInt8, String)])
  func `compressed data is reported by its type`(number: UInt8, name: String) {
    let error = #expect(throws: FirmwareError.self) {
      try probe(UImageBuilder(compression: number, data: [1, 2, 3, 4]).bytes)
    }
    #expect(error?.description.contains("(test, \(name)): its data cannot be decompressed") == true)
  }

  @Test(
    arguments: [
      ("squashfs", ContentsBuilder.squashFS()), ("cramfs", ContentsBuilder.cramFS()),
      ("UBIFS", ContentsBuilder.ubiFS), ("romfs", ContentsBuilder.romFS),
      ("an ar archive", Array("!<arch>\n".utf8)),
    ] as [(String, [UInt8])])
  func `the type of other files is reported`(name: String, bytes: [UInt8]) throws {
    for file in [bytes, UImageBuilder(data: bytes).bytes] {
      let error = #expect(throws: FirmwareError.self) { try probe(file) }
      let seen: [Contents]
      switch error {
      case .noFileSystem(let found, _, _), .uImageWithoutJFFS2(_, let found): seen = found
      default: seen = []
      }
      #expect(seen.first?.type.name == name)
      #expect(try error?.description.contains(#require(seen.first).description) == true)
    }
  }

  @Test(
    arguments: [
      ("lzop -d", [0x89, 0x4C, 0x5A, 0x4F, 0, 0x0D, 0x0A, 0x1A, 0x0A]),
      ("unrar", Array("Rar!\u{1A}\u{7}\0".utf8)), ("lrunzip", Array("LRZI\0\u{6}".utf8)),
      ("lzip -d", Array("LZIP\u{1}\u{14}".utf8)),
      ("simg2img", [0x3A, 0xFF, 0x26, 0xED, 1, 0, 0, 0, 28, 0, 12, 0]),
    ] as [(String, [UInt8])])
  func `pieces of JFFS2 in what is packed or scattered are not served`(
    tool: String, start: [UInt8]
  ) throws {
    // Packers store what does not shrink, a block with a header at a time.
    let packed = start + [UInt8](repeating: 1, count: 40) + smallFileSystem(.little)
    for bytes in [packed, UImageBuilder(data: packed).bytes] {
      let error = #expect(throws: FirmwareError.self) { try probe(bytes) }
      #expect(error?.description.contains(tool) == true)
    }
  }

  @Test func `data labeled with an unsupported compression contains JFFS2 only at its start`()
    throws
  {
    let stored = [UInt8](repeating: 1, count: 40) + smallFileSystem(.little)
    let error = #expect(throws: FirmwareError.self) {
      try probe(UImageBuilder(compression: 4, data: stored).bytes)
    }
    #expect(error?.description.contains("cannot be decompressed") == true)
    let plain = UImageBuilder(compression: 4, data: smallFileSystem(.little)).bytes
    #expect(try names(probe(plain)) == ["a"])
  }

  @Test func `JFFS2 inside a squashfs is served with a warning`() throws {
    var bytes =
      Array(ContentsBuilder.squashFS(used: 0x2000).prefix(4096)) + smallFileSystem(.little)
    bytes += [UInt8](repeating: 1, count: 0x2000 - bytes.count)
    let inside = try probe(bytes + [UInt8](repeating: 1, count: 0x2000))
    #expect(inside.warnings.first?.contains("inside a file in a squashfs") == true)
    #expect(inside.flaws.isEmpty)
    let behind = try probe(bytes.prefix(4096) + bytes.prefix(4096) + smallFileSystem(.little))
    #expect(behind.flaws.isEmpty)
    // Beside a file system it is only named.
    let both = try FirmwareProbe(FlashImage(bytes: bytes + jffs2("other"))).partitions()
    #expect(both.map(\.range.start) == [0x2000])
    #expect(
      both.first?.warnings == [
        "JFFS2 nodes at 0x1000 are inside a file in a squashfs; extract that first (unsquashfs)"
      ])
  }

  @Test(.timeLimit(.minutes(1)), arguments: [UInt32(0), 1, 11, 0x8000_0000, .max])
  func `a node in the end that claims an impossible length ends no search`(length: UInt32) throws {
    var builder = ImageBuilder()
    builder.addFile("a", ino: 2, [1])
    var header = builder.number16(0x1985) + builder.number16(0xE001) + builder.number32(length)
    header += builder.number32(jffs2CRC(header.span))
    let partition = try probe(builder.bytes + header)
    #expect(partition.range.length == UInt32(builder.bytes.count + header.count))
    #expect(partition.flaws.isEmpty)
  }

  @Test func `a file that ends inside a node is truncated`() throws {
    let bytes = smallFileSystem(.big)
    let whole = try probe(bytes)
    #expect(whole.warnings.isEmpty)
    for missing in [4, 40, 60] {
      let cut = try probe(Array(bytes.dropLast(missing)))
      #expect(cut.warnings.first?.hasPrefix("the file ends inside a node, at 0x") == true)
      #expect(cut.flaws == cut.warnings)
      let foreign = [UInt8](repeating: 1, count: 8192)
      #expect(try probe(foreign + bytes.dropLast(missing)).flaws.count == 1)
    }
  }

  @Test(arguments: Endianness.allCases)
  func `a file system that starts like something else is one all the same`(
    endianness: Endianness
  ) throws {
    #expect(try names(probe(Array("hsqs".utf8) + smallFileSystem(endianness))) == ["a"])
  }
}

extension Partition {
  /// The outermost U-Boot image around the file system.
  fileprivate var uImage: UImage? {
    for case .uImage(let header, _) in containers { return header }
    return nil
  }
}
