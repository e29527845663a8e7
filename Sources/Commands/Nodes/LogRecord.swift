package import JFFS2

/// A range of the log: a node, erased flash, or bytes that are neither.
package struct LogRecord: Sendable {
  /// The kind of a range.
  package enum Kind: String, CaseIterable, Sendable {
    case inode, dirent, xattr, xref, cleanmarker, padding, summary
    /// A node with a valid header and an unassigned type.
    case unknown
    /// Erased flash: 0xFF only.
    case erased
    /// Begins with the magic number, but its header CRC is wrong or its length leads out of the file system.
    case dirt
    /// Neither a node nor erased.
    case foreign
  }

  /// The fields of a node. Where its CRC is wrong they are what is stored, for what that is worth.
  package enum Fields: Sendable {
    case none
    case inode(RawInode)
    case dirent(RawDirent, name: [UInt8])
    case xattr(RawXattr, name: [UInt8])
    case xref(RawXref)
  }

  package let kind: Kind
  /// The offset in the file system.
  package let offset: UInt32
  /// The bytes: of a node without its padding, as in its header.
  package let length: UInt32
  /// The first two bytes and the next two, as numbers in the file system's byte order; 0xFFFF for erased flash.
  package let magic: UInt16
  package let type: UInt16
  package var fields: Fields = .none
  /// nil for a range that is not a node.
  package var checks: NodeValidation?
  /// Whether and how the node counts; nil for a range that is not a node.
  package var state: NodeState?

  /// The inode that the node is part of, names or gives an attribute to; nil for others.
  var ino: UInt32? {
    switch fields {
    case .inode(let raw): raw.ino
    case .dirent(let raw, _): raw.ino
    case .xref(let raw): raw.ino
    case .xattr, .none: nil
    }
  }
}

extension LogRecord.Kind {
  init(_ type: NodeType) {
    switch type.accurate {
    case .inode: self = .inode
    case .dirent: self = .dirent
    case .xattr: self = .xattr
    case .xref: self = .xref
    case .cleanmarker: self = .cleanmarker
    case .padding: self = .padding
    case .summary: self = .summary
    default: self = .unknown
    }
  }
}
