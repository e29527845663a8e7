internal import Synchronization

/// The fragment trees built so far, by inode number.
///
/// When they grow beyond a bound all go: the next reads build those again that are still in use.
final class FragmentTreeCache: Sendable {
  /// In fragments.
  private static let capacity = 1 << 19
  /// As many for a tree itself, so that it is not small files that take most of the memory.
  private static let treeCost = 32

  private struct State {
    var trees: [UInt32: FragmentTree] = [:]
    var cost = 0
  }

  private let state = Mutex(State())

  /// The tree of an inode, if there is one.
  subscript(ino: UInt32) -> FragmentTree? {
    state.withLock { $0.trees[ino] }
  }

  /// Keeps a tree in place of the inode's earlier one.
  func insert(_ tree: FragmentTree, ino: UInt32) {
    state.withLock { state in
      if state.cost + Self.cost(tree) > Self.capacity { state = State() }
      state.cost += Self.cost(tree) - (state.trees[ino].map(Self.cost) ?? 0)
      state.trees[ino] = tree
    }
  }

  private static func cost(_ tree: FragmentTree) -> Int { tree.fragments.count + treeCost }
}
