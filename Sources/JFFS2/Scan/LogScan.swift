internal import Storage
internal import Support

/// The nodes of one log as a single walk gathers them: what a ``Volume`` is built from.
///
/// Both the search for file systems in a firmware and a volume need a walk over all nodes; they share this one.
package struct LogScan: Sendable {
  package let range: FlashRange
  package let dialect: Dialect
  /// The index found by the walk, with the inode nodes in order.
  let index: NodeIndexBuilder
  /// The evidence from the numbers of inodes and names.
  let numbering: Numbering
  /// The offset of OpenWrt's end marker that ends the file system; nil if there is none.
  package let endMarker: UInt32?
  /// The number of nodes after the end marker, if the erase size was not given.
  let staleNodeCount: Int
  /// The nodes that a given erase size hides, and the size that the data fit; nil if it hides none.
  let eraseSizeMismatch: (hiddenNodeCount: Int, fitting: EraseBlockSize)?

  /// Walks over the range.
  ///
  /// - Parameter eraseSize: As ``NodeScanner`` takes it.
  /// - Throws: `.invalidEraseSize`, `.incompatibleNode`, `.storage`.
  package init(
    _ range: FlashRange, dialect: Dialect, eraseSize: UInt32? = nil
  ) throws(JFFS2Error) {
    if let eraseSize, !FlashRange.isValid(eraseSize: eraseSize) {
      throw .invalidEraseSize(eraseSize)
    }
    var index = try Self.scan(NodeScanner(range, dialect: dialect, eraseSize: eraseSize))
    endMarker = try Self.endMarker(index, range, dialect, eraseSize: eraseSize)
    let nodeCount = index.statistics.nodeCount
    if let endMarker, eraseSize == nil {
      index = try Self.scan(NodeScanner(range, dialect: dialect, end: endMarker))
    }
    staleNodeCount = nodeCount - index.statistics.nodeCount
    eraseSizeMismatch =
      eraseSize == nil ? nil : try Self.mismatch(of: index, range, dialect, end: endMarker)
    index.finish()
    numbering = Numbering(index)
    self.range = range
    self.dialect = dialect
    self.index = index
  }

  private static func scan(_ scanner: NodeScanner) throws(JFFS2Error) -> NodeIndexBuilder {
    try scanner.scan {
      NodeIndexBuilder(scanner.range, scanner.dialect.endianness, eraseSize: scanner.eraseSize)
    }
  }

  /// The first end marker at the start of an erase block.
  private static func endMarker(
    _ index: NodeIndexBuilder, _ range: FlashRange, _ dialect: Dialect, eraseSize: UInt32?
  ) throws(JFFS2Error) -> UInt32? {
    guard !index.endMarkers.isEmpty else { return nil }
    let eraseSize =
      if let eraseSize { eraseSize } else {
        try index.eraseSizeEvidence.inferred(range, dialect.endianness).minimum
      }
    return index.endMarkers.first { $0.isMultiple(of: eraseSize) }
  }

  /// Compares what was found with a given erase size with what is found without one.
  private static func mismatch(
    of index: NodeIndexBuilder, _ range: FlashRange, _ dialect: Dialect, end: UInt32?
  ) throws(JFFS2Error) -> (hiddenNodeCount: Int, fitting: EraseBlockSize)? {
    let whole = try scan(NodeScanner(range, dialect: dialect, end: end))
    let hidden = whole.statistics.nodeCount - index.statistics.nodeCount
    guard hidden > 0 else { return nil }
    return (hidden, try whole.eraseSizeEvidence.inferred(range, dialect.endianness))
  }

  /// Whether the range is certainly one file system from its first node to its end: nothing but nodes and erased flash, and no two
  /// nodes that only different file systems could hold.
  ///
  /// The answer "no" only says that a closer look is needed.
  package var isOneFileSystem: Bool {
    !index.sawForeignData && !(index.inodeNodes.isEmpty && index.dirents.isEmpty)
      && !hasConflictingInodes && !hasConflictingDirents && numbering.restarts.isEmpty
      && numbering.inconsistentInos.isEmpty && crossingNode == nil && !hasNamesInFiles
      && (numbering.isPristine || !hasInterruptedFileOfTwoNames)
      && !index.dirents.dropFirst().contains {
        $0.version == 0 && $0.parentIno == .root
      }
  }

  /// The first inode node that crosses the start of an erase block as the cleanmarkers show these: they are another file system's.
  ///
  /// An end marker that ends nothing shows that the erase size changed with an update: the cleanmarkers before it are of smaller blocks.
  var crossingNode: UInt32? {
    guard index.endMarkers.isEmpty, let fits = index.eraseSizeEvidence.fitsCleanmarkers
    else { return nil }
    return index.inodeNodes.lazy.filter { node in
      node.isUsable
        && !fits(
          node.flashOffset..<node.flashOffset + UInt32(RawInode.size) + node.compressedSize)
    }.map(\.flashOffset).min()
  }

  /// Whether an inode has a version twice, one that cannot follow the one before, or two types of file.
  private var hasConflictingInodes: Bool {
    var type: UInt8 = 0
    for (number, node) in index.inodeNodes.enumerated() {
      let previous = number > 0 ? index.inodeNodes[number - 1] : nil
      if previous?.ino != node.ino { type = 0 }
      if let previous, previous.ino == node.ino,
        previous.version == node.version || !node.follows(previous)
      {
        return true
      }
      if node.fileType != 0 {
        if type != 0, type != node.fileType { return true }
        type = node.fileType
      }
    }
    return false
  }

  /// Whether a name is in an inode that is not a directory.
  private var hasNamesInFiles: Bool {
    let nodes = index.inodeNodes
    var parent = UInt32.root
    for dirent in index.dirents where dirent.parentIno != parent {
      parent = dirent.parentIno
      let start = partition(nodes.count) { nodes[$0].ino >= parent }
      let files = nodes[start...].prefix { $0.ino == parent }
      if files.contains(where: { $0.fileType != 0 && !$0.isDirectory }) { return true }
    }
    return false
  }

  /// Whether a file with two names in the log lacks versions between two others: each name may be of another file system.
  private var hasInterruptedFileOfTwoNames: Bool {
    func name(_ dirent: Dirent) -> ArraySlice<UInt8> {
      index.names[Int(dirent.nameOffset)...].prefix(Int(dirent.nameLength))
    }
    var first: [UInt32: Dirent] = [:]
    var inos: Set<UInt32> = []
    for dirent in index.dirents where dirent.ino != 0 {
      guard let other = first[dirent.ino] else {
        first[dirent.ino] = dirent
        continue
      }
      if name(dirent) != name(other) { inos.insert(dirent.ino) }
    }
    return inos.contains(where: lacksVersion)
  }

  private func lacksVersion(_ ino: UInt32) -> Bool {
    let nodes = index.inodeNodes
    let start = partition(nodes.count) { nodes[$0].ino >= ino }
    let own = nodes[start...].prefix { $0.ino == ino }
    return zip(own, own.dropFirst()).contains { $1.version - $0.version > 1 }
  }

  /// Whether a version occurs twice among the names of a directory.
  private var hasConflictingDirents: Bool {
    // As mkfs.jffs2 numbers them.
    if zip(index.dirents, index.dirents.dropFirst()).allSatisfy({ $0.version < $1.version }) {
      return false
    }
    let identities = index.dirents.lazy.filter(\.isReadable)
      .map { UInt64($0.parentIno) << 32 | UInt64($0.version) }.sorted()
    return zip(identities, identities.dropFirst()).contains { $0 == $1 }
  }
}
