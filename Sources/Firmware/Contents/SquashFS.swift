internal import Storage

/// The fields of a squashfs's superblock, of any version and in either byte order.
///
/// Source: `struct squashfs_super_block` of Linux's `fs/squashfs/squashfs_fs.h` and of squashfs-tools' `squashfs_compat.h`.
struct SquashFSSuperblock {
  /// The magic numbers of Linux, and those with which vendors keep others from opening theirs.
  static let magics = ["hsqs", "sqsh", "shsq", "qshs", "tqsh", "hsqt", "sqlz"].map {
    Array($0.utf8)
  }

  private static let compressions = ["gzip", "lzma", "lzo", "xz", "lz4", "zstd"]
  /// The largest number of bytes in a block of metadata.
  private static let metadataSize: UInt64 = 8192

  let magic: String
  let isBigEndian: Bool
  let version: (major: Int, minor: Int)
  /// The bytes of all of it.
  let length: UInt64
  /// nil if the superblock does not say it.
  let compression: String?
  /// Whether the data of files are stored as they are.
  let isUncompressed: Bool
  /// The number of owners, and where the list of their blocks starts, in version 4.
  private let owners: (count: UInt64, list: UInt64)

  init?(_ source: ContentsSource) {
    guard source.head.count >= 96, let magic = Self.magics.first(where: { source.has($0) }) else {
      return nil
    }
    let isUsuallyBig = magic == Array("sqsh".utf8)
    let found = [isUsuallyBig, !isUsuallyBig].lazy.compactMap { isBig in
      Self(source.head, magic, isBig: isBig)
    }.first
    guard let found else { return nil }
    self = found
  }

  private init?(_ head: [UInt8], _ magic: [UInt8], isBig: Bool) {
    func number(_ offset: Int, _ size: Int) -> UInt64 {
      isBig ? head.big(at: offset, size) : head.little(at: offset, size)
    }
    let (major, minor) = (number(28, 2), number(30, 2))
    guard 1...4 ~= major, minor <= 1 else { return nil }
    let isCurrent = major == 4
    let (blockSize, blockLog) =
      isCurrent
      ? (number(12, 4), number(22, 2)) : (major == 1 ? number(32, 2) : number(51, 4), number(34, 2))
    let length = isCurrent ? number(40, 8) : major == 3 ? number(63, 8) : number(8, 4)
    guard 12...20 ~= blockLog, blockSize == 1 << blockLog || major == 1, length >= 96,
      length < 1 << 48, number(4, 4) > 0
    else { return nil }
    self.magic = String(decoding: magic, as: UTF8.self)
    isBigEndian = isBig
    version = (Int(major), Int(minor))
    self.length = length
    compression =
      isCurrent && 1...Self.compressions.count ~= Int(number(20, 2))
      ? Self.compressions[Int(number(20, 2)) - 1] : nil
    isUncompressed = (isCurrent ? number(24, 2) : number(36, 1)) & 2 != 0
    owners = isCurrent ? (number(26, 2), number(48, 8)) : (0, 0)
  }

  /// Whether its end is there: the last block of owners ends where the list of these blocks starts. False before version 4.
  func isComplete(in source: ContentsSource) throws(StorageError) -> Bool {
    let listCount = (owners.count * 4 + Self.metadataSize - 1) / Self.metadataSize * 8
    guard listCount > 0, owners.list <= length, listCount <= length - owners.list,
      length <= source.byteCount
    else { return false }
    let start = number(try source.bytes(at: owners.list + listCount - 8, count: 8))
    guard start < owners.list, owners.list - start <= Self.metadataSize + 2 else { return false }
    return number(try source.bytes(at: start, count: 2)) & 0x7FFF == owners.list - start - 2
  }

  private func number(_ bytes: [UInt8]) -> UInt64 {
    isBigEndian ? bytes.big(at: 0, bytes.count) : bytes.little(at: 0, bytes.count)
  }
}

extension Detected {
  /// Whose squashfs it is, and so which programs open it.
  enum SquashFSVariant {
    /// Version 4, little-endian.
    case current
    /// An older version, or big-endian.
    case older
    /// One with a magic number that Linux does not know.
    case vendors
  }

  /// Detects squashfs of a variant by the fields of its superblock.
  init?(squashFS source: ContentsSource, _ variant: SquashFSVariant) {
    guard let superblock = SquashFSSuperblock(source), superblock.variant == variant else {
      return nil
    }
    length = superblock.length
    facts = ["version \(superblock.version.major).\(superblock.version.minor)"]
    if superblock.isBigEndian { facts.append("big-endian") }
    if let compression = superblock.compression { facts.append(compression) }
    facts.append("\(superblock.length.asByteCount) used")
    if variant == .vendors { summary = [superblock.magic] }
  }
}

extension SquashFSSuperblock {
  fileprivate var variant: Detected.SquashFSVariant {
    if !["hsqs", "sqsh"].contains(magic) { return .vendors }
    return version.major == 4 && !isBigEndian ? .current : .older
  }
}
