internal import FUSE

/// The mapping between inodes of volumes and inode numbers of the mount.
///
/// A single volume keeps JFFS2's own numbers, the root 1 in both. If there are several, the index of the volume, plus one, is in the
/// high 32 bits, and 1 is the directory that contains them. The histories of volumes have a separate high bit.
struct InodeNumberMapping: Sendable {
  /// The high bits of all numbers.
  private let high: UInt64

  static let single = InodeNumberMapping(high: 0)

  static func volume(_ index: Int) -> InodeNumberMapping {
    InodeNumberMapping(high: (UInt64(index) + 1) << 32)
  }

  /// The bit that an inode of a history has.
  private static let historyBit: UInt64 = 1 << 62

  /// The numbers of the history of the same volume.
  var history: InodeNumberMapping { InodeNumberMapping(high: high | Self.historyBit) }

  /// Whether a node is of a volume's history.
  static func isHistory(_ node: NodeID) -> Bool { node.rawValue & historyBit != 0 }

  private init(high: UInt64) { self.high = high }

  func number(_ ino: UInt32) -> UInt64 { high | UInt64(ino) }

  func node(_ ino: UInt32) -> NodeID { NodeID(rawValue: number(ino)) }

  static func ino(_ node: NodeID) -> UInt32 { UInt32(truncatingIfNeeded: node.rawValue) }

  /// Which of several volumes a node is of; nil for the directory that holds them.
  static func volumeIndex(_ node: NodeID) -> Int? {
    let high = (node.rawValue & ~historyBit) >> 32
    return high == 0 ? nil : Int(high) - 1
  }
}
