internal import JFFS2
package import Storage

/// U-Boot's legacy image header: 64 bytes, big-endian on every machine, before the data.
///
/// Source: `struct legacy_img_hdr` of U-Boot's `include/image.h`.
package struct UImage: Equatable, Sendable {
  /// The bytes of the header.
  package static let headerSize = 64

  /// The first four bytes. On disk: `ih_magic`.
  package static let magic: UInt32 = 0x2705_1956

  /// The result of checking a checksum.
  package enum Checksum: Equatable, Sendable {
    case good
    case wrong(stored: UInt32, computed: UInt32)
  }

  /// The compression in the header; mkimage writes it and never compresses. On disk: `ih_comp`.
  package struct Compression: RawRepresentable, Equatable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let none = Compression(rawValue: 0)

    private static let names = ["none", "gzip", "bzip2", "lzma", "lzo", "lz4", "zstd"]

    package static let lzma = Compression(rawValue: 3)

    /// Whether data that are so compressed are unpacked here.
    var isUnpacked: Bool { name != "lzo" && Int(rawValue) < Self.names.count }

    /// The suggestion if the data cannot be decompressed here.
    var hint: String {
      name == "lzo"
        ? "decompress what follows the header: tail -c +65 FILE | lzop -d"
        : isUnpacked
          ? "the data is damaged, or the header is wrong"
          : "decompress what follows the 64 bytes of header"
    }

    /// U-Boot's name for it.
    package var name: String {
      Int(rawValue) < Self.names.count ? Self.names[Int(rawValue)] : "number \(rawValue)"
    }
  }

  /// Seconds since 1970. On disk: `ih_time`.
  package let time: UInt32
  /// The bytes of data as the header says. On disk: `ih_size`.
  package let dataSize: UInt32
  /// On disk: `ih_dcrc`.
  package let dataCRC: UInt32
  /// The load address. On disk: `ih_load`.
  package let loadAddress: UInt32
  /// The entry point. On disk: `ih_ep`.
  package let entryPoint: UInt32
  /// 5 is Linux. On disk: `ih_os`.
  package let operatingSystem: UInt8
  /// 2 is ARM, 5 is MIPS. On disk: `ih_arch`.
  package let architecture: UInt8
  /// 7 is a file system, 4 a list of files. On disk: `ih_type`.
  package let type: UInt8
  package let compression: Compression
  /// The bytes of the name up to the first NUL, if there is one. On disk: `ih_name`.
  package let name: [UInt8]
  /// The header's own checksum. On disk: `ih_hcrc`.
  package let headerChecksum: Checksum
  /// The result of checking the data; nil before that.
  package internal(set) var data: DataState?

  /// Whether the data are all there and what the header promises.
  package enum DataState: Equatable, Sendable {
    case checked(Checksum)
    /// The file ends after this many bytes of them.
    case truncated(byteCount: UInt64)
  }

  /// Reads a header.
  ///
  /// - Parameter bytes: At least ``headerSize`` bytes.
  /// - Returns: nil where the magic number is another; a wrong header CRC is reported by ``headerChecksum``.
  package init?(parsing bytes: Span<UInt8>) {
    guard bytes.count >= Self.headerSize, bytes.bigEndian32(at: 0) == Self.magic else {
      return nil
    }
    time = bytes.bigEndian32(at: 8)
    dataSize = bytes.bigEndian32(at: 12)
    loadAddress = bytes.bigEndian32(at: 16)
    entryPoint = bytes.bigEndian32(at: 20)
    dataCRC = bytes.bigEndian32(at: 24)
    operatingSystem = bytes[28]
    architecture = bytes[29]
    type = bytes[30]
    compression = Compression(rawValue: bytes[31])
    name = (32..<Self.headerSize).map { bytes[$0] }.prefix { $0 != 0 }.map(\.self)
    // The header's CRC is computed with its own field zero.
    let zeroed = (0..<Self.headerSize).map { 4..<8 ~= $0 ? 0 : bytes[$0] }
    let computed = ~jffs2CRC(zeroed.span, initial: .max)
    let stored = bytes.bigEndian32(at: 4)
    headerChecksum = computed == stored ? .good : .wrong(stored: stored, computed: computed)
  }

  /// Reads the header at an offset of an image.
  ///
  /// - Returns: nil where none is there.
  package static func read(
    _ image: FlashImage, at offset: UInt64
  ) throws(StorageError) -> UImage? {
    guard image.byteCount >= UInt64(headerSize), offset <= image.byteCount - UInt64(headerSize)
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: headerSize)
    var span = bytes.mutableSpan
    try image.read(at: offset, into: &span)
    return UImage(parsing: bytes.span)
  }

  /// Computes the CRC of the data.
  ///
  /// - Parameter range: The data in `image`, which may be truncated.
  package func dataChecksum(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> Checksum {
    let computed = try Self.crc(image, range)
    return computed == dataCRC ? .good : .wrong(stored: dataCRC, computed: computed)
  }

  /// The CRC of data, as it is in ``dataCRC``.
  static func crc(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(StorageError) -> UInt32 {
    var register: UInt32 = .max
    // Small enough for a core's own cache.
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = Int(min(UInt64(buffer.count), range.upperBound - offset))
      if count < buffer.count { buffer.removeLast(buffer.count - count) }
      var span = buffer.mutableSpan
      try image.read(at: offset, into: &span)
      register = jffs2CRC(buffer.span, initial: register)
      offset += UInt64(count)
    }
    return ~register
  }
}

extension Span<UInt8> {
  fileprivate func bigEndian32(at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 << 8 | UInt32(self[offset + $1]) }
  }
}
