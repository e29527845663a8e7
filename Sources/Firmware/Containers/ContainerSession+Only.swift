internal import Storage

extension ContainerSession {
  /// The contents of compressed data, or the only member of an archive, or the one that the user named, regardless of its contents.
  ///
  /// - Returns: nil if there is no such thing, or if it cannot be read to its end.
  mutating func onlyPayload(_ image: FlashImage, _ range: Range<UInt64>) -> ContainerPayload? {
    var payload: ContainerPayload?
    var (inner, innerRange) = (image, range)
    for _ in 0..<ContainerOpener.maximumDepth {
      guard let format = try? ContainerFormat.detect(inner, innerRange),
        let next = try? onlyMember(ArchiveSource(image: inner, range: innerRange, format: format))
      else { break }
      (inner, innerRange) = (next.image, next.range)
      payload =
        payload.map { outer in
          ContainerPayload(
            image: next.image, range: next.range, containers: outer.containers + next.containers,
            warnings: [])
        } ?? next
    }
    return payload
  }

  /// Where more bytes follow, the file is a flash memory that begins with an archive.
  private static let maximumRest: UInt64 = 64 << 10

  private mutating func onlyMember(
    _ source: ArchiveSource
  ) throws(FirmwareError) -> ContainerPayload? {
    var reader = source.reader()
    var found: ContainerPayload?
    var isEmpty = true
    while let entry = try reader.next(&budget) {
      isEmpty = false
      let isRaw = reader.isRaw
      guard isRaw || entry.isFile && entry.size != 0 else { continue }
      if let member = options.member, !isRaw, entry.name != member { continue }
      guard found == nil, let unpacked = try reader.unpack(into: options.scratchFile, &budget),
        unpacked.damage == nil, unpacked.image.byteCount > 0
      else { return nil }
      found = ContainerPayload(
        image: unpacked.image, range: 0..<unpacked.image.byteCount,
        containers: [
          isRaw ? .compressed(source.format) : .archive(source.format, member: entry.name)
        ], warnings: [])
      if isRaw { break }
    }
    if isEmpty, let forced = source.forced { return try onlyMember(forced) }
    let end = try storage { () throws(StorageError) in try source.endByList() }
    let rest =
      source.range.upperBound
      - min(source.range.upperBound, end ?? source.range.lowerBound + reader.consumed)
    return rest < Self.maximumRest ? found : nil
  }
}
