import JFFS2
import TestSupport

/// A volume whose root holds one name, `f`, of the inode that ``ImageBuilder/addText(_:_:count:at:fileSize:mode:flaws:)`` writes.
func volumeOfOneFile(
  _ endianness: Endianness, _ policy: Volume.DamagePolicy = .error,
  _ build: (inout ImageBuilder) throws -> Void
) throws -> Volume {
  var image = ImageBuilder(Dialect(endianness))
  image.addCleanmarker()
  image.addDirent(version: 1, ino: fileIno, name: "f")
  try build(&image)
  return try Volume(image, Volume.Options(damagePolicy: policy))
}

/// The inode of the file that a test is about.
let fileIno: UInt32 = 2

/// `count` times one letter.
func text(_ letter: Character, _ count: Int) -> [UInt8] {
  [UInt8](repeating: letter.asciiValue ?? 0, count: count)
}

/// `count` zeros.
func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

extension ImageBuilder {
  /// A node of ``fileIno`` with one letter again and again; its times are its version.
  @discardableResult
  mutating func addText(
    _ version: UInt32, _ letter: Character, count: Int, at offset: UInt32 = 0,
    fileSize: UInt32? = nil, mode: UInt32 = 0o100644, flaws: Set<Flaw> = []
  ) -> Int {
    addInode(
      fileIno, version: version, mode: mode, fileSize: fileSize,
      times: (version, version, version), offset: offset, payload: text(letter, count),
      flaws: flaws)
  }

  /// A node of ``fileIno`` with attributes only; its times are its version.
  @discardableResult
  mutating func addMetadata(
    _ version: UInt32, fileSize: UInt32, mode: UInt32 = 0o100644
  ) -> Int {
    addInode(
      fileIno, version: version, mode: mode, fileSize: fileSize, times: (version, version, version))
  }

  /// A node of ``fileIno`` that represents zeros, as the driver writes one when a file grows.
  @discardableResult
  mutating func addZeros(_ version: UInt32, count: UInt32, at offset: UInt32) -> Int {
    addInode(
      fileIno, version: version, offset: offset, size: count, compression: .zero)
  }
}
