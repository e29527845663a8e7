/// The state of a node: whether it is still in use, and if not, why.
package enum NodeState: String, Sendable, CaseIterable {
  /// The driver needs it: a part of the contents, the latest attributes, a name that exists or that still hides an older one.
  case live
  /// The flash marks it as replaced: its ACCURATE bit is cleared.
  case obsolete
  /// Newer nodes replaced all of it, though the flash does not say so.
  case superseded
  /// It belongs to an inode that no path leads to, or names an inode that is not there, or its block's summary does not list it.
  case orphaned
  /// A checksum is wrong, or its lengths disagree.
  case damaged
  /// Filler.
  case padding
  /// Its type is not known.
  case unknown
}

/// The state of every node of a file system.
package struct NodeStates: Sendable {
  /// By where a node starts. All nodes of the index are in it, and those that no summary lists: another one has a wrong CRC.
  private let indexed: [UInt32: NodeState]

  init(indexed: [UInt32: NodeState]) { self.indexed = indexed }

  /// The state of a node that a walk over the log shows.
  ///
  /// - Parameter offset: Where the node starts, counted from the start of the file system.
  package func state(of header: NodeHeader, at offset: UInt32) -> NodeState {
    guard header.type.isAccurate else { return .obsolete }
    switch header.type {
    case .inode, .dirent, .xattr, .xref: return indexed[offset] ?? .damaged
    case .cleanmarker, .summary: return .live
    case .padding: return .padding
    default: return .unknown
    }
  }
}
