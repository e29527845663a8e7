internal import JFFS2

/// A volume as the layout volume of a UBI device describes it.
///
/// Source: `struct ubi_vtbl_record` of Linux's `drivers/mtd/ubi/ubi-media.h`.
struct UBIVolumeRecord: Equatable {
  static let size = 172

  /// The maximum number of volumes of a device.
  static let maximumCount = 128

  /// The number of blocks that the volume has. 0 for no volume. On disk: `reserved_pebs`.
  let blockCount: UInt32
  /// Whether an update of the whole volume began and did not end. On disk: `upd_marker`.
  let isUpdateInterrupted: Bool
  let name: [UInt8]

  /// Reads a record.
  ///
  /// - Returns: nil if there is none with a valid CRC.
  init?(parsing bytes: Span<UInt8>) {
    guard bytes.count >= Self.size,
      jffs2CRC(bytes.extracting(0..<Self.size - 4), initial: .max)
        == bytes.u32(at: Self.size - 4, .big)
    else { return nil }
    blockCount = bytes.u32(at: 0, .big)
    isUpdateInterrupted = bytes[13] != 0
    let length = min(128, Int(bytes[14]) << 8 | Int(bytes[15]))
    name = (16..<16 + length).map { bytes[$0] }.prefix { $0 != 0 }.map(\.self)
  }
}

/// The table of volumes, from the copies in the blocks of the layout volume.
struct UBIVolumeTable {
  /// The number of the volume that has the table.
  static let volume = UBIVolumeHeader.firstInternalVolume

  /// The bytes of one copy.
  static let size = UBIVolumeRecord.maximumCount * UBIVolumeRecord.size

  /// The volumes, by their numbers.
  private(set) var records: [UInt32: UBIVolumeRecord] = [:]
  /// The numbers of records that are damaged in every copy.
  private(set) var damaged: [UInt32] = []

  /// Whether any record could be read.
  private(set) var isReadable = false

  /// - Parameter copies: The copies, of which the first has precedence.
  init(_ copies: [[UInt8]]) {
    let size = UBIVolumeRecord.size
    let count = copies.map { min($0.count / size, UBIVolumeRecord.maximumCount) }.max() ?? 0
    for number in 0..<count {
      let record = copies.lazy.compactMap { copy in
        copy.count < (number + 1) * size
          ? nil : UBIVolumeRecord(parsing: copy.span.extracting((number * size)...))
      }.first
      guard let record else {
        damaged.append(UInt32(number))
        continue
      }
      isReadable = true
      if record.blockCount > 0 { records[UInt32(number)] = record }
    }
  }
}
