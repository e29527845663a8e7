/// Finds the table of partitions that describes an image, among those that are in it.
///
/// U-Boot's environment and the kernel's command line hold one each; they may disagree, be truncated, or be a template.
struct MTDPartsSearch {
  /// The maximum number of tables; data with more is not an environment.
  static let maximumTables = 256

  private static let prefix = Array("mtdparts=".utf8)

  /// A table with the offset at which it was found.
  struct Found: Equatable {
    let offset: UInt64
    let kind: PartitionCandidate.TableKind
    let parts: [MTDParts.Resolved]
    /// That the flash memory is larger than what there is of it.
    var flaw: String?
  }

  /// The text of a table at the start of `bytes`, up to what cannot belong to it; nil if none starts.
  static func text(_ bytes: Span<UInt8>) -> String? {
    guard bytes.count > prefix.count, prefix.indices.allSatisfy({ bytes[$0] == prefix[$0] })
    else { return nil }
    var text: [UInt8] = []
    var isInName = false
    for index in bytes.indices {
      let byte = bytes[index]
      if byte == UInt8(ascii: "(") { isInName = true }
      if byte == UInt8(ascii: ")") { isInName = false }
      let isQuote = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
      if byte < 0x20 || byte > 0x7E || isQuote || (byte == 0x20 && !isInName) { break }
      text.append(byte)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The table whose partitions fit the data best, or nil where none does. One for a larger flash memory is the second choice: of that
  /// the end is missing.
  ///
  /// - Parameters:
  ///   - tables: Texts and the offsets of their first characters.
  ///   - espTables: Tables of ESP-IDF and their offsets.
  ///   - range: The flash memory: partitions count from its start.
  ///   - fileSystems: The file systems by their nodes, by ascending offset.
  ///   - others: Where UBI devices and other known contents begin.
  static func choose(
    _ tables: [(offset: UInt64, text: String)],
    espTables: [(offset: UInt64, device: MTDParts.Device)] = [], _ range: Range<UInt64>,
    _ fileSystems: [PartitionCandidate], others: [UInt64] = []
  ) -> Found? {
    var candidates = espTables.map {
      (offset: $0.offset, kind: PartitionCandidate.TableKind.espIDF, device: $0.device)
    }
    for table in tables where !table.text.contains("${") && !table.text.contains("%") {
      guard let devices = try? MTDParts(table.text).devices else { continue }
      candidates += devices.map { (table.offset, .mtdparts, $0) }
    }
    var best: (found: Found, hits: Int)?
    let size = range.upperBound - range.lowerBound
    for (offset, kind, device) in candidates {
      let placed = device.placed(in: range)
      let hits = placed.hits(fileSystems, others)
      guard hits > 0, hits * 2 >= fileSystems.count + others.count else { continue }
      let flaw =
        device.minimumSize <= size
        ? nil
        : "the dump is truncated: the partitions of the \(kind.rawValue) in it take "
          + "\(device.minimumSize) bytes, \(size) are there"
      // Fewer hits of a table that fits are better than more of one that does not.
      let isBetter =
        best.map { (flaw == nil ? 1 : 0, hits) > ($0.found.flaw == nil ? 1 : 0, $0.hits) } ?? true
      if isBetter {
        best = (Found(offset: offset, kind: kind, parts: placed, flaw: flaw), hits)
      }
    }
    return best?.found
  }

  /// The partitions of the user's table: of several devices, those of the first that fits into the flash memory and at most of whose
  /// partitions file systems begin; of the first device where none fits.
  ///
  /// - Returns: The device's name too, where there were several, and which partitions do not fit.
  static func choose(
    of table: MTDParts, _ range: Range<UInt64>, _ fileSystems: [PartitionCandidate],
    others: [UInt64] = []
  ) -> (device: String?, parts: [MTDParts.Resolved], flaw: String?) {
    let size = range.upperBound - range.lowerBound
    let isOnly = table.devices.count == 1
    var best: (device: MTDParts.Device, parts: [MTDParts.Resolved], hits: Int)?
    for device in table.devices where isOnly || device.minimumSize <= size {
      let placed = device.placed(in: range)
      let hits = placed.hits(fileSystems, others)
      if hits > best?.hits ?? -1 { best = (device, placed, hits) }
    }
    guard let device = best?.device ?? table.devices.first else { return (nil, [], nil) }
    let beyond = device.namesBeyond(size)
    let flaw =
      beyond.isEmpty
      ? nil
      : "not entirely in the \(size) bytes of the file, by mtdparts: \(MemberList(beyond)); the rest "
        + "is missing"
    return (isOnly ? nil : device.id, best?.parts ?? device.placed(in: range), flaw)
  }
}

extension MTDParts.Device {
  /// The partitions, where the device occupies a range.
  fileprivate func placed(in range: Range<UInt64>) -> [MTDParts.Resolved] {
    resolve(deviceSize: range.upperBound - range.lowerBound).map {
      MTDParts.Resolved(
        name: $0.name,
        range: $0.range.lowerBound + range.lowerBound..<$0.range.upperBound + range.lowerBound)
    }
  }
}

extension [MTDParts.Resolved] {
  /// The number of file systems and of other contents that begin where a partition does.
  fileprivate func hits(_ fileSystems: [PartitionCandidate], _ others: [UInt64]) -> Int {
    let boundaries = Set(map(\.range.lowerBound))
    return shifts(before: fileSystems).hits + others.count { boundaries.contains($0) }
  }
}
