internal import Storage

/// Bytes that libarchive reads.
struct ArchiveSource {
  let image: FlashImage
  let range: Range<UInt64>
  let format: ContainerFormat
  /// The distance from the end that libarchive searches for the end record of a ZIP.
  static let listSearchLength: UInt64 = 16 << 10

  /// Whether libarchive finds a list of the members, so that it passes one by without reading it.
  var hasList = false
  /// The bytes are compressed data by a label only, or ones in which no archive is.
  var isForced = false

  func reader() -> ArchiveReader { ArchiveReader(image, range, format, isForced: isForced) }

  /// The same as compressed data in which no archive is; nil if it is read so, or is not compressed. Zeros at its start look like the end of
  /// a tar archive.
  var forced: ArchiveSource? {
    guard format.isCompression, !isForced else { return nil }
    var source = self
    source.isForced = true
    return source
  }
}

extension ContainerSession {
  /// The payloads with JFFS2 in a member of an archive, or in decompressed data.
  ///
  /// - Parameter end: The end of the archive, if known; set when it has been read to its end.
  mutating func contents(
    _ source: ArchiveSource, depth: Int, member: String?, _ end: inout UInt64?
  ) throws(FirmwareError) -> [ContainerPayload] {
    var wanted: String?
    if let member { wanted = try wantedName(member, in: source) }
    var search = MemberSearch(source: source, wanted: wanted, nestedMember: member)
    var reader = source.reader()
    while let entry = try next(&reader, &search) {
      if reader.isRaw {
        return try compressed(&reader, source, depth: depth, member: member, &end)
      }
      search.isEmpty = false
      try charge(for: entry)
      try look(at: entry, &reader, &search, depth: depth)
      if wanted == entry.name || search.isCutOff { break }
    }
    if search.isEmpty, let forced = source.forced {
      return try contents(forced, depth: depth, member: member, &end)
    }
    if search.damage == nil, search.wanted == nil, !search.isCutOff {
      end = end ?? source.range.lowerBound + reader.consumed
    }
    if !search.isCutOff { try finish(&reader, &search) }
    guard search.candidates.count < 2 else { throw .multipleMatches(search.candidates) }
    if let found = search.first {
      return found.payloads.map { payload in
        let payload = search.flaws.reduce(payload) { $0.warned($1, isFlaw: true) }
        return search.damage.map { payload.cutBehind(found.name, $0) } ?? payload
      }
    }
    if let failure { throw failure }
    if let member, wanted == nil { throw .memberNotFound(member, members: search.names) }
    throw wanted == nil
      ? .noMatchingMember(source.format, members: search.names, instead: search.reversed)
      : .noFileSystem(seen: search.seen, within: FirmwareError.unpackedData)
  }

  /// The state while iterating over an archive.
  private struct MemberSearch {
    let source: ArchiveSource
    /// The only member to examine.
    let wanted: String?
    /// The name to look for in archives that are members of this one, where it has none of that name.
    let nestedMember: String?
    var names = MemberList()
    /// Those that hold JFFS2.
    var candidates = MemberList()
    var areWhole = true
    /// The only one that is ever served.
    var first: (name: String, payloads: [ContainerPayload])?
    var seen: [Contents] = []
    /// The first member in which bytes are in reversed order.
    var reversed: String?
    var skipped: UInt64 = 0
    /// Whether no further member can be read.
    var isCutOff = false
    /// Why, where all of the candidates are whole.
    var damage: FirmwareError?
    /// Faults of the archive as a whole.
    var flaws: [String] = []
    /// Whether nothing has come, not even a directory.
    var isEmpty = true

    /// Ends the search where the archive is damaged, if there is something to serve.
    mutating func end(by error: FirmwareError) throws(FirmwareError) {
      guard case .damagedContainer = error, first != nil else { throw error }
      isCutOff = true
      if areWhole { damage = error }
    }
  }

  /// The next member; nil if there is none, or none that can be read.
  private mutating func next(
    _ reader: inout ArchiveReader, _ search: inout MemberSearch
  ) throws(FirmwareError) -> ArchiveReader.Member? {
    do throws(FirmwareError) {
      return try reader.next(&budget)
    } catch {
      try search.end(by: error)
      return nil
    }
  }

  /// Reads to the end, where a compression has its checksums.
  private mutating func finish(
    _ reader: inout ArchiveReader, _ search: inout MemberSearch
  ) throws(FirmwareError) {
    if reader.hasSkippedBytes {
      search.flaws.append(
        "the \(search.source.format.rawValue) data is damaged: members may be missing")
    }
    do throws(FirmwareError) {
      try reader.finish(&budget)
    } catch {
      guard case .damagedContainer = error, search.first != nil else { throw error }
      search.flaws.append(error.damage + ": its contents may be wrong")
    }
  }

  private mutating func look(
    at entry: ArchiveReader.Member, _ reader: inout ArchiveReader, _ search: inout MemberSearch,
    depth: Int
  ) throws(FirmwareError) {
    let isFile = entry.isFile && entry.size != 0
    if isFile { search.names.add(entry.name) }
    guard isFile, search.wanted == nil || search.wanted == entry.name else {
      try skip(entry, &reader, search.source, &search.skipped)
      // To come to what follows in it, all of this is decompressed.
      guard search.source.format != .sevenZip || budget.takeDecompressed(entry.size ?? 0) else {
        throw tooLarge(entry.name)
      }
      return
    }
    guard !entry.isEncrypted else {
      failure = failure ?? .encrypted(search.source.format, member: entry.name)
      return
    }
    let unpacked = try unpack(&reader, entry.name, promised: entry.size)
    let (file, whole) = (unpacked.image, 0..<unpacked.image.byteCount)
    let member = search.wanted == nil ? search.nestedMember : nil
    let found = try attempt(file, whole, depth: depth + 1, member: member)
    if !found.isEmpty {
      let container = Container.archive(search.source.format, member: entry.name)
      search.candidates.add(entry.name)
      search.first = search.first ?? (entry.name, found.map { $0.inside(container, unpacked) })
      search.areWhole = search.areWhole && unpacked.damage == nil
      search.isCutOff = unpacked.damage != nil && search.source.format.isSequential
    } else if let damage = unpacked.damage {
      try search.end(by: damage)
    } else if search.wanted != nil, !whole.isEmpty {
      search.seen = try storage { () throws(StorageError) in try Contents.find(in: file, whole) }
    } else if search.first == nil, search.reversed == nil {
      search.reversed = try storage { () throws(StorageError) in
        try Contents.firstReversed(in: file).map { "in \"\(entry.name)\" \($0)" }
      }
    }
  }

  /// The member's whole name by its whole name or the last part of it; nil if no member of this archive has it.
  private mutating func wantedName(
    _ name: String, in source: ArchiveSource
  ) throws(FirmwareError) -> String? {
    var reader = source.reader()
    var skipped: UInt64 = 0
    var sameLastPart = MemberList()
    do throws(FirmwareError) {
      while let entry = try reader.next(&budget) {
        if reader.isRaw { return nil }
        try charge(for: entry)
        if entry.isFile, entry.name == name { return name }
        if entry.isFile, entry.name.split(separator: "/").last.map(String.init) == name {
          sameLastPart.add(entry.name)
        }
        try skip(entry, &reader, source, &skipped)
      }
    } catch {
      // Where the names end early is reported when the members are examined.
      guard case .damagedContainer = error else { throw error }
    }
    guard sameLastPart.count < 2 else { throw .ambiguousMember(sameLastPart) }
    return sameLastPart.names.first
  }

  /// A member costs what it needs in a tar archive, and what its name may cost of memory: libarchive keeps those of files with several
  /// names, and small compressed data can unpack to members without end.
  private mutating func charge(for entry: ArchiveReader.Member) throws(FirmwareError) {
    guard budget.consumeRetained(max(512, 8 * entry.nameLength)) else {
      throw tooLarge(entry.isFile ? entry.name : nil)
    }
  }

  /// Passes a member by, which costs as much as unpacking it where members only follow each other.
  private mutating func skip(
    _ entry: ArchiveReader.Member, _ reader: inout ArchiveReader, _ source: ArchiveSource,
    _ skipped: inout UInt64
  ) throws(FirmwareError) {
    guard let size = entry.size, size > 0, source.format != .zip || source.hasList else {
      // Where its end is may only show when it is unpacked: in a ZIP without its list of members, regardless of the declared size.
      guard reader.pass(&budget) else { throw tooLarge(entry.name) }
      return
    }
    guard source.format.isSequential else { return }
    let (sum, overflow) = skipped.addingReportingOverflow(size)
    skipped = sum
    if overflow || sum > options.maxUnpacked { throw tooLarge(entry.name) }
  }

  private func tooLarge(_ member: String?) -> FirmwareError {
    .unpackedTooLarge(limit: options.maxUnpacked, member: member)
  }

  private mutating func compressed(
    _ reader: inout ArchiveReader, _ source: ArchiveSource, depth: Int, member: String?,
    _ end: inout UInt64?
  ) throws(FirmwareError) -> [ContainerPayload] {
    let unpacked = try unpack(&reader, nil, promised: nil)
    if unpacked.damage == nil { end = source.range.lowerBound + reader.consumed }
    let (file, whole) = (unpacked.image, 0..<unpacked.image.byteCount)
    let found = try attempt(file, whole, depth: depth + 1, member: member)
    if !found.isEmpty { return found.map { $0.inside(.compressed(source.format), unpacked) } }
    if let damage = unpacked.damage { throw damage }
    if let failure { throw failure }
    if let member { throw .notAnArchive(member: member) }
    throw try Self.nothing(in: file, whole).within(FirmwareError.unpackedData)
  }

  private mutating func unpack(
    _ reader: inout ArchiveReader, _ name: String?, promised: UInt64?
  ) throws(FirmwareError) -> ArchiveReader.Unpacked {
    guard promised ?? 0 <= budget.kept,
      let unpacked = try reader.unpack(into: options.scratchFile, &budget)
    else { throw tooLarge(name) }
    return unpacked
  }

  /// The error for bytes without JFFS2.
  static func nothing(
    in image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> FirmwareError {
    guard !range.isEmpty else { return .noFileSystem(seen: []) }
    return try storage { () throws(StorageError) in
      if try image.isFilled(with: 0xFF, range) { return .blank }
      if try image.isFilled(with: 0, range) { return .zeros }
      return .noFileSystem(seen: try Contents.find(in: image, range))
    }
  }
}

extension ContainerPayload {
  /// The same within what was unpacked, with a warning where that is not all.
  fileprivate func inside(_ container: Container, _ unpacked: ArchiveReader.Unpacked)
    -> ContainerPayload
  {
    guard let damage = unpacked.damage, case .damagedContainer = damage else {
      return inside(container)
    }
    let flaw =
      "\(damage.damage): only the \(unpacked.image.byteCount) bytes before that are read"
    return inside(container, warnings: [flaw], flaws: [flaw])
  }

  /// The payload with a warning that the archive cannot be read after the member that contains it.
  fileprivate func cutBehind(_ member: String, _ damage: FirmwareError) -> ContainerPayload {
    guard case .damagedContainer = damage else { return self }
    let flaw = "\(damage.damage): \"\(member)\" is read, nothing after it"
    var cut = self
    cut.warnings.insert(flaw, at: 0)
    cut.flaws.insert(flaw, at: 0)
    return cut
  }
}

extension FirmwareError {
  /// The start of a message about a damaged container; empty for other errors.
  fileprivate var damage: String {
    guard case .damagedContainer(let format, _, let reason) = self else { return "" }
    return "the \(format.rawValue) data is damaged or truncated"
      + (reason.isEmpty ? "" : " (\(reason))")
  }
}
