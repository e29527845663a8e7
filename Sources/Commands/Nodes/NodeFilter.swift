package import JFFS2

/// Which records of a listing are wanted; an empty filter wants all.
package struct NodeFilter: Sendable {
  /// An inode of one of the firmware's file systems.
  package struct Target: Hashable, Sendable {
    /// The file system's place; nil for the number in each of them.
    package let volume: Int?
    package let ino: UInt32

    package init(volume: Int?, ino: UInt32) {
      self.volume = volume
      self.ino = ino
    }
  }

  package var kinds: Set<LogRecord.Kind> = []
  package var states: Set<NodeState> = []
  /// Nodes of these inodes: their inode nodes and xrefs, and the dirents that name them.
  package var targets: Set<Target> = []

  package init() {}

  /// Whether a record of the file system at `volume` is wanted.
  func includes(_ record: LogRecord, volume: Int) -> Bool {
    if !kinds.isEmpty, !kinds.contains(record.kind) { return false }
    if !states.isEmpty {
      guard let state = record.state, states.contains(state) else { return false }
    }
    if targets.isEmpty { return true }
    guard let ino = record.ino else { return false }
    return targets.contains(Target(volume: volume, ino: ino))
      || targets.contains(Target(volume: nil, ino: ino))
  }
}
