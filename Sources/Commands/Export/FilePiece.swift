internal import JFFS2
internal import Storage
internal import Synchronization

/// A part of a file's contents, read by another thread than the one that needs it.
final class FilePiece: Sendable {
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
    var contents = Contents(bytes: [UInt8](repeating: 0, count: range.count))
    var rest = range
    while !rest.isEmpty {
      guard let loss = fill(&contents.bytes, rest) else { break }
      contents.losses.append(loss)
      guard case .damaged(let damage) = loss, damage.range.upperBound > rest.lowerBound else {
        clear(&contents.bytes, rest)
        break
      }
      // The data before the damage is valid; the data after it may be.
      let lost = damage.range.clamped(to: rest)
      _ = fill(&contents.bytes, rest.lowerBound..<lost.lowerBound)
      clear(&contents.bytes, lost)
      rest = lost.upperBound..<rest.upperBound
    }
    return contents
  }

  /// Reads a part of the part into its place.
  private func fill(_ bytes: inout [UInt8], _ part: Range<UInt64>) -> JFFS2Error? {
    guard !part.isEmpty else { return nil }
    var span = bytes.mutableSpan
    let start = Int(part.lowerBound - range.lowerBound)
    var target = span._mutatingExtracting(start..<start + part.count)
    do throws(JFFS2Error) {
      _ = try volume.read(ino, at: part.lowerBound, into: &target)
      return nil
    } catch {
      return error
    }
  }

  private func clear(_ bytes: inout [UInt8], _ part: Range<UInt64>) {
    let start = Int(part.lowerBound - range.lowerBound)
    for index in start..<start + part.count { bytes[index] = 0 }
  }
}
