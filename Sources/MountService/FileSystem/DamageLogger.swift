internal import JFFS2
internal import Storage
internal import Synchronization

/// Reports damage in the log: one line for each file and offset, regardless of the number of reads.
final class DamageLogger: Sendable {
  private static let capacity = 4096

  private let volume: Volume
  private let directory: String
  private let log: @Sendable (() -> String) -> Void
  private let reported = Mutex<Set<Location>>([])

  private struct Location: Hashable {
    let ino: UInt32
    /// The offset of the node, or of the file's first lost byte.
    let offset: UInt64
  }

  /// - Parameters:
  ///   - directory: Where in the mount the volume's root is, such as `/.history`; empty for the root of the mount.
  ///   - log: Asks for the line only if it is to be written: to find a path takes its time.
  init(
    _ volume: Volume, directory: String = "", log: @escaping @Sendable (() -> String) -> Void
  ) {
    self.volume = volume
    self.directory = directory
    self.log = log
  }

  /// Logs the error of a request.
  ///
  /// - Parameter ino: The inode that was requested: in a history, the error has the number of the file whose version it is.
  func log(_ error: JFFS2Error, reading ino: UInt32) {
    switch error {
    case .damaged(let damage):
      let offset = damage.flashOffset ?? damage.range.lowerBound
      guard isNew(Location(ino: ino, offset: offset)) else { return }
      log {
        "\(path(ino)): bytes \(damage.range.lowerBound) to \(damage.range.upperBound) cannot "
          + "be read: \(damage.cause)"
      }
    case .unusableInode:
      guard isNew(Location(ino: ino, offset: .max)) else { return }
      log { "\(path(ino)): cannot be shown: all of its nodes are damaged or invalid" }
    case .storage(let error):
      guard isNew(Location(ino: 0, offset: error.offset)) else { return }
      log { "\(error)" }
    default:
      break
    }
  }

  /// - Returns: true the first time; when the capacity is reached, all are new again.
  private func isNew(_ place: Location) -> Bool {
    reported.withLock { reported in
      if reported.count >= Self.capacity { reported.removeAll() }
      return reported.insert(place).inserted
    }
  }

  private func path(_ ino: UInt32) -> String {
    guard let path = volume.pathIndex.path(of: ino) else { return "inode \(ino)" }
    return (path.starts(with: "…/".utf8) ? "" : directory + "/")
      + String(decoding: path, as: UTF8.self)
  }
}
