package import CArchive
internal import Glibc
internal import Storage

/// The members of an archive in order, or the one that compressed data without an archive are.
// Sound: the reader is made and closed here, and used only through this value.
@safe struct ArchiveReader: ~Copyable {
  /// A member, as the archive describes it.
  struct Member {
    /// If it is longer than the path limit of Linux, its end after a `…`.
    let name: String
    /// The bytes of the whole name.
    let nameLength: UInt64
    /// The bytes that it promises to unpack to, where it does.
    let size: UInt64?
    /// Whether it has data: not a directory, a device or a link.
    let isFile: Bool
    let isEncrypted: Bool
  }

  /// The bytes of a name that are kept: no longer path can be named.
  private static let maximumNameLength = 4095

  /// The name of the archive's format in messages.
  let format: ContainerFormat

  private let image: FlashImage
  private let reader: OpaquePointer?
  private var memberName: String?
  private var buffer = [UInt8](repeating: 0, count: 128 << 10)

  /// - Parameter isForced: No archive is looked for in the compressed data.
  init(
    _ image: FlashImage, _ range: Range<UInt64>, _ format: ContainerFormat, isForced: Bool = false
  ) {
    self.image = image
    self.format = format
    unsafe reader = carchive_open(
      image.fileDescriptor, image.fileStart + range.lowerBound, UInt64(range.count), format.filter,
      !isForced)
  }

  deinit { unsafe carchive_close(reader) }

  /// Whether there is no archive, only one compressed file. Known from the first member on.
  var isRaw: Bool { unsafe carchive_is_raw(reader) }

  /// The number of bytes that have been read from the start; at the end, those of the archive.
  var consumed: UInt64 { unsafe carchive_consumed(reader) }

  /// Goes to the next member.
  ///
  /// - Parameter budget: Decompressed data is deducted from it.
  /// - Returns: nil at the end.
  mutating func next(_ budget: inout DecompressionBudget) throws(FirmwareError) -> Member? {
    unsafe carchive_allow(reader, budget.decompressed)
    let result = unsafe carchive_next(reader)
    budget.decompressed = unsafe carchive_allowance(reader)
    guard result != 0 else { return nil }
    guard result > 0 else {
      guard unsafe !carchive_is_exhausted(reader) else {
        throw .unpackedTooLarge(limit: budget.limit, member: isRaw ? nil : memberName)
      }
      throw failure()
    }
    let name = unsafe Self.text(carchive_name_of(reader))
    memberName = name.text
    return Member(
      name: name.text, nameLength: UInt64(name.byteCount),
      size: UInt64(exactly: unsafe carchive_size(reader)),
      isFile: unsafe carchive_is_file(reader), isEncrypted: unsafe carchive_is_encrypted(reader))
  }

  /// Whether bytes that should be the header of a member were none, so that members may be missing.
  var hasSkippedBytes: Bool { unsafe carchive_has_skipped(reader) }

  /// Decompresses what follows the last member, with which the checksums of the compression are compared.
  ///
  /// - Parameter budget: Decompressed data is deducted from it.
  mutating func finish(_ budget: inout DecompressionBudget) throws(FirmwareError) {
    unsafe carchive_allow(reader, budget.decompressed)
    let isWhole = unsafe carchive_read_to_end(reader)
    budget.decompressed = unsafe carchive_allowance(reader)
    guard !isWhole else { return }
    if unsafe carchive_is_exhausted(reader) {
      throw .unpackedTooLarge(limit: budget.limit, member: nil)
    }
    memberName = nil
    throw failure()
  }

  /// The unpacked data of a member, and the reason if it is incomplete.
  struct Unpacked {
    let image: FlashImage
    let damage: FirmwareError?
  }

  /// Unpacks the member that ``next(_:)`` returned, up to its end or to damage.
  ///
  /// - Parameters:
  ///   - scratchFile: Takes the bytes.
  ///   - budget: What is unpacked is taken off.
  /// - Returns: nil where there is more.
  mutating func unpack(
    into scratchFile: ScratchFile, _ budget: inout DecompressionBudget
  ) throws(FirmwareError) -> Unpacked? {
    unsafe carchive_allow(reader, budget.decompressed)
    defer { budget.decompressed = unsafe carchive_allowance(reader) }
    let start = budget.kept
    var damage: FirmwareError?
    let image: FlashImage
    do throws(StorageError) {
      var file = try TemporaryFile(in: scratchFile)
      while true {
        guard let count = try readPiece() else {
          guard unsafe !carchive_is_exhausted(reader) else { return nil }
          damage = failure()
          break
        }
        if count == 0 { break }
        guard budget.consumeRetained(UInt64(count)) else { return nil }
        try file.append(buffer.span.extracting(0..<count))
      }
      image = file.image(path: "\(self.image.path)(\(memberName ?? "?"))")
    } catch {
      throw .storage(error)
    }
    if let damage, damage.isOfSystem || budget.kept == start { throw damage }
    return Unpacked(image: image, damage: damage)
  }

  /// Passes the member that ``next(_:)`` came to by, and counts what it unpacks to as decompressed.
  ///
  /// - Returns: Whether the budget is large enough.
  mutating func pass(_ budget: inout DecompressionBudget) -> Bool {
    while case let count = unsafe carchive_pass(reader), count > 0 {
      guard budget.takeDecompressed(UInt64(count)) else { return false }
    }
    return true
  }

  private mutating func readPiece() throws(StorageError) -> Int? {
    let reader = unsafe reader
    var span = buffer.mutableSpan
    let count = unsafe carchive_read(reader, &span)
    return count < 0 ? nil : count
  }

  private func failure() -> FirmwareError {
    let systemError = unsafe carchive_read_error(reader)
    guard systemError == 0 else { return .storage(image.readError(systemError)) }
    if unsafe carchive_has_encrypted(reader) { return .encrypted(format, member: nil) }
    return .damagedContainer(
      format, member: isRaw ? nil : memberName,
      reason: unsafe Self.text(carchive_error(reader)).text)
  }

  /// A text of libarchive's, of a long one the end.
  private static func text(_ bytes: UnsafePointer<CChar>?) -> (text: String, byteCount: Int) {
    guard let bytes = unsafe bytes else { return ("", 0) }
    let count = unsafe strlen(bytes)
    let start = max(0, count - maximumNameLength)
    let kept = unsafe UnsafeRawBufferPointer(start: bytes + start, count: count - start)
    return unsafe ((start > 0 ? "…" : "") + String(decoding: kept, as: UTF8.self), count)
  }
}

extension ContainerFormat {
  /// The one decompressor before what is in it.
  package var filter: carchive_filter {
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
