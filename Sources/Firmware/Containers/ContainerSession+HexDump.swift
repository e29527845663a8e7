internal import JFFS2
internal import Storage
internal import Support

extension ContainerSession {
  /// The payloads with JFFS2 in the hexadecimal dump that a text contains; empty if it contains none.
  mutating func hexDump(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    let style = try storage { () throws(StorageError) in try HexDumpStyle(detecting: image, range) }
    guard let style else { return [] }
    guard depth + 1 < ContainerOpener.maximumDepth else { return [] }
    let printed = try bytes(of: image, range, style, isReversed: false)
    let hasWords = style.byteCounts.keys.contains { $0 > 2 }
    // Where the characters do not decide in which order a processor prints its words, what is found does.
    if printed.order != .little || !hasWords {
      let found = try payloads(of: printed, depth: depth, member: member)
      if !found.isEmpty { return found }
    }
    if printed.order != .big, hasWords {
      let reversed = try bytes(of: image, range, style, isReversed: true)
      let found = try payloads(of: reversed, depth: depth, member: member)
      if !found.isEmpty { return found }
    }
    if let failure { throw failure }
    if let member { throw .notAnArchive(member: member) }
    let whole = 0..<printed.image.byteCount
    let seen = try storage { () throws(StorageError) in try Contents.find(in: printed.image, whole)
    }
    throw .noFileSystemInDump(seen: seen)
  }

  private mutating func bytes(
    of image: FlashImage, _ range: Range<UInt64>, _ style: HexDumpStyle, isReversed: Bool
  ) throws(FirmwareError) -> HexDumpReader.Result {
    let (limit, file) = (budget.kept, options.scratchFile)
    let result = try storage { () throws(StorageError) in
      try HexDumpReader(style, isReversed: isReversed, limit: limit, into: TemporaryFile(in: file))
        .read(image, range)
    }
    guard let result, budget.consumeRetained(result.image.byteCount) else {
      throw .unpackedTooLarge(limit: options.maxUnpacked, member: nil)
    }
    return result
  }

  private mutating func payloads(
    of dump: HexDumpReader.Result, depth: Int, member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    let regions = try storage { () throws(StorageError) in
      try HexDumpRegions(dump.runs, dump.image)
    }
    var found: [ContainerPayload] = []
    for region in regions.largest where found.count < PartitionSearch.maximumFileSystems {
      let bytes: (FlashImage, Range<UInt64>)?
      do throws(StorageError) {
        bytes = try region.image(dump.image, in: options.scratchFile, &budget)
      } catch {
        throw .storage(error)
      }
      guard let (image, range) = bytes else {
        throw .unpackedTooLarge(limit: options.maxUnpacked, member: nil)
      }
      let flaws = region.flaws(dump, differing: regions.differing)
      found += try attempt(image, range, depth: depth + 1, member: member).map {
        $0.inside(
          .hexDump(addresses: region.addresses), warnings: flaws + region.notes, flaws: flaws)
      }
    }
    return found
  }
}

extension HexDumpRegion {
  /// Gaps between what the user dumped, as opposed to lost lines, begin and end at multiples of this.
  private static let blockSize: UInt64 = 4096

  private func isBetweenBlocks(_ gap: Range<UInt64>) -> Bool {
    gap.lowerBound % Self.blockSize == 0 && gap.upperBound % Self.blockSize == 0
  }

  /// Gaps that are not damage, a sentence each.
  fileprivate var notes: [String] {
    gaps.filter(isBetweenBlocks).prefix(8).map {
      "the dump has no \(Self.text($0)), which reads as erased flash"
    }
  }

  /// The problems of the dump, one sentence each.
  fileprivate func flaws(_ dump: HexDumpReader.Result, differing: AddressList) -> [String] {
    var flaws: [String] = []
    let lost = gaps.filter { !isBetweenBlocks($0) }
    if !lost.isEmpty {
      let more = lost.count > 8 ? " and \(lost.count - 8) more" : ""
      flaws.append(
        "bytes are missing from the dump and read as erased flash: "
          + lost.prefix(8).map(Self.text).joined(separator: ", ") + more)
    }
    if dump.garbled.count > 0 {
      flaws.append(
        "\(dump.garbled.count.pluralized("garbled line")) in the dump: \(dump.garbled.description)")
    }
    if differing.count > 0 {
      flaws.append(
        "dumped twice with different bytes, of which the later are used: \(differing.description)")
    }
    if dump.isIncomplete {
      flaws.append("the dump has too many gaps; what follows them is not read")
    }
    for request in dump.requests
    where addresses.overlaps(request.addresses)
      && request.addresses.upperBound > addresses.upperBound
    {
      flaws.append(
        "the dump ends at \(addresses.upperBound.hexadecimal), but the command asked for "
          + Self.text(request.addresses))
    }
    return flaws
  }

  private static func text(_ range: Range<UInt64>) -> String {
    "\(range.lowerBound.hexadecimal) to \(range.upperBound.hexadecimal)"
  }
}
