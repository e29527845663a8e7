internal import CArchive
internal import Storage

/// The members of an archive in order, or the one that compressed data without an archive are.
struct ArchiveReader: ~Copyable {
  /// A member, as the archive describes it.
  struct Member {
    let name: String
    /// The bytes that it promises to unpack to, where it does.
    let size: UInt64?
    /// Whether it has bytes of its own: no folder, no device, no link.
    let isFile: Bool
    let isEncrypted: Bool
  }

  /// What messages call the archive's format.
  let format: ContainerFormat

  private let image: FlashImage
  private let reader: carchive_reader
  private var memberName: String?
  private var buffer = [UInt8](repeating: 0, count: 128 << 10)

  /// - Parameter isForced: No archive is looked for in the compressed data.
  init(
    _ image: FlashImage, _ range: Range<UInt64>, _ format: ContainerFormat, isForced: Bool = false
  ) {
    self.image = image
    self.format = format
    reader = carchive_open(
      image.rawDescriptor, image.rawStart + range.lowerBound, UInt64(range.count), format.filter,
      !isForced)
  }

  deinit { carchive_close(reader) }

  /// Whether there is no archive, only one compressed file. Known from the first member on.
  var isRaw: Bool { carchive_is_raw(reader) }

  /// - Returns: nil at the end.
  mutating func next() throws(FirmwareError) -> Member? {
    let result = carchive_next(reader)
    guard result != 0 else { return nil }
    guard result > 0 else { throw failure() }
    let name = text(.name)
    memberName = name
    return Member(
      name: name, size: UInt64(exactly: carchive_size(reader)),
      isFile: carchive_is_file(reader), isEncrypted: carchive_is_encrypted(reader))
  }

  /// What came out of a member, and why that is not all of it.
  struct Unpacked {
    let image: FlashImage
    let damage: FirmwareError?
  }

  /// Unpacks the member that ``next()`` came to, as far as it goes.
  ///
  /// - Parameters:
  ///   - unpackingFile: Takes the bytes.
  ///   - remaining: The bytes that may still be unpacked; what was is taken off.
  /// - Returns: nil where there are more.
  mutating func unpack(
    into unpackingFile: UnpackingFile, _ remaining: inout UInt64
  ) throws(FirmwareError) -> Unpacked? {
    let start = remaining
    var damage: FirmwareError?
    let image: FlashImage
    do throws(StorageError) {
      var file = try MemoryFile(in: unpackingFile)
      while true {
        guard let count = try readPiece() else {
          damage = failure()
          break
        }
        if count == 0 { break }
        guard UInt64(count) <= remaining else { return nil }
        remaining -= UInt64(count)
        try file.append(buffer.span.extracting(0..<count))
      }
      image = file.image(path: "\(self.image.path)(\(memberName ?? "?"))")
    } catch {
      throw .storage(error)
    }
    if let damage, damage.isOfSystem || remaining == start { throw damage }
    return Unpacked(image: image, damage: damage)
  }

  private mutating func readPiece() throws(StorageError) -> Int? {
    let reader = reader
    var span = buffer.mutableSpan
    let count = carchive_read(reader, 0, 0, &span)
    return count < 0 ? nil : count
  }

  private func failure() -> FirmwareError {
    let systemError = carchive_read_error(reader)
    guard systemError == 0 else { return .storage(image.readError(systemError)) }
    if carchive_has_encrypted(reader) { return .encrypted(format, member: nil) }
    return .damagedContainer(
      format, member: isRaw ? nil : memberName, reason: text(.error))
  }

  private func text(_ which: carchive_text) -> String {
    let count = carchive_text_count(reader, which)
    let bytes = (0..<count).map { carchive_text_byte(reader, which, $0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ContainerFormat {
  /// The one decompressor before what is in it.
  fileprivate var filter: carchive_filter {
    switch self {
    case .zip, .sevenZip, .tar, .cpio: .none
    case .gzip: .gzip
    case .bzip2: .bzip2
    case .xz: .xz
    case .zstd: .zstd
    case .lz4: .lz4
    case .lzma: .lzma
    case .compress: .compress
    }
  }
}
