/// An inode node with a valid node CRC, as the index keeps it: 36 bytes. The rest stays on the medium.
package struct DataNode: Sendable {
  package let ino: UInt32
  package let version: UInt32
  /// The offset of the node in the file system.
  package let flashOffset: UInt32
  /// The offset of the chunk in the file.
  package let fileOffset: UInt32
  package let compressedSize: UInt32
  /// The bytes of the file that the node holds; 0 for one with attributes only.
  package let length: UInt32
  /// The file's size after this node, in bytes.
  package let fileSize: UInt32
  /// A hash of mode and owner, and of size and times: mkfs.jffs2 writes the same into all nodes of an inode.
  let attributesHash: UInt32
  package let compression: Compression
  /// Whether the driver would use the node at all: see ``init(_:header:at:rangeLength:)``.
  package let isUsable: Bool
  /// The upper four bits of the mode.
  let fileType: UInt8

  /// Reads what the index needs.
  ///
  /// The driver drops a node whose offset is beyond the file's size or whose payload does not fit the node (`read_dnode`); we also
  /// drop one that reaches beyond 4 GiB, where the driver's arithmetic wraps round.
  init(_ raw: RawInode, header: NodeHeader, at offset: UInt32, rangeLength: UInt32) {
    ino = raw.ino
    version = raw.version
    flashOffset = offset
    fileOffset = raw.fileOffset
    compressedSize = raw.compressedSize
    // Early writers left dsize 0 in nodes that represent zeros.
    length = raw.compression == .zero && raw.size == 0 ? raw.compressedSize : raw.size
    fileSize = raw.fileSize
    attributesHash = raw.attributesHash
    compression = raw.compression
    fileType = UInt8(raw.mode >> 12)
    let stored = UInt64(raw.compressedSize) + UInt64(RawInode.size)
    isUsable =
      raw.fileOffset <= raw.fileSize
      && (stored + 3) & ~3 == (UInt64(header.totalLength) + 3) & ~3
      && UInt64(offset) + stored <= UInt64(rangeLength)
      && UInt64(raw.fileOffset) + UInt64(length) <= UInt64(UInt32.max)
  }

  /// Whether the node holds attributes and nothing else.
  package var isMetadata: Bool { length == 0 }

  /// Whether the node is a hole: zeros, without a payload.
  var isHoleNode: Bool { compression == .zero && compressedSize == 0 }

  var isRegularFile: Bool { FileType(mode: UInt16(fileType) << 12) == .regular }

  var isDirectory: Bool { FileType(mode: UInt16(fileType) << 12) == .directory }

  /// The first byte of the file after the chunk. Cannot overflow in a usable node.
  package var fileEnd: UInt32 { fileOffset &+ length }

  /// Whether the driver could have written the node after the one of the version before. Nodes of attributes alone may set any size.
  func follows(_ previous: DataNode) -> Bool {
    guard isDataAfter(previous) else { return true }
    return !changesOwner(of: previous)
      && RawInode.isSize(
        fileSize, after: previous.fileSize, dataEnd: fileEnd,
        besideHole: isHoleNode || previous.isHoleNode)
  }

  /// Whether data have another mode or owner than the version before: the driver changes these with a separate node, or with the hole
  /// by which it extends a file (`jffs2_do_setattr`). A hole that garbage collection wrote again has the current ones.
  func changesOwner(of previous: DataNode) -> Bool {
    isDataAfter(previous) && compression != .zero && !previous.isHoleNode
      && (attributesHash ^ previous.attributesHash) >> 16 != 0
  }

  private func isDataAfter(_ previous: DataNode) -> Bool {
    ino == previous.ino && previous.version &+ 1 == version && isRegularFile && !isMetadata
      && isUsable && previous.isUsable
  }

  static func isOrdered(_ left: DataNode, _ right: DataNode) -> Bool {
    (left.ino, left.version, left.flashOffset) < (right.ino, right.version, right.flashOffset)
  }
}

/// An inode node that the flash marks as obsolete, as the index keeps it until the file system is checked: 16 bytes.
struct ObsoleteInodeNode: Sendable {
  let ino: UInt32
  let version: UInt32
  /// Seconds since 1970.
  let changeTime: UInt32
  /// The offset of the node in the file system.
  let flashOffset: UInt32

  /// - Parameter bytes: The node's first ``RawInode/size`` bytes at least.
  init(_ bytes: Span<UInt8>, at offset: UInt32, _ endianness: Endianness) {
    ino = bytes.u32(at: RawInode.Offset.ino, endianness)
    version = bytes.u32(at: RawInode.Offset.version, endianness)
    changeTime = bytes.u32(at: RawInode.Offset.changeTime, endianness)
    flashOffset = offset
  }
}

/// A dirent node, as the index keeps it: 28 bytes and its name. Its CRCs are good, or a summary lists it.
package struct Dirent: Sendable {
  package let parentIno: UInt32
  package let version: UInt32
  /// The target's inode number; 0 if the node deletes the name.
  package private(set) var ino: UInt32
  /// Seconds since 1970; 0 counts as none.
  package let changeTime: UInt32
  /// The offset of the node in the file system.
  package let flashOffset: UInt32
  /// The offset of the name in the index's buffer of names.
  var nameOffset: UInt32
  let nameLength: UInt8
  /// The type as stored, which need not be the target's.
  package let type: UInt8
  /// Whether the node exists and is valid. The name of a node that only a summary lists cannot be shown, but it counts for links and hides
  /// older ones.
  let isReadable: Bool

  /// The type of a directory in a dirent: DT_DIR.
  static let directoryType: UInt8 = 4

  /// The same dirent, its name later in the name buffer.
  func offsettingName(by count: UInt32) -> Dirent {
    var moved = self
    moved.nameOffset += count
    return moved
  }

  /// The visible name; an unreadable one is treated as a deletion.
  var shown: Dirent {
    guard !isReadable else { return self }
    var hidden = self
    hidden.ino = 0
    return hidden
  }
}

/// The datum of an extended attribute, as the index keeps it.
package struct XattrDatum: Sendable {
  package let raw: RawXattr
  package let flashOffset: UInt32
}

/// An inode or xattr node that a summary lists, and that is damaged, obsolete or missing on the flash.
struct SummaryOnlyNode: Sendable {
  /// The inode number, or the xid.
  let number: UInt32
  let version: UInt32
  let flashOffset: UInt32
}

/// Nodes that summaries list and that are not on the flash, except dirents.
struct SummaryOnlyNodes: Sendable {
  /// The inode nodes; their inodes exist for the driver nevertheless.
  var inodes: [SummaryOnlyNode] = []
  var xattrs: [SummaryOnlyNode] = []
  /// Where xref nodes start; a summary lists nothing else of them.
  var xrefOffsets: [UInt32] = []
  /// Where valid nodes start that their block's summary does not list: they do not exist for the driver.
  var offsetsMissingFromSummary: [UInt32] = []

  /// Where all those start.
  var offsets: [UInt32] { (inodes + xattrs).map(\.flashOffset) + xrefOffsets }

  mutating func append(_ next: SummaryOnlyNodes) {
    inodes += next.inodes
    xattrs += next.xattrs
    xrefOffsets += next.xrefOffsets
    offsetsMissingFromSummary += next.offsetsMissingFromSummary
  }
}

/// The link from an inode to a datum, as the index keeps it.
package struct XattrReference: Sendable {
  package let raw: RawXref
  package let flashOffset: UInt32
}

/// The counts of the walk over the log.
package struct ScanStatistics: Equatable, Sendable {
  /// All nodes with a valid header, live or obsolete.
  package var nodeCount = 0
  /// Nodes that the flash marks as obsolete.
  package var obsoleteCount = 0
  /// Live nodes whose node CRC, or name CRC, is wrong, or whose lengths disagree.
  package var damagedCount = 0
  /// Magic numbers with a wrong header CRC after them.
  package var dirtCount = 0
  /// Names that no directory can contain: empty, `.`, `..`, with a slash or a NUL. Known when the directories are built.
  package var impossibleNameCount = 0

  mutating func add(_ other: ScanStatistics) {
    nodeCount += other.nodeCount
    obsoleteCount += other.obsoleteCount
    damagedCount += other.damagedCount
    dirtCount += other.dirtCount
  }
}
