internal import JFFS2

/// The files of a source as it shows them.
struct PackListing: Sendable {
  let tree: FileTree
  let origin: PackContents.Origin
  /// The files and directories that may not be read.
  var unreadable: Set<UInt32> = []
  /// The directories of an archive that it names only as parts of paths, and its root where it does not name that.
  var undescribed: Set<UInt32> = []
}
