internal import JFFS2

/// The header that UBI writes to the start of every physical erase block. Big-endian on every machine.
///
/// Source: `struct ubi_ec_hdr` of Linux's `drivers/mtd/ubi/ubi-media.h`.
struct UBIEraseCounterHeader: Equatable {
  static let size = 64

  /// `UBI#`. On disk: `magic`.
  static let magic: [UInt8] = [0x55, 0x42, 0x49, 0x23]

  /// The offset of the volume identifier header in the block. On disk: `vid_hdr_offset`.
  let volumeHeaderOffset: UInt32
  /// The offset of the data in the block. On disk: `data_offset`.
  let dataOffset: UInt32
  /// The number that all blocks of one device have; 0 in old ones. On disk: `image_seq`.
  let imageSequence: UInt32

  /// Reads a header.
  ///
  /// - Returns: nil if there is none with a valid CRC and offsets in their order.
  init?(parsing bytes: Span<UInt8>) {
    guard bytes.isUBIHeader(Self.magic, size: Self.size) else { return nil }
    volumeHeaderOffset = bytes.u32(at: 16, .big)
    dataOffset = bytes.u32(at: 20, .big)
    imageSequence = bytes.u32(at: 24, .big)
    guard volumeHeaderOffset >= UInt32(Self.size), dataOffset < UBIDevice.maximumBlockSize,
      volumeHeaderOffset <= dataOffset,
      dataOffset - volumeHeaderOffset >= UInt32(UBIVolumeHeader.size)
    else { return nil }
  }
}

/// The header of a physical erase block that belongs to a volume: which one, and which of its blocks.
///
/// Source: `struct ubi_vid_hdr` of Linux's `drivers/mtd/ubi/ubi-media.h`.
struct UBIVolumeHeader: Equatable {
  static let size = 64

  /// `UBI!`. On disk: `magic`.
  static let magic: [UInt8] = [0x55, 0x42, 0x49, 0x21]

  /// Volumes from this number on are UBI's own.
  static let firstInternalVolume: UInt32 = 0x7FFF_EFFF

  /// Whether the volume is written as a whole, with a CRC for each block. On disk: `vol_type`.
  let isStatic: Bool
  /// Whether the block is a copy, which counts only if its data CRC is valid. On disk: `copy_flag`.
  let isCopy: Bool
  /// On disk: `vol_id`.
  let volume: UInt32
  /// The number of the block in the volume. On disk: `lnum`.
  let logicalNumber: UInt32
  /// The field of old versions instead of ``sequence``. On disk: `leb_ver`.
  let blockVersion: UInt32
  /// The bytes that ``dataCRC`` covers. On disk: `data_size`.
  let dataSize: UInt32
  /// The number of blocks that a static volume has. On disk: `used_ebs`.
  let usedBlocks: UInt32
  /// The bytes at the end of each block that the volume's alignment leaves unused. On disk: `data_pad`.
  let padding: UInt32
  /// On disk: `data_crc`.
  let dataCRC: UInt32
  /// The number that rises with every block that is written. On disk: `sqnum`.
  let sequence: UInt64

  /// Reads a header.
  ///
  /// - Returns: nil if there is none with a valid CRC.
  init?(parsing bytes: Span<UInt8>) {
    guard bytes.isUBIHeader(Self.magic, size: Self.size) else { return nil }
    isStatic = bytes[5] == 2
    isCopy = bytes[6] == 1
    volume = bytes.u32(at: 8, .big)
    logicalNumber = bytes.u32(at: 12, .big)
    blockVersion = bytes.u32(at: 16, .big)
    dataSize = bytes.u32(at: 20, .big)
    usedBlocks = bytes.u32(at: 24, .big)
    padding = bytes.u32(at: 28, .big)
    dataCRC = bytes.u32(at: 32, .big)
    sequence = UInt64(bytes.u32(at: 40, .big)) << 32 | UInt64(bytes.u32(at: 44, .big))
  }

  /// Whether the block was written after another of the same number.
  func isNewer(than other: UBIVolumeHeader) -> Bool {
    if sequence != other.sequence { return sequence > other.sequence }
    // Counters of 32 bits that wrap around.
    return blockVersion != other.blockVersion && blockVersion &- other.blockVersion < 1 << 31
  }
}

extension Span<UInt8> {
  /// Whether a header with a valid CRC in its last four bytes starts here.
  fileprivate func isUBIHeader(_ magic: [UInt8], size: Int) -> Bool {
    count >= size && (0..<4).allSatisfy { self[$0] == magic[$0] }
      && jffs2CRC(extracting(0..<size - 4), initial: .max) == u32(at: size - 4, .big)
  }
}
