internal import JFFS2
internal import Storage
internal import Support
internal import Synchronization

/// A part of a file's contents, read by another thread than the one that needs it.
final class PrefetchedChunk: Sendable {
  /// The result of reading.
  struct Contents {
    /// The part's bytes, zeros where they are lost.
    var bytes: [UInt8]
    /// Why bytes are lost, in their order.
    var losses: [JFFS2Error] = []
  }

  static let size: UInt64 = 256 << 10

  let range: Range<UInt64>
  private let volume: Volume
  private let ino: UInt32
  private let contents = Mutex(Contents(bytes: []))
  private let isRead = Semaphore()

  /// - Parameter range: At most ``size`` bytes inside the file.
  init(_ volume: Volume, _ ino: UInt32, _ range: Range<UInt64>) {
    self.volume = volume
    self.ino = ino
    self.range = range
  }

  /// Reads the part; to be called once.
  func read() {
    let result = load()
    contents.withLock { $0 = result }
    isRead.signal()
  }

  /// Waits until the part was read, and hands out what it holds; to be called once.
  func take() -> Contents {
    isRead.wait()
    return contents.withLock { contents in
      defer { contents.bytes = [] }
      return contents
    }
  }

  private func load() -> Contents {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var span = bytes.mutableSpan
    let read = volume.readAvailable(ino, at: range.lowerBound, into: &span)
    return Contents(bytes: bytes, losses: read.lost.map(\.error))
  }
}
