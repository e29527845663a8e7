internal import Storage
internal import Support
internal import Synchronization

/// A JFFS2 file system that was read and can be examined: what the Linux driver would serve from it, without a kernel.
///
/// The scan keeps an index of nodes, which never changes; contents and attributes are read from the image when they are requested, so
/// that each node's data CRC is checked on use. All methods may be called from any thread at once.
public final class Volume: Sendable {
  /// How a range is read that only damaged nodes cover.
  public enum DamagePolicy: String, Sendable, CaseIterable {
    /// Reading it fails.
    case error
    /// It reads as zeros, and a file ends where its last valid node ends, as in the driver.
    case zero
  }

  /// Facts about an image that the user gives and that are not detected then.
  public struct Options: Sendable {
    /// The only byte order to be tried.
    public var endianness: Endianness?
    /// The bytes of an erase block; makes the driver's rules for erase block boundaries apply.
    public var eraseSize: UInt32?
    /// How a range is read that only damaged nodes cover.
    public var damagePolicy: DamagePolicy

    /// Nothing is known, and damage is an error, unless specified.
    public init(
      endianness: Endianness? = nil, eraseSize: UInt32? = nil, damagePolicy: DamagePolicy = .error
    ) {
      self.endianness = endianness
      self.eraseSize = eraseSize
      self.damagePolicy = damagePolicy
    }
  }

  /// The inode number of every root.
  public static let rootIno: InodeNumber = .root

  /// The most bytes that a node may decompress to; nodes of an image are far smaller, and a hostile one may claim 4 GiB.
  package static let maximumChunkSize: UInt32 = 16 << 20

  /// The bytes of the longest name that can be looked up; one of 255 is listed only, as with the driver.
  public static let maximumNameLength = 254

  /// The part of the image that was scanned.
  package let range: FlashRange
  package let dialect: Dialect
  package let eraseSize: EraseBlockSize
  package let statistics: ScanStatistics

  package let damagePolicy: DamagePolicy
  let inodes: InodeTable
  let directories: DirectoryTable
  let xattrs: XattrTable
  /// Where valid nodes start that their block's summary does not list.
  let offsetsMissingFromSummary: [UInt32]
  /// Where inode, xattr and xref nodes start that a summary lists, and that are damaged, obsolete or missing.
  let offsetsOnlyInSummary: Set<UInt32>
  let checkedNodes: CheckedNodes
  /// Where live nodes start whose node CRC or name CRC is invalid, or whose lengths disagree; ascending.
  let damagedOffsets: [UInt32]
  let numbering: Numbering
  /// The offset of OpenWrt's end marker that ends the file system.
  package let endMarker: UInt32?
  /// The inodes of which a node is known to be missing: their gaps are not holes.
  let incompleteInos: Set<UInt32>
  /// The kinds of inodes in the tree of a history; nil for a file system.
  let versionTable: VersionTable?
  /// The result of the integrity check, which needs the index.
  let checkedIntegrity = Mutex<[Finding]>([])
  let fragmentTrees = FragmentTreeCache()
  let chunks = ChunkCache()
  let scratch = ScratchPool()
  let madePathIndex = Mutex<PathIndex?>(nil)

  /// Builds the index.
  ///
  /// - Parameter incompleteInos: The inodes of which a node is known to be missing.
  /// - Throws: ``JFFS2Error`` `.rootNotDirectory`, `.storage`.
  init(
    _ log: LogScan, _ options: Options, incompleteInos: Set<UInt32>
  ) throws(JFFS2Error) {
    range = log.range
    dialect = log.dialect
    self.eraseSize =
      if let given = options.eraseSize {
        EraseBlockSize(byteCount: given, reason: .given)
      } else {
        try log.index.eraseSizeEvidence.inferred(log.range, log.dialect.endianness)
      }
    self.damagePolicy = options.damagePolicy
    let listed = log.index.listed
    var inodes = InodeTable(
      nodes: log.index.inodeNodes, dirents: log.index.dirents, listed: listed.inodes.map(\.number))
    self.directories = DirectoryTable(log.index.dirents, names: log.index.names, &inodes)
    self.inodes = inodes
    self.checkedNodes = CheckedNodes(count: inodes.nodes.count)
    self.versionTable = nil
    self.xattrs = XattrTable(log.index.xattrs, log.index.xrefs, listed: listed.xattrs)
    self.offsetsMissingFromSummary = listed.offsetsMissingFromSummary
    self.offsetsOnlyInSummary = Set(listed.offsets)
    self.damagedOffsets = log.index.damagedOffsets
    self.numbering = log.numbering
    self.endMarker = log.endMarker
    self.incompleteInos = incompleteInos
    var statistics = log.index.statistics
    statistics.impossibleNameCount = directories.dirents.count { [directories] dirent in
      dirent.ino != 0 && directories.name(dirent).isImpossibleName
    }
    self.statistics = statistics
    guard try attributes(of: Self.rootIno).isDirectory else { throw .rootNotDirectory }
  }

  /// A tree that a history made from the nodes of a volume; read by the code that reads that volume.
  init(
    viewOf volume: Volume, nodes: [DataNode], entries: [InodeEntry], directories: DirectoryTable,
    _ versionTable: VersionTable
  ) {
    range = volume.range
    dialect = volume.dialect
    eraseSize = volume.eraseSize
    statistics = volume.statistics
    damagePolicy = volume.damagePolicy
    inodes = InodeTable(nodes: nodes, entries: entries)
    self.directories = directories
    self.versionTable = versionTable
    xattrs = XattrTable([], [], listed: [])
    offsetsMissingFromSummary = []
    offsetsOnlyInSummary = []
    checkedNodes = CheckedNodes(count: nodes.count)
    damagedOffsets = []
    numbering = volume.numbering
    endMarker = volume.endMarker
    incompleteInos = []
  }

  /// The findings about missing nodes and parts of other file systems, without paths. Payloads are not checked.
  package var integrityFindings: [Finding] { checkedIntegrity.withLock { $0 } }

  /// A walk over all nodes, obsolete ones too, with the rules of this volume's scan.
  package var scanner: NodeScanner {
    NodeScanner(
      range, dialect: dialect, eraseSize: eraseSize.reason == .given ? eraseSize.byteCount : nil,
      end: endMarker)
  }

  /// Whether any inode has an extended attribute.
  public var hasXattrs: Bool { !xattrs.isEmpty || versionTable != nil }

  /// The names that newer nodes replaced or that lead to no inode.
  package var supersededDirents: [Dirent] { directories.supersededDirents }

  /// An inode's usable and unusable nodes by ascending version, superseded ones too.
  package func nodes(of ino: UInt32) -> ArraySlice<DataNode> {
    guard let index = inodes.index(of: ino) else { return [] }
    return inodes.nodes[inodes.nodeIndices(inodes.entries[index])]
  }

  /// The bytes of a dirent's name.
  package func name(of dirent: Dirent) -> [UInt8] {
    let directories = directories
    let name = directories.name(dirent)
    return name.indices.map { name[$0] }
  }

  /// The index entry of an inode that exists. The root always does, even with no node and no name in it.
  func entry(_ ino: UInt32) throws(JFFS2Error) -> InodeEntry {
    if let index = inodes.index(of: ino) { return inodes.entries[index] }
    guard ino == Self.rootIno else { throw .noSuchInode(ino) }
    return InodeEntry(ino: ino)
  }
}

extension Span<UInt8> {
  /// Whether no directory can show the name: the driver's listing breaks off at it, or it is the directory itself.
  var isImpossibleName: Bool {
    if isEmpty || (count == 1 && self[0] == 0x2E) { return true }
    if count == 2, self[0] == 0x2E, self[1] == 0x2E { return true }
    for index in indices where self[index] == 0x2F || self[index] == 0 { return true }
    return false
  }
}
