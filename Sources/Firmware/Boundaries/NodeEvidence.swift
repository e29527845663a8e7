internal import JFFS2

/// The versions of one inode's nodes, or of one directory's dirents: each version occurs once in a file system.
struct VersionSequence: Hashable {
  /// The inode number; of dirents, their directory's.
  let number: UInt32
  let isDirent: Bool
}

/// A position in a ``VersionSequence``.
struct VersionKey: Hashable {
  let sequence: VersionSequence
  let version: UInt32
}

/// The evidence of a node with valid CRCs about its file system.
struct NodeEvidence {
  enum Kind: UInt8 {
    case cleanmarker
    case inode
    case dirent
  }

  let kind: Kind
  /// Whether the node represents zeros: garbage collection may write it again with its version and the file's current size.
  var isHole = false
  /// Whether the flash marks the node as superseded: then only its version counts, and its CRC is not checked.
  var isObsolete = false
  let offset: UInt64
  /// The bytes that the node occupies; of a cleanmarker 0.
  var length: UInt32 = 0
  /// The distance from here back to where an erase block most likely starts: after the previous evidence, the best aligned offset.
  var boundaryDistance: UInt32
  /// The inode number; of a dirent, its directory's.
  var number: UInt32 = 0
  var version: UInt32 = 0
  /// The inode number that a dirent leads to; an inode node's file type.
  var target: UInt32 = 0
  /// The node's CRCs: nodes with the same are copies, as garbage collection makes them.
  var signature: UInt64 = 0
  /// The CRC of a dirent's name.
  var nameCRC: UInt32 { UInt32(truncatingIfNeeded: signature) }
  /// A checksum of an inode's owner, mode, size and times.
  var attributes: UInt32 = 0
  /// The file's size after this node.
  var fileSize: UInt32 = 0
  /// The bytes of the file that the node contains.
  var data: Range<UInt32> = 0..<0

  var sequence: VersionSequence {
    VersionSequence(number: number, isDirent: kind == .dirent)
  }

  var key: VersionKey { VersionKey(sequence: sequence, version: version) }

  /// The key of another version of the sequence.
  func key(after distance: Int32) -> VersionKey {
    VersionKey(sequence: sequence, version: version &+ UInt32(bitPattern: distance))
  }

  /// The offset of a boundary before the node.
  var boundary: UInt64 { offset - UInt64(boundaryDistance) }

  /// Whether the node is the first dirent that mkfs.jffs2 writes. The driver counts from 1.
  var isRootStart: Bool { kind == .dirent && number == 1 && version == 0 && !isObsolete }

  /// The file types of regular files and directories, as ``target`` has them.
  static let regularFile: UInt32 = 8
  static let directory: UInt32 = 4

  /// Whether one file system cannot contain both nodes, which have the same ``key``.
  func conflicts(with other: NodeEvidence) -> Bool {
    signature != other.signature && !(isHole && other.isHole && data == other.data)
  }

  /// Whether one file system can contain both nodes, of which the other has the version before this one's.
  func follows(_ previous: NodeEvidence) -> Bool {
    kind != .inode || target != Self.regularFile || data.isEmpty
      || RawInode.isSize(
        fileSize, after: previous.fileSize, dataEnd: data.upperBound,
        besideHole: isHole || previous.isHole)
  }
}

/// The nodes of one dialect: one file system, or several.
struct NodeGroup {
  let dialect: Dialect
  /// The ranges of nodes, adjacent ones joined, ascending.
  var extents: [Range<UInt64>] = []
  /// By their offsets.
  var nodes: [NodeEvidence] = []
  /// A node that starts inside a damaged one because bytes are missing: its offset and the number of missing bytes.
  var missing: [(offset: UInt64, count: UInt64)] = []
  /// The best start of a block after the last of ``nodes``.
  var boundary: UInt64?
  /// Where the first and the last cleanmarker start, also those that are obsolete because their blocks are in use.
  var cleanmarkers: (first: UInt64, last: UInt64)?
}
