internal import CLinux
internal import JFFS2
internal import Storage
internal import Support
internal import Synchronization
internal import SystemPackage

/// A regular file that is being written, in one piece or, if it is large, in several at once.
///
/// Ranges that cannot be read stay holes and are reported. A file that cannot be written completely is removed.
final class FileWriter: Sendable {
  private struct Outcome {
    var writeError: String?
    var lostByteCount: UInt64 = 0
    var firstLoss: (offset: UInt64, reason: String)?
  }

  private static let segmentSize: UInt64 = 4 << 20
  private static let bufferSize: UInt64 = 256 << 10

  private let node: ImageTree.FileID
  private let volume: Volume
  private let attributes: InodeAttributes
  private let directory: DirectoryHandle
  private let name: [UInt8]
  private let path: [UInt8]
  private let descriptor: Int32
  private let writer: AttributeWriter
  private let progress: Progress
  private let limit: OutputLimit
  private let outcome = Mutex(Outcome())
  private let segmentsLeft: Atomic<Int>

  /// Makes the file, with nothing in it.
  ///
  /// - Parameters:
  ///   - node: A regular file.
  ///   - path: For messages.
  init(
    _ node: ImageTree.FileID, _ volume: Volume, _ attributes: InodeAttributes,
    in directory: DirectoryHandle, name: [UInt8], path: [UInt8], _ writer: AttributeWriter,
    _ progress: Progress, _ limit: OutputLimit
  ) throws(Errno) {
    self.limit = limit
    self.node = node
    self.volume = volume
    self.attributes = attributes
    self.directory = directory
    self.name = name
    self.path = path
    self.writer = writer
    self.progress = progress
    descriptor = try directory.createFile(name)
    let count = attributes.size.quotientAndRemainder(dividingBy: Self.segmentSize)
    segmentsLeft = Atomic(max(1, Int(count.quotient) + (count.remainder > 0 ? 1 : 0)))
  }

  /// Adds the work of filling the file, to be called once; the file is complete when the queue is done.
  func start(_ queue: ThreadPool) {
    var start: UInt64 = 0
    repeat {
      let end = min(start + Self.segmentSize, attributes.size)
      let segment = start..<end
      queue.add {
        self.write(segment)
        let (_, left) = self.segmentsLeft.subtract(1, ordering: .acquiringAndReleasing)
        if left == 0 { self.finish() }
      }
      start = end
    } while start < attributes.size
  }

  private func write(_ segment: Range<UInt64>) {
    var buffer = [UInt8](
      repeating: 0, count: Int(min(Self.bufferSize, UInt64(segment.count))))
    var position = segment.lowerBound
    while position < segment.upperBound {
      do throws(JFFS2Error) {
        guard let start = try volume.nextData(attributes.ino, from: position),
          start < segment.upperBound
        else { break }
        let hole = try volume.nextHole(attributes.ino, from: start) ?? segment.upperBound
        let end = min(max(hole, start + 1), segment.upperBound)
        guard write(start..<end, &buffer) else { return }
        position = end
      } catch {
        lose(position..<segment.upperBound, "\(error)")
        break
      }
    }
    progress.advance(UInt64(segment.count))
  }

  /// Writes a range covered by data, up to the first unreadable byte.
  ///
  /// - Returns: Whether to continue.
  private func write(_ range: Range<UInt64>, _ buffer: inout [UInt8]) -> Bool {
    var position = range.lowerBound
    while position < range.upperBound {
      guard clinux_interruption() == 0, !hasFailed else { return false }
      let end = min(position + UInt64(buffer.count), range.upperBound)
      var whole = buffer.mutableSpan
      var part = whole._mutatingExtracting(0..<Int(end - position))
      let read = volume.readAvailable(attributes.ino, at: position, into: &part)
      for lost in read.lost { lose(lost.range, lost.error.reason) }
      for range in read.available {
        let bytes = Int(range.lowerBound - position)..<Int(range.upperBound - position)
        guard write(buffer.span.extracting(bytes), at: range.lowerBound) else { return false }
      }
      position = end
    }
    return true
  }

  private func write(_ bytes: Span<UInt8>, at position: UInt64) -> Bool {
    guard limit.take(UInt64(bytes.count)) else {
      fail(limit.reason)
      return false
    }
    let result = clinux_write_at(descriptor, Int64(position), bytes)
    if result != 0 { fail("\(Errno(rawValue: -result))") }
    return result == 0
  }

  private func finish() {
    let interrupted = clinux_interruption() != 0
    if !interrupted, !hasFailed {
      let result = clinux_set_size(descriptor, Int64(attributes.size))
      if result < 0 { fail("\(Errno(rawValue: -result))") }
    }
    if !interrupted, !hasFailed {
      writer.apply(
        attributes, volume, to: AttributeWriter.Subject(descriptor: descriptor, path: path))
    }
    do {
      try FileDescriptor(rawValue: descriptor).close()
    } catch {
      fail("\(error)")
    }
    let outcome = outcome.withLock { $0 }
    if interrupted || outcome.writeError != nil { try? directory.remove(name) }
    if interrupted { return }
    if let error = outcome.writeError {
      return writer.record.fail(path, error, missing: node)
    }
    writer.record.count {
      $0.files += 1
      $0.bytes += attributes.size
    }
    if outcome.firstLoss != nil, volume.version(of: attributes.ino)?.isComplete == false {
      // Its name says so.
      writer.record.count { $0.partialVersions += 1 }
    } else if let loss = outcome.firstLoss {
      writer.record.fail(
        path,
        "\(outcome.lostByteCount) of \(attributes.size) bytes lost at offset \(loss.offset): "
          + "\(loss.reason), replaced with zeros")
    }
  }

  private var hasFailed: Bool { outcome.withLock { $0.writeError != nil } }

  private func fail(_ reason: String) {
    outcome.withLock { if $0.writeError == nil { $0.writeError = reason } }
  }

  private func lose(_ range: Range<UInt64>, _ reason: String) {
    outcome.withLock { outcome in
      outcome.lostByteCount += UInt64(range.count)
      if range.lowerBound < outcome.firstLoss?.offset ?? .max {
        outcome.firstLoss = (range.lowerBound, reason)
      }
    }
  }
}

extension JFFS2Error {
  /// The error and its flash offset, without the range of the file.
  fileprivate var reason: String {
    guard case .damaged(let damage) = self else { return "\(self)" }
    guard let flashOffset = damage.flashOffset else { return "\(damage.reason)" }
    return "\(damage.reason) of the node at \(flashOffset.hexadecimal)"
  }
}
