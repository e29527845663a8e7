/// The type of a node, with the bits that say how to treat an unknown type. On disk: `nodetype`.
public struct NodeType: RawRepresentable, Hashable, Sendable {
  /// The number in a node's header.
  public let rawValue: UInt16

  /// The type with a number, known or not.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// A name in a directory.
  package static let dirent = NodeType(rawValue: 0xE001)
  /// Attributes of an inode and, mostly, a piece of its contents.
  package static let inode = NodeType(rawValue: 0xE002)
  /// The start of an erase block that was erased completely.
  package static let cleanmarker = NodeType(rawValue: 0x2003)
  /// Filler at the end of a page.
  package static let padding = NodeType(rawValue: 0x2004)
  /// The list of an erase block's nodes, at its end.
  package static let summary = NodeType(rawValue: 0x2006)
  /// The name and value of an extended attribute.
  package static let xattr = NodeType(rawValue: 0xE008)
  /// The link from an inode to an extended attribute.
  package static let xref = NodeType(rawValue: 0xE009)

  /// The required behavior for unknown types. On disk: bits 0xC000 of `nodetype`.
  package enum Compatibility: UInt16, Sendable {
    /// Ignore the node; garbage collection drops it.
    case deletes = 0x0000
    /// Ignore the node; garbage collection keeps it.
    case copies = 0x4000
    /// Mount read-only.
    case readOnly = 0x8000
    /// Do not mount.
    case incompatible = 0xC000
  }

  package var compatibility: Compatibility {
    Compatibility(rawValue: rawValue & 0xC000) ?? .deletes
  }

  /// Whether the node is live. NOR flash clears the bit in place when a node becomes obsolete. On disk: bit 0x2000.
  package var isAccurate: Bool { rawValue & 0x2000 != 0 }

  /// The type as it was when the node was written; the header and node CRCs are of this one.
  package var accurate: NodeType { NodeType(rawValue: rawValue | 0x2000) }

  /// The type's usual name, or nil for an unassigned type.
  package var name: String? {
    switch accurate {
    case .dirent: "dirent"
    case .inode: "inode"
    case .cleanmarker: "cleanmarker"
    case .padding: "padding"
    case .summary: "summary"
    case .xattr: "xattr"
    case .xref: "xref"
    default: nil
    }
  }
}
