internal import JFFS2
internal import Storage

extension Detected {
  /// Detects cramfs by magic number and signature.
  ///
  /// Source: `struct cramfs_super` of Linux's `include/uapi/linux/cramfs_fs.h`.
  init?(cramFS source: ContentsSource) {
    // The first 512 bytes may be for a boot loader.
    for start in [0, 512] {
      guard source.has("Compressed ROMFS", at: start + 16) else { continue }
      let isLittle = source.head.little(at: start, 4) == 0x28CD_3D45
      guard isLittle || source.head.big(at: start, 4) == 0x28CD_3D45 else { continue }
      func number(_ offset: Int) -> UInt64 {
        isLittle
          ? source.head.little(at: start + offset, 4) : source.head.big(at: start + offset, 4)
      }
      // The first flag says that the size is one, and not an older field.
      if number(8) & 1 != 0 {
        length = number(4)
        facts.append("\(number(44)) files")
      }
      if !isLittle { facts.append("big-endian") }
      summary = source.head.text(at: start + 48, 16).map { ["\"\($0)\""] } ?? []
      return
    }
    return nil
  }

  /// Detects romfs by magic number and checksum.
  ///
  /// Source: Linux's `Documentation/filesystems/romfs.rst`.
  init?(romFS source: ContentsSource) {
    guard source.has("-rom1fs-") else { return nil }
    let size = source.head.big(at: 8, 4)
    let covered = min(512, Int(size)) & ~3
    guard covered >= 32, source.head.count >= covered else { return nil }
    let sum = stride(from: 0, to: covered, by: 4)
      .reduce(UInt32(0)) { $0 &+ UInt32(source.head.big(at: $1, 4)) }
    guard sum == 0 else { return nil }
    length = size
    summary = source.head.text(at: 16, 16).map { ["\"\($0)\""] } ?? []
  }

  /// Detects UBIFS by the CRC of its superblock node.
  ///
  /// Source: `struct ubifs_sb_node` of Linux's `fs/ubifs/ubifs-media.h`.
  init?(ubiFS source: ContentsSource) throws(StorageError) {
    guard source.head.little(at: 0, 4) == 0x0610_1831, source.head.little(at: 20, 1) == 6 else {
      return nil
    }
    let size = Int(source.head.little(at: 16, 4))
    guard 96...8192 ~= size else { return nil }
    let node = try source.bytes(at: 0, count: size)
    guard node.count == size,
      UInt64(jffs2CRC(node.span.extracting(8..<size), initial: .max)) == node.little(at: 4, 4)
    else { return nil }
    facts = ["\(node.little(at: 40, 4)) blocks of \(node.little(at: 36, 4)) bytes"]
  }

  /// Detects ext2, ext3 and ext4 by the fields of the superblock. Its copies in later block groups state their group.
  ///
  /// Source: Linux's `Documentation/filesystems/ext4/super.rst`.
  init?(ext source: ContentsSource) {
    let start = 1024
    func number(_ offset: Int, _ size: Int = 4) -> UInt64 {
      source.head.little(at: start + offset, size)
    }
    let (inodes, blocks, blockLog) = (number(0), number(4), number(24))
    guard source.head.count >= start + 256, number(56, 2) == 0xEF53, inodes > 0, blocks > 0,
      blockLog <= 6, number(20) == (blockLog == 0 ? 1 : 0), number(76) <= 1, number(32) > 0,
      number(32) <= 8 << (10 + blockLog), number(40) > 0, number(58, 2) <= 7, number(60, 2) <= 3,
      number(90, 2) == 0
    else { return nil }
    let (compatible, incompatible) = (number(92), number(96))
    name = incompatible & 0x40 != 0 ? "ext4" : compatible & 4 != 0 ? "ext3" : "ext2"
    length = blocks << (10 + blockLog)
    facts = ["\(blocks << (10 + blockLog)) bytes"]
    if let label = source.head.text(at: start + 120, 16) { summary = ["\"\(label)\""] }
  }

  /// Detects FAT by the fields of the boot sector.
  init?(fat source: ContentsSource) {
    func number(_ offset: Int, _ size: Int) -> UInt64 { source.head.little(at: offset, size) }
    let (sectorSize, clusterSectors) = (number(11, 2), number(13, 1))
    let (reserved, tableCount) = (number(14, 2), number(16, 1))
    let isSmall = number(22, 2) > 0
    let tableSectors = isSmall ? number(22, 2) : number(36, 4)
    let total = number(19, 2) > 0 ? number(19, 2) : number(32, 4)
    guard source.head.count >= 512, number(510, 2) == 0xAA55,
      number(0, 1) == 0xEB && number(2, 1) == 0x90 || number(0, 1) == 0xE9,
      [512, 1024, 2048, 4096].contains(sectorSize), clusterSectors.nonzeroBitCount == 1,
      reserved > 0, 1...2 ~= tableCount, number(21, 1) == 0xF0 || number(21, 1) >= 0xF8,
      tableSectors > 0
    else { return nil }
    let root = (number(17, 2) * 32 + sectorSize - 1) / sectorSize
    let used = reserved + tableCount * tableSectors + root
    guard total > used else { return nil }
    let clusters = (total - used) / clusterSectors
    name = !isSmall ? "FAT32" : clusters < 4085 ? "FAT12" : "FAT16"
    length = total * sectorSize
    facts = [(total * sectorSize).asByteCount]
    if let label = source.head.text(at: isSmall ? 43 : 71, 11), label != "NO NAME" {
      summary = ["\"\(label)\""]
    }
  }
}
