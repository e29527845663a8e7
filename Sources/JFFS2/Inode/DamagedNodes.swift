internal import Synchronization

/// The nodes whose data CRC was found wrong, so that no more is read for each of an inode's many names, or for each stat(2), than once.
///
/// A node that was good is not remembered: it is checked on each use. Takes a byte for each node of the inode table, from the first
/// damaged one on.
final class DamagedNodes: Sendable {
  private let nodeCount: Int
  private let isDamaged = Mutex<[Bool]>([])

  /// - Parameter nodeCount: The nodes of the inode table.
  init(nodeCount: Int) { self.nodeCount = nodeCount }

  /// Whether a node, by its index in the inode table, is known to be damaged.
  func contains(_ place: Int) -> Bool {
    isDamaged.withLock { !$0.isEmpty && $0[place] }
  }

  func insert(_ place: Int) {
    isDamaged.withLock { isDamaged in
      if isDamaged.isEmpty { isDamaged = [Bool](repeating: false, count: nodeCount) }
      isDamaged[place] = true
    }
  }
}
