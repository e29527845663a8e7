package import JFFS2
package import Storage

/// Takes containers off: U-Boot images, archives, compressed data, in each other up to four deep.
///
/// A container is known by its bytes. Of its payloads the one is taken that holds JFFS2 nodes; what has to be unpacked for that goes
/// into files without names, and nothing in an archive's names, links or devices ever reaches the file system.
package struct Unwrapper: Sendable {
  package struct Options: Sendable {
    /// The bytes that may be unpacked in all.
    package var maxUnpacked: UInt64 = 1 << 30
    /// Takes what is unpacked.
    package var unpackingFile: UnpackingFile
    /// The name of the archive's member to take: the whole name, else its last part.
    package var member: String?
    /// The only byte order to look for.
    package var endianness: Endianness?
    /// Whether U-Boot images are opened, or only archives and compressed data.
    package var opensImages: Bool

    package init(
      maxUnpacked: UInt64 = 1 << 30, unpackingFile: UnpackingFile = UnpackingFile(),
      member: String? = nil, endianness: Endianness? = nil, opensImages: Bool = true
    ) {
      self.maxUnpacked = maxUnpacked
      self.unpackingFile = unpackingFile
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
  /// - Returns: nil where there is none: the bytes are to be looked at as they are.
  /// - Throws: ``FirmwareError`` where there is one, but no JFFS2 can be had from it.
  package func unwrap(
    _ image: FlashImage, _ range: Range<UInt64>
  ) throws(FirmwareError) -> Unwrapped? {
    var unwrapping = Unwrapping(options)
    if let found = try unwrapping.container(image, range, depth: 0, member: options.member) {
      return found
    }
    if let member = options.member { throw .noArchive(member: member) }
    return nil
  }

  /// Takes off the one U-Boot image that lies somewhere in the range and holds JFFS2.
  ///
  /// - Parameter note: Is told the place that has been looked at now and then.
  /// - Returns: nil where there is none, or several, or JFFS2 beside it.
  package func unwrapEmbedded(
    _ image: FlashImage, _ range: Range<UInt64>, note: ((UInt64) -> Void)? = nil
  ) throws(FirmwareError) -> Unwrapped? {
    var unwrapping = Unwrapping(options)
    let found = try unwrapping.embedded(image, range, depth: 0, member: nil, note: note)
    guard found.count == 1, let only = found.first else { return nil }
    let after = min(only.end, range.upperBound)..<range.upperBound
    for rest in [range.lowerBound..<only.start, after]
    where try unwrapping.holdsJFFS2(image, rest) {
      return nil
    }
    return only.payload
  }
}

/// One run of an ``Unwrapper``, with what it may still unpack.
struct Unwrapping {
  let options: Unwrapper.Options
  var budget: UnpackingBudget
  /// The first reason why a payload could not be looked at.
  var failure: FirmwareError?

  init(_ options: Unwrapper.Options) {
    self.options = options
    budget = UnpackingBudget(limit: options.maxUnpacked)
  }

  /// The container that starts where the range does, taken off.
  mutating func container(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?
  ) throws(FirmwareError) -> Unwrapped? {
    guard depth < Unwrapper.maximumDepth else {
      // A U-Boot image leaves its data as they are, to be looked at with its header.
      let format = try storage { () throws(StorageError) in
        try ContainerFormat.detect(image, range)
      }
      guard let format, format != .lzma else { return nil }
      throw .tooDeep(format)
    }
    if options.opensImages {
      if let found = try uImage(image, range, depth: depth, member: member) { return found }
      if let found = try flattenedImageTree(image, range, depth: depth, member: member) {
        return found
      }
    }
    guard
      let format = try storage({ () throws(StorageError) in
        try ContainerFormat.detect(image, range)
      })
    else { return nil }
    let source = ArchiveSource(image: image, range: range, format: format)
    do {
      return try archive(source, depth: depth, member: member)
    } catch {
      // LZMA has no magic number: perhaps it is none.
      guard format == .lzma, try holdsJFFS2(image, range) else { throw error }
      return nil
    }
  }

  /// The payload, where it holds JFFS2 as it is or in more containers; other failures than those of the system and
  /// of limits only mean that this is not the one.
  ///
  /// - Parameter isSearched: Whether JFFS2 may lie anywhere in it, or only at its start, for the data are compressed in a way that nobody
  ///   here can undo: then pieces of files may stand in them as they are.
  mutating func attempt(
    _ image: FlashImage, _ range: Range<UInt64>, depth: Int, member: String?,
    isSearched: Bool = true
  ) throws(FirmwareError) -> Unwrapped? {
    guard !range.isEmpty else { return nil }
    do {
      if let found = try container(image, range, depth: depth, member: member) { return found }
    } catch {
      switch error {
      case .storage, .unpackedTooLarge, .severalMembers, .ambiguousMember: throw error
      case .noMember, .noSuchMember, .noFileSystem, .blank, .noArchive: return nil
      default:
        failure = failure ?? error
        return nil
      }
    }
    let isOpen = try storage { () throws(StorageError) in
      isSearched
        ? try Sighting.closed(image, range) == nil : try image.startsWithJFFS2(range)
    }
    guard member == nil, isOpen, try holdsJFFS2(image, range) else { return nil }
    return Unwrapped(image: image, range: range, containers: [], warnings: [])
  }

  /// Whether there is a good node in the range.
  func holdsJFFS2(_ image: FlashImage, _ range: Range<UInt64>) throws(FirmwareError) -> Bool {
    guard !range.isEmpty else { return false }
    do throws(JFFS2Error) {
      // More than a file system can be is looked at in pieces; a node that one of them cuts is only one of many.
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
    // Behind a vendor's header nodes may start at any byte.
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
