internal import JFFS2

extension FlashUsage {
  /// The length of the file system if other data follows it in its range, or an end marker; nil if nothing does.
  func lengthBeforeOtherData(in volume: Volume) -> UInt32? {
    let kinds: [Finding.Kind] = [.trailingData, .endMarker]
    return volume.integrityFindings.contains { kinds.contains($0.kind) } ? foreignStart : nil
  }
}

extension ImageFormat {
  /// The format that an existing file system was written in.
  ///
  /// - Throws: `.storage`.
  init(like volume: Volume, _ usage: FlashUsage) {
    let nodes = usage.nodes
    let chunk = Int(nodes.largestChunk)
    self.init(
      dialect: volume.dialect, eraseSize: volume.eraseSize.byteCount,
      // A longer one need not fit into a block, and is a hostile image's.
      cleanmarkerLength: nodes.cleanmarkerLength.map { min($0, Self.maximumCleanmarkerLength) },
      hasSummaries: nodes.count(.summary) > 0,
      pageSize: chunk > 4096 && chunk.nonzeroBitCount == 1 && chunk <= Self.maximumPageSize
        ? chunk : 4096,
      compressions: Set(Self.writableCompressions.filter { nodes.compressions[$0] != nil }),
      padding: Self.padding(of: volume, usage))
  }

  /// Larger chunks than any page of memory.
  static let maximumPageSize = 64 << 10

  /// More bytes than the spare area of any page, where NAND has its cleanmarkers.
  private static let maximumCleanmarkerLength: UInt32 = 1024

  private static func padding(of volume: Volume, _ usage: FlashUsage) -> Padding? {
    let length = usage.lengthBeforeOtherData(in: volume) ?? volume.range.length
    guard length.isMultiple(of: volume.eraseSize.byteCount) else {
      // The erase size may be assumed.
      let isErased = UInt64(usage.nodesEnd) + UInt64(NodeHeader.size) <= UInt64(length)
      return isErased ? .toSize(UInt64(length)) : nil
    }
    return isPadded(volume, usage) ? .toSize(UInt64(length)) : .toBlock
  }

  /// Whether the size is that of a partition: the driver wrote in it, or there are erased blocks at the end.
  private static func isPadded(_ volume: Volume, _ usage: FlashUsage) -> Bool {
    guard volume.isPristine, let last = usage.blocks.last else { return true }
    let marker = (UInt64(usage.nodes.cleanmarkerLength ?? 0) + 3) & ~3
    return last.bytes[.free] + marker >= UInt64(volume.eraseSize.byteCount)
  }

  /// The format with what the user says otherwise.
  func changed(by options: PackOptions) -> ImageFormat {
    var format = self
    if let endianness = options.endianness {
      format.dialect = Dialect(endianness, magic: dialect.magic)
    }
    if let eraseSize = options.eraseSize { format.eraseSize = eraseSize }
    if let pageSize = options.pageSize { format.pageSize = pageSize }
    if let compressions = options.compressions { format.compressions = compressions }
    if let hasSummaries = options.hasSummaries { format.hasSummaries = hasSummaries }
    if let hasCleanmarkers = options.hasCleanmarkers {
      format.cleanmarkerLength = hasCleanmarkers ? UInt32(NodeHeader.size) : nil
    }
    if let padding = options.padding {
      format.padding = padding == 0 ? .toBlock : .toSize(padding)
    }
    return format
  }

  /// The names of an old file system's compressors that cannot be written.
  static func unwrittenCompressions(_ usage: FlashUsage) -> [String] {
    let written = Set(writableCompressions + [.none, .zero, .copy])
    return usage.nodes.compressions.keys.filter { !written.contains($0) }
      .map { $0.name ?? "number \($0.rawValue)" }.sorted()
  }

  /// The compressors as people name them.
  var compressionNames: String {
    let names = Self.writableCompressions.filter(compressions.contains).compactMap(\.name)
    return names.isEmpty ? "none" : names.joined(separator: ", ")
  }
}
