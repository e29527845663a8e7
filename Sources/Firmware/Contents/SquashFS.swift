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

  /// The magic numbers of Linux, and those with which vendors keep others from opening theirs.
  private static let squashFSMagics = ["hsqs", "sqsh", "shsq", "qshs", "tqsh", "hsqt", "sqlz"]

  private static let squashFSCompressions = ["gzip", "lzma", "lzo", "xz", "lz4", "zstd"]

  /// Detects squashfs of any version, in either byte order, by the fields of its superblock.
  ///
  /// - Parameter variant: The only one to detect; nil for any.
  ///
  /// Source: `struct squashfs_super_block` of Linux's `fs/squashfs/squashfs_fs.h` and of squashfs-tools' `squashfs_compat.h`.
  init?(squashFS source: ContentsSource, _ variant: SquashFSVariant? = nil) {
    let head = source.head
    guard head.count >= 96, let magic = Self.squashFSMagics.first(where: { source.has($0) })
    else { return nil }
    for isBig in [magic == "sqsh", magic != "sqsh"] {
      guard let (detected, found) = Self.squashFS(head, isBig: isBig, magic) else { continue }
      guard variant == nil || variant == found else { return nil }
      self = detected
      return
    }
    return nil
  }

  private static func squashFS(
    _ head: [UInt8], isBig: Bool, _ magic: String
  ) -> (Detected, SquashFSVariant)? {
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
    var detected = Detected(length: length)
    detected.facts = ["version \(major).\(minor)"]
    if isBig { detected.facts.append("big-endian") }
    if isCurrent, 1...squashFSCompressions.count ~= Int(number(20, 2)) {
      detected.facts.append(squashFSCompressions[Int(number(20, 2)) - 1])
    }
    detected.facts.append("\(length.asByteCount) used")
    if !["hsqs", "sqsh"].contains(magic) {
      detected.summary = [magic]
      return (detected, .vendors)
    }
    return (detected, isCurrent && !isBig ? .current : .older)
  }
}
