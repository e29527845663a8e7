internal import Storage
internal import Support

/// Something that contradicts one intact file system, or that is worth mentioning about it.
package struct Finding: Equatable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// A range of a file that cannot be read.
    case lostRange = "lost_range"
    /// A file of which nothing usable is left.
    case lostFile = "lost_file"
    /// An extended attribute that cannot be read.
    case lostXattr = "lost_xattr"
    /// A directory without an inode node: its mode, owner and times are lost.
    case lostAttributes = "lost_attributes"
    /// A name of which the node is gone.
    case lostName = "lost_name"
    /// An inode of which the nodes, or the newest one, are gone.
    case lostNode = "lost_node"
    /// An inode without a name.
    case unnamedInode = "unnamed_inode"
    /// Inodes and names to which no path leads.
    case unreachable
    /// Inodes without a name, of which a name was replaced or deleted later; or such a name.
    case deleted
    /// A name that is not shown because its inode is missing.
    case danglingName = "dangling_name"
    /// A name that no directory can contain.
    case impossibleName = "impossible_name"
    /// A node with an invalid header, node or name CRC, or lengths that disagree, or the bytes where one must have been.
    case damagedNode = "damaged_node"
    /// Nodes of two images in one file system.
    case mixed
    /// An option that does not fit the data.
    case contradictingOption = "contradicting_option"
    /// The container around the file systems is damaged, or a file system in it cannot be read.
    case container
    /// A node that was not written to its end, as after a power cut: the older contents are valid.
    case unfinishedWrite = "unfinished_write"
    /// A damaged node that newer nodes hide, or that no name leads to.
    case hidden
    /// A range of a file that is probably a hole, but may be lost.
    case possibleHole = "possible_hole"
    /// The end marker of OpenWrt.
    case endMarker = "end_marker"
    /// Bytes after the last node.
    case trailingData = "trailing_data"
    /// Zeros before the first node.
    case precedingZeros = "preceding_zeros"
    /// The dump is probably incomplete, or was read while the device was writing.
    case inconsistentDump = "inconsistent_dump"
  }

  package let kind: Kind
  /// Whether contents are lost or wrong, or may be; anything else is normal on flash.
  package let isDamage: Bool
  /// The reason, in a few words.
  package let reason: String
  package var ino: UInt32?
  /// Paths that lead to the inode, without a leading slash; of a very long one the end, after `…/`.
  package var paths: [[UInt8]] = []
  /// The number of further names of the inode.
  package var morePathCount = 0
  /// The bytes of the file.
  package var range: Range<UInt64>?
  /// The node's offset in the image.
  package var flashOffset: UInt64?

  package init(
    _ kind: Kind, _ reason: String, isDamage: Bool? = nil, ino: UInt32? = nil,
    paths: [[UInt8]] = [], range: Range<UInt64>? = nil, flashOffset: UInt64? = nil
  ) {
    self.kind = kind
    self.isDamage = isDamage ?? kind.isDamage
    self.reason = reason
    self.ino = ino
    self.paths = paths
    self.range = range
    self.flashOffset = flashOffset
  }
}

extension Finding.Kind {
  /// Whether a finding of this kind is damage unless it says otherwise.
  fileprivate var isDamage: Bool {
    switch self {
    case .unfinishedWrite, .hidden, .possibleHole, .endMarker, .trailingData, .precedingZeros,
      .unreachable, .deleted, .inconsistentDump:
      false
    default: true
    }
  }

  fileprivate var phrase: String {
    switch self {
    case .lostRange, .lostFile: "lost: "
    case .lostXattr: "extended attribute lost: "
    case .danglingName: "dangling name: "
    case .impossibleName: "invalid name: "
    case .damagedNode: "damaged node (contents unknown): "
    case .unfinishedWrite: "harmless: unfinished write: "
    case .hidden: "harmless: damaged node not in use: "
    case .possibleHole: "possible hole: "
    default: ""
    }
  }
}

extension Finding {
  /// The finding as one line, the same everywhere.
  ///
  /// - Parameter name: The spelling of a path.
  package func line(_ name: ([UInt8]) -> String) -> String {
    var line = paths.map { ($0.starts(with: "…/".utf8) ? "" : "/") + name($0) }
      .joined(separator: ", ")
    if morePathCount > 0 { line += " and " + morePathCount.pluralized("more name") }
    if paths.isEmpty, let ino, kind != .unnamedInode { line += "inode \(ino) (no path)" }
    if !line.isEmpty { line += ": " }
    if let range { line += "bytes \(range.lowerBound) to \(range.upperBound): " }
    // Bytes without a node's header say what they are.
    let isOfNode = kind != .damagedNode || flashOffset != nil
    line += (isOfNode ? kind.phrase : "") + reason
    if let flashOffset { line += ", node at 0x" + String(flashOffset, radix: 16) }
    return line
  }

  /// Whether it comes first in a report: damage before what is normal, then by path, range and flash offset.
  package func isOrdered(before other: Finding) -> Bool {
    if isDamage != other.isDamage { return isDamage }
    let (path, otherPath) = (paths.first ?? [0xFF], other.paths.first ?? [0xFF])
    if path != otherPath { return path.lexicographicallyPrecedes(otherPath) }
    return (range?.lowerBound ?? 0, flashOffset ?? 0)
      < (other.range?.lowerBound ?? 0, other.flashOffset ?? 0)
  }
}
