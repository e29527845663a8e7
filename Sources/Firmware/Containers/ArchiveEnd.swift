internal import Storage

extension ArchiveSource {
  /// The end of a ZIP or 7z archive according to its lists; nil if unknown.
  func endByList() throws(StorageError) -> UInt64? {
    switch format {
    case .zip: try endOfZIP()
    case .sevenZip: try endOf7z()
    default: nil
    }
  }

  private func endOf7z() throws(StorageError) -> UInt64? {
    let header = try image.bytes(at: range.lowerBound, count: 32, within: range)
    guard header.count == 32 else { return nil }
    return offset(32, header.little(at: 12, 8), header.little(at: 20, 8))
  }

  /// The end of the first record that a list of members before it belongs to.
  private func endOfZIP() throws(StorageError) -> UInt64? {
    // Most end with a record without a comment.
    let size = range.upperBound - range.lowerBound
    if size >= 22, let end = try endOfRecord(at: range.upperBound - 22) { return end }
    var start = range.lowerBound
    while start < range.upperBound {
      let piece = try image.bytes(at: start, count: 1 << 20, within: range)
      guard piece.count >= 22 else { return nil }
      let span = piece.span
      for index in 0...piece.count - 22
      where span[index] == 0x50 && span[index + 1] == 0x4B && span[index + 2] == 5 {
        if let end = try endOfRecord(at: start + UInt64(index)) { return end }
      }
      start += UInt64(piece.count - 21)
    }
    return nil
  }

  private func endOfRecord(at place: UInt64) throws(StorageError) -> UInt64? {
    let record = try image.bytes(at: place, count: 22, within: range)
    guard record.starts(with: Array("PK\u{5}\u{6}".utf8)),
      let listEnd = offset(
        0, record.little(at: 16, 4), record.little(at: 12, 4)),
      listEnd == place
    else { return nil }
    return min(range.upperBound, place + 22 + record.little(at: 20, 2))
  }

  /// The sum of numbers, counted from the archive's start; nil after its bytes.
  private func offset(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> UInt64? {
    let (sum, overflow) = second.addingReportingOverflow(third)
    guard !overflow, sum <= range.upperBound - range.lowerBound - first else { return nil }
    return range.lowerBound + first + sum
  }
}

extension ContainerSession {
  /// The payloads with JFFS2 in an archive or compressed data, and after it.
  mutating func archive(
    _ source: ArchiveSource, depth: Int, member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    // LZMA data are known by a guess or a label only, and so is their end.
    let isKnown = source.format != .lzma
    var source = source
    var end = try storage { () throws(StorageError) in try source.endByList() }
    source.hasList =
      end.map { source.range.upperBound - $0 < ArchiveSource.listSearchLength } ?? false
    var found: [ContainerPayload] = []
    var failure: FirmwareError?
    do throws(FirmwareError) {
      found = try contents(source, depth: depth, member: member, &end)
    } catch {
      switch error {
      case .noMatchingMember, .noFileSystem, .blank, .zeros: failure = error
      default: throw error
      }
    }
    if isKnown, let end, end < source.range.upperBound {
      let rest = end..<source.range.upperBound
      let container =
        source.format.isCompression
        ? Container.compressed(source.format) : .archive(source.format, member: "")
      found = try found.followed(by: rest, container) { () throws(FirmwareError) in
        try following(source.image, rest, depth, member)
      }
    }
    if found.isEmpty, let failure { throw failure }
    return found
  }
}
