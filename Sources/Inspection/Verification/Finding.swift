/// One thing that a verification found.
package struct Finding: Equatable, Sendable {
  /// What it is.
  package enum Kind: String, CaseIterable, Sendable {
    /// A range of a file that cannot be read.
    case lostRange = "lost_range"
    /// A file of which nothing usable is left.
    case lostFile = "lost_file"
    /// An extended attribute that cannot be read.
    case lostXattr = "lost_xattr"
    /// A name that is not shown because nothing is left of its inode.
    case danglingName = "dangling_name"
    /// A name that no directory can show.
    case impossibleName = "impossible_name"
    /// A node with a wrong header, node or name CRC, or lengths that disagree: nobody knows for sure what it held.
    case damagedNode = "damaged_node"
    /// The container around the file systems is damaged, or a file system in it cannot be read.
    case container
    /// A node that was not written to its end, as a power cut leaves it: what stood before still stands.
    case unfinishedWrite = "unfinished_write"
    /// A damaged node that newer nodes hide, or whose loss uncovered older data, or that no name leads to.
    case hidden

    /// Whether content is lost, or may be; the others are normal on flash.
    package var isDamage: Bool { self != .unfinishedWrite && self != .hidden }
  }

  package let kind: Kind
  /// Why, in a few words.
  package let reason: String
  package var ino: UInt32?
  /// Paths that lead there, without a slash in front; of a very long one the end, behind `…/`.
  package var paths: [[UInt8]] = []
  /// How many more names lead there.
  package var morePathCount = 0
  /// The bytes of the file.
  package var range: Range<UInt64>?
  /// Where the node lies in the image.
  package var flashOffset: UInt64?

  init(
    _ kind: Kind, _ reason: String, ino: UInt32? = nil, paths: [[UInt8]] = [],
    range: Range<UInt64>? = nil, flashOffset: UInt64? = nil
  ) {
    self.kind = kind
    self.reason = reason
    self.ino = ino
    self.paths = paths
    self.range = range
    self.flashOffset = flashOffset
  }
}
