internal import Storage
internal import Support

/// A run of a file's bytes and the node that shows there.
struct Fragment: Equatable, Sendable {
  /// The first byte in the file.
  let start: UInt32
  /// The first byte after the run.
  let end: UInt32
  /// The node's place in ``InodeTable/nodes``.
  let node: Int
}

/// Which node shows where in a file: the fragments of an inode, in order, and the gaps between them.
///
/// Nodes cover each other by ascending version; a node known to be damaged is below all valid ones, so that it hides nothing and
/// yet marks what only it held. Built once and then only read; a newly found damaged node makes a new tree.
struct FragmentTree: Sendable {
  let fragments: [Fragment]
  /// The file's size, st_size.
  let size: UInt64
  /// Nodes whose data CRC was found wrong, by their place in ``InodeTable/nodes``.
  let damagedNodes: Set<Int>
  /// The ranges below the size of which the nodes are gone, ascending; empty if damage reads as zeros.
  let lostGaps: [Range<UInt64>]

  /// - Parameters:
  ///   - layers: Places of usable data nodes, those that are to cover others later.
  ///   - nodes: The inode table's nodes.
  ///   - gaps: Finds the gaps between the fragments, ascending.
  init(
    layers: [Int], nodes: borrowing [DataNode], size: UInt64 = .max,
    damagedNodes: Set<Int> = [], gaps: ([Fragment]) -> [FileGap] = { _ in [] }
  ) {
    self.size = size
    self.damagedNodes = damagedNodes
    self.fragments =
      Self.appended(layers, nodes) ?? Self.overlaid(layers, nodes)
    self.lostGaps = gaps(self.fragments).filter { $0.kind == .lost }.map(\.range)
  }

  /// The result if each node starts after the end of all earlier ones, as in every file written once; else nil.
  private static func appended(_ layers: [Int], _ nodes: [DataNode]) -> [Fragment]? {
    var fragments: [Fragment] = []
    fragments.reserveCapacity(layers.count)
    for index in layers {
      let node = nodes[index]
      guard node.fileOffset >= fragments.last?.end ?? 0 else { return nil }
      fragments.append(Fragment(start: node.fileOffset, end: node.fileEnd, node: index))
    }
    return fragments
  }

  /// The result for any nodes, in n log n steps: a line moves over the file, and of the nodes under it the highest layer shows.
  private static func overlaid(_ layers: [Int], _ nodes: [DataNode]) -> [Fragment] {
    let starts = layers.indices.sorted {
      nodes[layers[$0]].fileOffset < nodes[layers[$1]].fileOffset
    }
    var fragments: [Fragment] = []
    var open = Heap<Int>()
    var next = 0
    var position: UInt32 = 0
    while true {
      while next < starts.count, nodes[layers[starts[next]]].fileOffset <= position {
        open.push(starts[next])
        next += 1
      }
      while let top = open.top, nodes[layers[top]].fileEnd <= position { open.pop() }
      let border = next < starts.count ? nodes[layers[starts[next]]].fileOffset : UInt32.max
      guard let top = open.top else {
        guard next < starts.count else { return fragments }
        position = border
        continue
      }
      let end = min(nodes[layers[top]].fileEnd, border)
      if let last = fragments.last, last.node == layers[top], last.end == position {
        fragments[fragments.count - 1] = Fragment(start: last.start, end: end, node: last.node)
      } else {
        fragments.append(Fragment(start: position, end: end, node: layers[top]))
      }
      position = end
    }
  }

  /// The index of the first fragment that ends after `offset`.
  func firstIndex(endingAfter offset: UInt64) -> Int {
    partition(fragments.count) { UInt64(fragments[$0].end) > offset }
  }

  /// The end of the fragment that a byte is in, or of the gap between fragments.
  func endOfFragment(at offset: UInt64) -> UInt64 {
    let index = firstIndex(endingAfter: offset)
    guard index < fragments.count else { return .max }
    let start = UInt64(fragments[index].start)
    return start > offset ? start : UInt64(fragments[index].end)
  }

  /// The first lost gap that overlaps a range.
  func lostGap(in range: Range<UInt64>) -> Range<UInt64>? {
    let first = partition(lostGaps.count) { lostGaps[$0].upperBound > range.lowerBound }
    guard first < lostGaps.count, lostGaps[first].overlaps(range) else { return nil }
    return lostGaps[first]
  }
}
