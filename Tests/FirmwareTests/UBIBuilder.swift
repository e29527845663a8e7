import JFFS2
import TestSupport

/// Writes the blocks of a UBI device.
struct UBIBuilder {
  /// A volume of the volume table.
  struct Volume {
    var name: String
    var blockCount = 8
    var isUpdateInterrupted = false
    var hasValidCRC = true
  }

  var blockSize = 16384
  var volumeHeaderOffset = 512
  var dataOffset = 1024
  var imageSequence = 77

  var dataSize: Int { blockSize - dataOffset }

  private static let layoutVolume = 0x7FFF_EFFF

  private func crc(_ bytes: [UInt8]) -> [UInt8] {
    bigEndian(Int(jffs2CRC(bytes.span, initial: .max)))
  }

  private func header(_ magic: String, _ fields: [UInt8]) -> [UInt8] {
    let bytes = (Array(magic.utf8) + fields + [UInt8](repeating: 0, count: 60)).prefix(60)
    return Array(bytes) + crc(Array(bytes))
  }

  private func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0xFF, count: count - bytes.count)
  }

  /// A block that belongs to no volume.
  var free: [UInt8] {
    let fields =
      [1, 0, 0, 0] + bigEndian(0) + bigEndian(3) + bigEndian(volumeHeaderOffset)
      + bigEndian(dataOffset) + bigEndian(imageSequence)
    return padded(header("UBI#", fields), to: blockSize)
  }

  /// A block of a volume.
  func block(
    _ volume: Int, _ number: Int, _ data: [UInt8], sequence: Int = 0, version: Int = 0,
    isCopy: Bool = false, staticBlocks: Int? = nil, padding: Int = 0, dataCRC: [UInt8]? = nil
  ) -> [UInt8] {
    let hasCRC = isCopy || staticBlocks != nil
    var fields: [UInt8] = [1, staticBlocks == nil ? 1 : 2, isCopy ? 1 : 0, 0]
    fields += bigEndian(volume) + bigEndian(number) + bigEndian(version)
    fields += bigEndian(hasCRC ? data.count : 0) + bigEndian(staticBlocks ?? 0)
    fields += bigEndian(padding) + (hasCRC ? dataCRC ?? crc(data) : bigEndian(0)) + bigEndian(0)
    fields += bigEndian(0) + bigEndian(sequence)
    var bytes = Array(free[..<volumeHeaderOffset]) + header("UBI!", fields)
    bytes = padded(bytes, to: dataOffset) + data
    return padded(bytes, to: blockSize)
  }

  /// The volume table.
  func table(_ volumes: [Volume]) -> [UInt8] {
    var table: [UInt8] = []
    for number in 0..<dataSize / 172 {
      var record = [UInt8](repeating: 0, count: 168)
      if number < volumes.count {
        let volume = volumes[number]
        let name = Array(volume.name.utf8)
        record = bigEndian(volume.blockCount) + bigEndian(1) + bigEndian(0)
        record += [1, volume.isUpdateInterrupted ? 1 : 0, 0, UInt8(name.count)] + name
        record += [UInt8](repeating: 0, count: 168 - record.count)
      }
      let isDamaged = number < volumes.count && !volumes[number].hasValidCRC
      table += record + (isDamaged ? bigEndian(1) : crc(record))
    }
    return table
  }

  /// One of the blocks with the volume table.
  func layout(_ number: Int, _ volumes: [Volume]) -> [UInt8] {
    block(Self.layoutVolume, number, table(volumes))
  }

  /// The blocks that data of a volume fill.
  func blocks(
    _ volume: Int, _ data: [UInt8], sequence: Int = 0, isStatic: Bool = false, padding: Int = 0
  ) -> [[UInt8]] {
    let size = dataSize - padding
    let count = (data.count + size - 1) / size
    return (0..<count).map { number in
      block(
        volume, number, Array(data[(number * size)..<min(data.count, (number + 1) * size)]),
        sequence: sequence == 0 ? 0 : sequence + number, staticBlocks: isStatic ? count : nil,
        padding: padding)
    }
  }

  /// A device with the volumes "kernel", which has something else, and "config", which has the data.
  func device(_ data: [UInt8], sequence: Int = 0) -> [[UInt8]] {
    let volumes = [Volume(name: "kernel"), Volume(name: "config")]
    return [layout(0, volumes), layout(1, volumes)]
      + blocks(0, [UInt8](repeating: 0x5A, count: 20000)) + blocks(1, data, sequence: sequence)
  }
}
