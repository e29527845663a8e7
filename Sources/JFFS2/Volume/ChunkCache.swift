internal import Synchronization

/// Chunks that were decompressed for a part of them only, so that reading a large one piece by piece decompresses it once.
///
/// Keeps the latest few, bounded in bytes, and the very latest of any size. Chunks that a read uses whole never come here: the
/// kernel's page cache keeps them.
final class ChunkCache: Sendable {
  private static let capacity = 8 << 20

  private struct State {
    var chunks: [(node: Int, bytes: [UInt8])] = []
    var byteCount = 0
  }

  private let state = Mutex(State())

  /// The chunk of a node, by the node's place in the inode table.
  subscript(node: Int) -> [UInt8]? {
    state.withLock { state in state.chunks.last { $0.node == node }?.bytes }
  }

  /// Keeps a chunk and drops the oldest ones to make room.
  func insert(_ bytes: [UInt8], node: Int) {
    state.withLock { state in
      guard !state.chunks.contains(where: { $0.node == node }) else { return }
      state.chunks.append((node, bytes))
      state.byteCount += bytes.count
      var dropped = 0
      while state.byteCount > Self.capacity, dropped < state.chunks.count - 1 {
        state.byteCount -= state.chunks[dropped].bytes.count
        dropped += 1
      }
      state.chunks.removeFirst(dropped)
    }
  }
}
