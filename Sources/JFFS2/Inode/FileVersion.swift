/// A state of a file as a user saw it: the result of one save.
package struct FileVersion: Equatable, Sendable {
  /// The file's inode number in the tree.
  package let ino: UInt32
  /// The version of the node that ended the save.
  package let version: UInt32
  /// Seconds since 1970 by the device's clock.
  package let modificationTime: UInt32
  /// Seconds since 1970 by the device's clock.
  package let changeTime: UInt32
  /// In bytes.
  package let size: UInt32
  /// Whether every byte is proven to be what the file held.
  package let isComplete: Bool
  /// Whether a node since the version before holds data or another size.
  package let changesContents: Bool
  /// Whether this is the first version of its file that is left.
  package var isFirst: Bool
  /// Whether this is the first version of its file, and the node that created the file is left.
  package let isCreation: Bool
  /// Whether this is what the file in the tree is now.
  package var isCurrent: Bool
  /// Whether the tree still has the file, under any name.
  package var isFileInTree: Bool
  /// The nodes that make up the state, in the node table of the history.
  let nodes: Range<UInt32>
  /// The first node of the table from which on no version number is missing: what older ones hold is not proven.
  let firstProvenNode: UInt32
}
