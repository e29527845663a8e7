internal import Support

extension NodeGroup {
  /// Whether the nodes from `middle` on are those before it, moved by `distance`.
  func repeats(from middle: UInt64, by distance: UInt64) -> Bool {
    let first = partition(nodes.count) { nodes[$0].offset >= middle }
    guard nodes.count == 2 * first else { return false }
    return (0..<first).allSatisfy {
      nodes[$0].offset + distance == nodes[first + $0].offset
        && nodes[$0].signature == nodes[first + $0].signature
    }
  }

  /// The nodes that start in a range.
  func part(in range: Range<UInt64>) -> NodeGroup {
    var part = NodeGroup(dialect: dialect, cleanmarkers: cleanmarkers)
    part.extents = extents.filter { $0.overlaps(range) }.map { $0.clamped(to: range) }
    part.nodes = nodes.filter { range.contains($0.offset) }
    part.missing = missing.filter { range.contains($0.offset) }
    return part
  }

  /// The nodes that start in no squashfs.
  func outside(of squashFS: [SquashFSExtent]) -> NodeGroup {
    var part = NodeGroup(dialect: dialect, cleanmarkers: cleanmarkers)
    part.extents = extents.compactMap { extent in
      guard let index = squashFS.index(at: extent.lowerBound) else { return extent }
      // Nodes that follow the squashfs directly.
      let start = squashFS[index].range.upperBound
      return start < extent.upperBound ? start..<extent.upperBound : nil
    }
    part.nodes = nodes.filter { squashFS.index(at: $0.offset) == nil }
    part.missing = missing.filter { squashFS.index(at: $0.offset) == nil }
    return part
  }

  /// The nodes before an offset, which is inside none.
  func prefix(before offset: UInt64) -> NodeGroup {
    var prefix = NodeGroup(dialect: dialect, cleanmarkers: cleanmarkers)
    prefix.extents = extents.filter { $0.lowerBound < offset }
      .map { $0.lowerBound..<min(offset, $0.upperBound) }
    prefix.nodes = nodes.filter { $0.offset < offset }
    prefix.missing = missing.filter { $0.offset < offset }
    return prefix
  }
}
