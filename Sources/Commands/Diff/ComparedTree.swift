internal import FirmwareAccess
internal import JFFS2

/// Where the bytes of regular files are.
protocol ComparedContents: Sendable {
  /// The bytes of a regular file from an offset on; fewer than the buffer holds only at its end.
  func read(
    _ entry: ComparedEntry, at offset: UInt64, into buffer: inout MutableSpan<UInt8>
  ) throws(EntryFault) -> Int
}

/// A tree that can be compared: the file systems of a firmware, or a directory.
protocol ComparedTree: ComparedContents {
  /// Whether an owner says something about the firmware, and not about who copied its files.
  var hasOwners: Bool { get }

  /// Whether the attributes of the root are those of a file system's.
  var hasRoot: Bool { get }

  /// Whether all extended attributes are listed, those that only the kernel may show too.
  var hasPrivilegedXattrs: Bool { get }

  /// The names from the root to a path, and a walk over what is there and below it; nil where nothing is.
  func walk(from path: [UInt8]) throws(ProgramError) -> (names: [[UInt8]], walk: any EntryWalk)?
}

/// Why something of an entry cannot be compared.
struct EntryFault: Error, Equatable, Sendable {
  let reason: String
  /// Whether the system refuses to read it, which says nothing about the firmware.
  var isRefusal = false
}

/// A walk over the entries of a tree, in the order of ``TreePath``.
protocol EntryWalk {
  /// The next entry, or nil at the end.
  ///
  /// - Throws: ``ProgramError`` with `.failure` where the names in a directory cannot be read.
  mutating func next() throws(ProgramError) -> ComparedEntry?
}

/// A name in a tree and its file.
struct ComparedEntry: Sendable {
  /// nil for the root.
  let path: TreePath?
  /// The node of an image; nil for a file in a directory.
  var node: ImageTree.FileID?
  var attributes: EntryAttributes?
  /// Whether the node has further names.
  var isShared = false
  /// The parts that cannot be read.
  var faults: [EntryFault] = []
  /// Whether it is a directory whose names cannot be read.
  var hasUnknownNames = false

  var isRegularFile: Bool { attributes?.type == .regular }
}

/// The attributes of an entry that are compared; its contents are compared separately.
struct EntryAttributes: Sendable {
  /// File type and permissions, as in `st_mode`.
  var mode: UInt32
  var uid: UInt32
  var gid: UInt32
  /// The bytes of a regular file; 0 for others.
  var size: UInt64
  var modificationTime: Int64
  /// A device's numbers: `MAJOR:MINOR`.
  var device: String?
  /// Where a symbolic link leads.
  var target: [UInt8]?
  /// By their names; nil if they cannot be read.
  var xattrs: [[UInt8]: [UInt8]]? = [:]

  var type: FileType? { FileType(mode: UInt16(truncatingIfNeeded: mode)) }
  var permissions: UInt32 { mode & 0o7777 }
}
