internal import Synchronization

/// The results of data CRC checks, so that stat(2) calls and further names of an inode do not read and check a node again.
///
/// Contents are checked on each read all the same. Takes a bit for each node of the inode table, and as many again from the first
/// damaged one on.
final class CheckedNodes: Sendable {
  private struct State {
    var checked: [UInt64] = []
    var damaged: [UInt64] = []
  }

  private let wordCount: Int
  private let state = Mutex(State())

  /// - Parameter count: The nodes of the inode table.
  init(count: Int) { wordCount = (count + 63) / 64 }

  /// Whether the data CRC of a node, by its index in the inode table, is right; nil where it was not checked yet.
  subscript(index: Int) -> Bool? {
    let (word, bit) = (index / 64, UInt64(1) << UInt64(index % 64))
    return state.withLock { state in
      guard !state.checked.isEmpty, state.checked[word] & bit != 0 else { return nil }
      return state.damaged.isEmpty || state.damaged[word] & bit == 0
    }
  }

  func record(_ index: Int, isValid: Bool) {
    let (word, bit) = (index / 64, UInt64(1) << UInt64(index % 64))
    state.withLock { state in
      if state.checked.isEmpty { state.checked = [UInt64](repeating: 0, count: wordCount) }
      state.checked[word] |= bit
      guard !isValid else { return }
      if state.damaged.isEmpty { state.damaged = [UInt64](repeating: 0, count: wordCount) }
      state.damaged[word] |= bit
    }
  }
}
