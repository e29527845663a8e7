internal import Storage
internal import Support

/// A range of a regular file, below its size, that no node covers.
///
/// The driver and mkfs.jffs2 cover every byte, holes too, with one exception: kernels before 6.3 write a hole only up to the page in
/// which the write after it begins. Any other gap is the trace of a lost node.
struct FileGap: Equatable, Sendable {
  enum Kind: Sendable {
    /// Zeros: the node before the one that ends the gap set the file's size to where the gap starts.
    case provenHole
    /// Zeros: it may be a hole of a kernel before 6.3, inside one page before a write.
    case possibleHole
    /// The node is gone.
    case lost
  }

  /// In bytes of the file.
  let range: Range<UInt64>
  let kind: Kind

  /// No driver of a kernel before 6.3 leaves a longer gap that cannot be proven to be a hole.
  private static let pageSize: UInt64 = 4096

  /// Returns the gaps of a file, ascending; costs n log n steps if there are any.
  ///
  /// - Parameters:
  ///   - fragments: All of the file, in order.
  ///   - layers: The indices of the inode's usable nodes, by ascending version.
  ///   - size: The file's size.
  ///   - allowsPossibleHoles: Whether the file system was written by the driver; mkfs.jffs2 leaves no gap.
  static func gaps(
    between fragments: [Fragment], layers: [Int], nodes: borrowing [DataNode], size: UInt64,
    allowsPossibleHoles: Bool
  ) -> [FileGap] {
    var gaps: [Range<UInt64>] = []
    var position: UInt64 = 0
    for fragment in fragments where position < size {
      if UInt64(fragment.start) > position {
        gaps.append(position..<min(UInt64(fragment.start), size))
      }
      position = UInt64(fragment.end)
    }
    if position < size { gaps.append(position..<size) }
    guard !gaps.isEmpty else { return [] }
    let byStart = layers.sorted { nodes[$0].fileOffset < nodes[$1].fileOffset }
    var kinds: [FileGap] = []
    for gap in gaps {
      let first = partition(byStart.count) {
        UInt64(nodes[byStart[$0]].fileOffset) >= gap.upperBound
      }
      let following = byStart[first...].prefix {
        UInt64(nodes[$0].fileOffset) == gap.upperBound && !nodes[$0].isMetadata
      }
      var isProven = false
      for index in following where !isProven {
        isProven = isWritten(behind: gap, nodes[index], layers, nodes)
      }
      let isInPage =
        gap.lowerBound / pageSize == gap.upperBound / pageSize
        && gap.upperBound.isMultiple(of: 4)
      let isSupported = allowsPossibleHoles && !following.isEmpty && isInPage
      kinds.append(
        FileGap(
          range: gap, kind: isProven ? .provenHole : isSupported ? .possibleHole : .lost))
    }
    return kinds
  }

  /// Whether the node of the version before `node`'s ended the file where the gap starts.
  private static func isWritten(
    behind gap: Range<UInt64>, _ node: DataNode, _ layers: [Int], _ nodes: borrowing [DataNode]
  ) -> Bool {
    guard node.version > 0 else { return false }
    let first = partition(layers.count) { nodes[layers[$0]].version >= node.version - 1 }
    guard first < layers.count else { return false }
    let previous = nodes[layers[first]]
    return previous.version == node.version - 1
      && UInt64(previous.fileSize) == gap.lowerBound
  }
}
