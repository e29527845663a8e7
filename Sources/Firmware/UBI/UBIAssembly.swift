internal import JFFS2
internal import Storage
internal import Support

/// Assembles the volumes of one UBI device from its blocks, as Linux does when it attaches the device.
struct UBIAssembly {
  /// A block of a volume, by its number there.
  struct BlockKey: Hashable {
    let volume: UInt32
    let number: UInt32

    init(volume: UInt32, number: UInt32) {
      self.volume = volume
      self.number = number
    }

    init(_ header: UBIVolumeHeader) {
      self.init(volume: header.volume, number: header.logicalNumber)
    }
  }

  private let image: FlashImage
  private let layout: UBIDevice.Layout
  private let blocks: ArraySlice<UBIBlock>
  /// The end of the last block, which may be truncated.
  private let end: UInt64
  /// The blocks that count.
  private var current: [BlockKey: UBIBlock] = [:]
  private var warnings: [String] = []
  private var flaws: [String] = []
  private(set) var volumes: [UBIVolume] = []

  /// The offset of the start of the device.
  var offset: UInt64 { blocks.first?.offset ?? end }

  var range: Range<UInt64> { offset..<max(offset, end) }

  var blockSize: UInt64 { layout.blockSize }

  /// The devices that blocks belong to: one, or several whose blocks follow each other.
  static func devices(
    _ device: UBIDevice, _ image: FlashImage
  ) throws(StorageError) -> [UBIAssembly] {
    var blocks: [UBIBlock] = []
    var offset = device.range.lowerBound
    while offset < device.range.upperBound {
      blocks.append(
        try UBIBlock(image, at: offset, device.layout, limit: device.range.upperBound))
      offset += device.layout.blockSize
    }
    let starts = separate(blocks[...]) + [blocks.count]
    var devices: [UBIAssembly] = []
    for (start, next) in zip(starts, starts.dropFirst()) {
      let end = next < blocks.count ? blocks[next].offset : device.range.upperBound
      devices.append(try UBIAssembly(image, device.layout, blocks[start..<next], end: end))
    }
    return devices
  }

  private init(
    _ image: FlashImage, _ layout: UBIDevice.Layout, _ blocks: ArraySlice<UBIBlock>, end: UInt64
  ) throws(StorageError) {
    self.image = image
    self.layout = layout
    self.blocks = blocks
    self.end = end
    for block in blocks {
      guard let header = block.header else { continue }
      let key = BlockKey(header)
      guard let other = current[key] else {
        current[key] = block
        continue
      }
      current[key] = try newer(block, other)
    }
    reportHeaders()
    try assemble()
  }

  // MARK: Versions of a block

  /// The block that is used of two with the same number. A newer copy whose data CRC is wrong was not completed.
  private mutating func newer(
    _ one: UBIBlock, _ other: UBIBlock
  ) throws(StorageError) -> UBIBlock {
    guard let first = one.header, let second = other.header else { return other }
    let isFirstNewer = first.isNewer(than: second)
    if !isFirstNewer, !second.isNewer(than: first), try !haveSameData(one, other) {
      flaws.append(
        "UBI: block \(first.logicalNumber) of volume \(first.volume) exists twice with the same "
          + "sequence number, at \(other.offset.hexadecimal) and \(one.offset.hexadecimal); "
          + "the first is used")
      return other
    }
    let (newer, older) = isFirstNewer ? (one, other) : (other, one)
    guard newer.header?.isCopy == true, try !hasValidData(newer) else { return newer }
    return older
  }

  private func data(
    of block: UBIBlock, count: UInt64
  ) throws(StorageError) -> [UInt8] {
    let start = block.offset + UInt64(layout.headers.dataOffset)
    let limit = min(end, block.offset + layout.blockSize)
    guard start < limit else { return [] }
    return try image.bytes(at: start, count: Int(min(count, limit - start)), within: start..<limit)
  }

  private func haveSameData(_ one: UBIBlock, _ other: UBIBlock) throws(StorageError) -> Bool {
    try data(of: one, count: layout.dataSize) == data(of: other, count: layout.dataSize)
  }

  private func hasValidData(_ block: UBIBlock) throws(StorageError) -> Bool {
    guard let header = block.header, UInt64(header.dataSize) <= layout.dataSize else {
      return false
    }
    let data = try data(of: block, count: UInt64(header.dataSize))
    return data.count == Int(header.dataSize)
      && jffs2CRC(data.span, initial: .max) == header.dataCRC
  }

  // MARK: Reports

  /// The blocks of unknown volumes.
  var damaged: [UBIBlock] {
    blocks.filter { if case .damaged = $0.contents { true } else { false } }
  }

  private mutating func reportHeaders() {
    let damaged = damaged
    if !damaged.isEmpty {
      flaws.append(
        "UBI at \(offset.hexadecimal): \(damaged.count.pluralized("block")) with damaged headers, left "
          + "out: \(Self.list(damaged))")
    }
    let uncounted = blocks.filter { !$0.hasEraseCounter && $0.header != nil }
    if !uncounted.isEmpty {
      warnings.append(
        "UBI at \(offset.hexadecimal): damaged erase counter headers, data still used: "
          + Self.list(uncounted))
    }
    if let last = blocks.last, last.offset + layout.blockSize > end {
      let text =
        "UBI at \(offset.hexadecimal): the dump is truncated in the block at "
        + last.offset.hexadecimal
      if last.header == nil { warnings.append(text) } else { flaws.append(text) }
    }
  }

  private static func list(_ blocks: [UBIBlock]) -> String {
    blocks.prefix(8).map(\.offset.hexadecimal).joined(separator: ", ")
      + (blocks.count > 8 ? ", …" : "")
  }

  // MARK: Volumes

  private mutating func assemble() throws(StorageError) {
    let table = try table()
    var members: [UInt32: [UInt32: UBIBlock]] = [:]
    for (key, block) in current where key.volume < UBIVolumeHeader.firstInternalVolume {
      members[key.volume, default: [:]][key.number] = block
    }
    // Gaps of hostile images may not cost more than a device of ordinary size would.
    var budget = 8 * UInt64(blocks.count) + 1024
    for number in Set(members.keys).union(table.records.keys).sorted() {
      let record = table.records[number]
      // What the table does not have was deleted.
      if record == nil, table.isReadable, !table.damaged.contains(number) { continue }
      let mapped = members[number] ?? [:]
      let needed = UInt64(mapped.keys.max() ?? 0) + (mapped.isEmpty ? 0 : 1)
      guard needed <= budget else {
        flaws.append("UBI: volume \(number) has block numbers beyond its device; skipped")
        continue
      }
      let wanted = max(needed, min(UInt64(record?.blockCount ?? 0), budget))
      budget -= wanted
      var volume = volume(number, record, mapped, count: wanted)
      if volume.isStatic { try checkData(of: mapped, &volume) }
      volumes.append(volume)
    }
    for index in volumes.indices {
      volumes[index].warnings = flaws + warnings + volumes[index].flaws + volumes[index].warnings
      volumes[index].flaws = flaws + volumes[index].flaws
    }
  }

  /// Checks the data CRCs of a static volume.
  private func checkData(
    of mapped: [UInt32: UBIBlock], _ volume: inout UBIVolume
  ) throws(StorageError) {
    var damaged: [ClosedRange<UInt64>] = []
    for (number, block) in mapped.sorted(by: { $0.key < $1.key }) where try !hasValidData(block) {
      damaged.append(UInt64(number)...UInt64(number))
    }
    if !damaged.isEmpty {
      volume.flaws.append("\(Self.blocks(damaged, of: volume)) damaged (wrong data CRC)")
    }
  }

  private mutating func table() throws(StorageError) -> UBIVolumeTable {
    var copies: [[UInt8]] = []
    for number in UInt32(0)..<2 {
      guard let block = current[BlockKey(volume: UBIVolumeTable.volume, number: number)] else {
        continue
      }
      copies.append(try data(of: block, count: UInt64(UBIVolumeTable.size)))
    }
    let table = UBIVolumeTable(copies)
    if !table.isReadable {
      flaws.append(
        "UBI at \(offset.hexadecimal): no volume table; the names of its volumes are unknown")
    } else if !table.damaged.isEmpty {
      flaws.append(
        "UBI at \(offset.hexadecimal): the volume table is damaged in "
          + table.damaged.count.pluralized("record"))
    }
    return table
  }

  private func volume(
    _ number: UInt32, _ record: UBIVolumeRecord?, _ mapped: [UInt32: UBIBlock], count: UInt64
  ) -> UBIVolume {
    let header = mapped.values.first?.header
    let isStatic = header?.isStatic ?? false
    let padding = min(UInt64(header?.padding ?? 0), layout.dataSize - 1)
    let size = layout.dataSize - padding
    // A static volume ends with the data that were written to it.
    let count = isStatic ? min(count, UInt64(header?.usedBlocks ?? 0)) : count
    var segments: [ImageSegment] = []
    var next: UInt64 = 0
    var missing: [ClosedRange<UInt64>] = []
    for (number, block) in mapped.sorted(by: { $0.key < $1.key }) where UInt64(number) < count {
      if UInt64(number) > next { missing.append(next...UInt64(number) - 1) }
      append(filler: (UInt64(number) - next) * size, to: &segments)
      append(block, size, to: &segments)
      next = UInt64(number) + 1
    }
    if isStatic, next < count { missing.append(next...count - 1) }
    append(filler: (count - next) * size, to: &segments)
    let name =
      record.map { String(decoding: $0.name, as: UTF8.self).escapingControlCharacters } ?? ""
    var volume = UBIVolume(
      number: number, name: name.isEmpty ? "volume\(number)" : name, isStatic: isStatic,
      blockSize: size, segments: segments, warnings: [], flaws: [])
    report(missing, record, on: &volume)
    return volume
  }

  private func append(filler count: UInt64, to segments: inout [ImageSegment]) {
    if count > 0 { segments.append(ImageSegment(start: nil, count: count)) }
  }

  /// Adds the existing data of a block.
  private func append(_ block: UBIBlock, _ size: UInt64, to segments: inout [ImageSegment]) {
    let start = block.offset + UInt64(layout.headers.dataOffset)
    let present = min(size, end - min(end, start))
    var wanted = size
    if let header = block.header, header.isStatic { wanted = min(size, UInt64(header.dataSize)) }
    segments.append(ImageSegment(start: start, count: min(present, wanted)))
    append(filler: wanted - min(present, wanted), to: &segments)
  }

  /// The beginning of a sentence about blocks of a volume.
  private static func blocks(
    _ ranges: [ClosedRange<UInt64>], of volume: UBIVolume
  ) -> String {
    let list = ranges.prefix(8).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    let isOne = ranges.count == 1 && ranges[0].count == 1
    return "UBI volume \(volume.name): \(isOne ? "block" : "blocks") "
      + list.joined(separator: ", ") + (ranges.count > list.count ? ", …" : "")
      + (isOne ? " is" : " are")
  }

  private func report(
    _ missing: [ClosedRange<UInt64>], _ record: UBIVolumeRecord?, on volume: inout UBIVolume
  ) {
    if record?.isUpdateInterrupted == true {
      volume.flaws.append("an update of the UBI volume \(volume.name) was interrupted")
    }
    guard !missing.isEmpty else { return }
    let text = Self.blocks(missing, of: volume)
    if volume.isStatic {
      volume.flaws.append("\(text) missing")
    } else {
      volume.warnings.append("\(text) not mapped, and read as erased flash")
    }
  }
}
