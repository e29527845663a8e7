/// The information from a walk over the log about each node, in the order of their offsets.
///
/// The mount's index is one visitor; code that also needs obsolete, superseded or damaged nodes is another, and costs the mount
/// nothing.
package protocol NodeVisitor {
  /// A node whose header CRC is good and that ends inside its erase block, live or obsolete.
  ///
  /// - Parameters:
  ///   - header: The node's header; ``NodeType/isAccurate`` is whether the node is live.
  ///   - offset: Where the node starts, counted from the start of the file system.
  ///   - bytes: The node from its start: all of it, or its first ``NodeScanner/minimumVisibleByteCount``.
  mutating func visit(
    _ header: NodeHeader, at offset: UInt32, bytes: Span<UInt8>
  ) throws(JFFS2Error)

  /// A magic number without a node: its header CRC is wrong, or it would end beyond its erase block.
  mutating func visitDirt(at offset: UInt32) throws(JFFS2Error)

  /// Bytes that no node occupies, a multiple of 4 except at the end of the range. A long gap comes in pieces; the last bytes of an
  /// erase block, too few for a node, are left out.
  mutating func visitGap(_ bytes: Span<UInt8>, at offset: UInt32)

  /// OpenWrt's end marker at a multiple of the erase size, or of 4096 bytes where that is not known: an erase block may start there.
  mutating func visitEndMarker(at offset: UInt32)
}

extension NodeVisitor {
  package mutating func visitDirt(at offset: UInt32) throws(JFFS2Error) {}
  package mutating func visitGap(_ bytes: Span<UInt8>, at offset: UInt32) {}
  package mutating func visitEndMarker(at offset: UInt32) {}
}

/// A visitor of one half of a log, while another thread visits the other.
protocol AppendableNodeVisitor: NodeVisitor, Sendable {
  /// Adds what another visitor has seen in the bytes after.
  mutating func append(_ next: Self)
}
