package import JFFS2
package import Storage

/// Takes containers off: U-Boot images, archives, compressed data, nested up to four deep.
///
/// A container is known by its bytes. Its payloads that hold JFFS2 nodes are taken, and so is JFFS2 after it; what has to be unpacked
/// for that goes into files without names, and nothing in an archive's names, links or devices ever reaches the file system.
package struct ContainerOpener: Sendable {
  package struct Options: Sendable {
    /// The maximum number of bytes that may be unpacked.
    package var maxUnpacked: UInt64 = 1 << 30
    /// Takes what is unpacked.
    package var scratchFile: ScratchFile
    /// The name of the archive's member to take: the whole name, else its last part.
    package var member: String?
    /// The only byte order to look for.
    package var endianness: Endianness?
    /// Whether U-Boot images are opened, or only archives and compressed data.
    package var opensImages: Bool

    package init(
      maxUnpacked: UInt64 = 1 << 30, scratchFile: ScratchFile = ScratchFile(),
      member: String? = nil, endianness: Endianness? = nil, opensImages: Bool = true
    ) {
      self.maxUnpacked = maxUnpacked
      self.scratchFile = scratchFile
      self.member = member
      self.endianness = endianness
      self.opensImages = opensImages
    }
  }

  static let maximumDepth = 4

  private let options: Options

  package init(_ options: Options = Options()) { self.options = options }

  /// Takes off the containers that start where the range does.
  ///
  /// - Returns: The payloads with JFFS2 in them and after them, in order; empty if there is no container.
  /// - Throws: ``FirmwareError`` where there is one, but no JFFS2 can be had from it.
  package func unwrap(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> [ContainerPayload] {
    var unwrapping = ContainerSession(options)
    let found = try unwrapping.container(image, range, depth: 0, member: options.member)
    if found.isEmpty, let member = options.member { throw .notAnArchive(member: member) }
    return found
  }

  /// Takes off the archives and compressed data that start where the range does, if they contain one thing: for a firmware without JFFS2.
  func onlyPayload(_ image: FlashImage, _ range: Range<UInt64>) -> ContainerPayload? {
    var session = ContainerSession(options)
    return session.onlyPayload(image, range)
  }

  /// Takes off the U-Boot images anywhere in the range that hold JFFS2.
  ///
  /// - Parameter onProgress: Called with the current offset from time to time.
  /// - Returns: Their payloads and what holds JFFS2 between them, in order; empty if the range is to be examined as it is.
  package func unwrapEmbedded(
    _ image: FlashImage, _ range: Range<UInt64>, onProgress: ((UInt64) -> Void)? = nil
  ) throws(FirmwareError) -> [ContainerPayload] {
    var unwrapping = ContainerSession(options)
    return try unwrapping.scattered(image, range, depth: 0, member: nil, onProgress: onProgress)
  }
}

/// One run of an ``ContainerOpener``, with what it may still unpack.
struct ContainerSession {
  let options: ContainerOpener.Options
  var budget: DecompressionBudget
  /// The first reason why a payload could not be examined.
  var failure: FirmwareError?

  init(_ options: ContainerOpener.Options) {
    self.options = options
    budget = DecompressionBudget(limit: options.maxUnpacked)
  }

  /// The payloads with JFFS2 in the container at the start of the range, and after it; empty if there is none.
  mutating func container(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> [ContainerPayload] {
    guard depth < ContainerOpener.maximumDepth else {
      // The data of a U-Boot image is not unpacked here: it is examined together with its header.
      let format = try storage { () throws(StorageError) in
        try ContainerFormat.detect(image, range)
      }
      guard let format, format != .lzma else { return [] }
      throw .tooDeep(format)
    }
    if options.opensImages {
      let found = try uImage(image, range, depth: depth, member: member)
      if !found.isEmpty { return found }
      let payloads = try flattenedImageTree(image, range, depth: depth, member: member)
      if !payloads.isEmpty { return payloads }
    }
    guard
      let format = try storage({ () throws(StorageError) in
        try ContainerFormat.detect(image, range)
      })
    else {
      let found = try selfExtracting(image, range, depth: depth, member: member)
      return found.isEmpty ? try hexDump(image, range, depth: depth, member: member) : found
    }
    let source = ArchiveSource(image: image, range: range, format: format)
    do {
      return try archive(source, depth: depth, member: member)
    } catch {
      // LZMA has no magic number: the data may be something else.
      guard format == .lzma, try holdsJFFS2(image, range) else { throw error }
      return []
    }
  }

  /// The payloads with JFFS2 in a payload: itself, or those in its containers; other failures than those of the system and
  /// of limits only mean that nothing does.
  ///
  /// - Parameter isSearched: Whether JFFS2 may be anywhere in it, or only at its start, because the data is compressed in a way that no one
  ///   here can undo: then pieces of files may be in them as they are.
  mutating func attempt(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?,
    isSearched: Bool = true
  ) throws(FirmwareError) -> [ContainerPayload] {
    guard !range.isEmpty else { return [] }
    do {
      let found = try container(image, range, depth: depth, member: member)
      if !found.isEmpty { return found }
    } catch {
      switch error {
      case .storage, .unpackedTooLarge, .multipleMatches, .ambiguousMember: throw error
      case .noMatchingMember, .memberNotFound, .noFileSystem, .noFileSystemInDump,
        .uImageWithoutJFFS2,
        .blank,
        .notAnArchive:
        return []
      default:
        failure = failure ?? error
        return []
      }
    }
    let (isJFFS2, isOpaque) = try storage { () throws(StorageError) in
      (try image.startsWithJFFS2(range), try Contents.opaque(image, range) != nil)
    }
    guard member == nil, isJFFS2 || isSearched && !isOpaque, try holdsJFFS2(image, range) else {
      return []
    }
    return [ContainerPayload(image: image, range: range, containers: [], warnings: [])]
  }

  /// Whether there is a valid node in the range.
  func holdsJFFS2(_ image: FlashImage, _ range: Range<UInt64>) throws(FirmwareError) -> Bool {
    guard !range.isEmpty else { return false }
    do throws(JFFS2Error) {
      // More than a file system can be is examined in pieces; a node that one of them cuts is only one of many.
      let pieces = stride(
        from: range.lowerBound, to: range.upperBound, by: Int(FlashRange.maximumLength))
      for start in pieces {
        let flash = try FlashRange(
          image, start..<min(start + UInt64(FlashRange.maximumLength), range.upperBound))
        if try Dialect.detect(in: flash, endianness: options.endianness) != nil { return true }
      }
    } catch {
      if case .storage(let error) = error { throw .storage(error) }
      return false
    }
    // After a vendor's header nodes may start at any byte.
    return try storage { () throws(StorageError) in
      try !PartitionSearch(image, range, endianness: options.endianness).partitions().isEmpty
    }
  }
}

/// Runs what reads bytes, with the module's own error.
func storage<Result>(
  _ body: () throws(StorageError) -> Result
) throws(FirmwareError) -> Result {
  do {
    return try body()
  } catch {
    throw .storage(error)
  }
}
