internal import Storage
internal import Support

/// Finds the boundaries between file systems of one dialect by what their nodes say.
///
/// Two nodes that one file system cannot contain both demand a boundary between them. The fewest boundaries are placed that satisfy all
/// demands, each where both sides are the most consistent. An image of mkfs.jffs2 begins where dirents count from 0 again.
struct BoundaryFinder {
  /// A boundary is needed after node `first`, and before node `second` or of one between them.
  struct Demand {
    let first: Int
    let second: Int
  }

  /// Further rounds change nothing in practice.
  private static let maximumRounds = 4

  let nodes: [NodeEvidence]
  /// Whether a node has foreign data before it.
  let isBehindForeignData: (Int) -> Bool
  /// The nodes with which images of mkfs.jffs2 begin, except the first node.
  let rootStarts: [Int]
  /// Those at which a file system starts for sure.
  let imageStarts: [Int]
  /// For each node, whether a complete image ends before it.
  let imageEnds: [Bool]
  private let origin: UInt64
  /// For each node, whether it is a cleanmarker of a file system that has one in the block of its next contents.
  fileprivate let isMarker: [Bool]
  /// By their first nodes.
  private let demands: [Demand]

  /// - Parameters:
  ///   - origin: Where an erase block starts, for a file in which other bytes than a multiple of its size precede it.
  ///   - isDamaged: Whether a node's data are damaged.
  init(
    _ nodes: [NodeEvidence], origin: UInt64 = 0, isBehindForeignData: @escaping (Int) -> Bool,
    isDamaged: (NodeEvidence) -> Bool
  ) {
    self.nodes = nodes
    self.isBehindForeignData = isBehindForeignData
    let conflicts = Self.conflicts(nodes, isDamaged: isDamaged) + Self.crossings(nodes)
    rootStarts = Self.rootStarts(nodes)
    self.origin = origin
    isMarker = Self.markers(nodes)
    let (starts, increments) = Self.imageStarts(nodes, rootStarts, conflicts)
    imageStarts = starts
    imageEnds = Self.imageEnds(nodes)
    demands =
      (conflicts.filter { demand in !increments.hasElement(in: demand) }
      + Self.foreignNodes(nodes, (starts + increments).sorted())).sorted { $0.first < $1.first }
  }

  /// The nodes before which a boundary is needed because of conflicts, ascending; ``imageStarts`` are not among them.
  func required() -> [Int] {
    let byEnd = demands.sorted { $0.second < $1.second }
    let fewest = boundaries(for: byEnd, preferring: [])
    var chosen = boundaries(for: byEnd, preferring: rootStarts)
    if chosen.count > fewest.count {
      // A complete image is worth another boundary.
      chosen = boundaries(for: byEnd, preferring: rootStarts.filter(startsCompleteImage))
    }
    for _ in 0..<Self.maximumRounds {
      let refined = refine(chosen)
      if refined == chosen { break }
      chosen = refined
    }
    return chosen
  }

  /// Whether all that mkfs.jffs2 wrote follows, with more than one name.
  private func startsCompleteImage(_ start: Int) -> Bool {
    let run = ImageRun(nodes, from: start, to: nodes.count)
    return run.isComplete && run.direntCount > 1
  }

  /// A boundary for each demand that ``imageStarts`` and those before it do not satisfy.
  ///
  /// - Parameter preferred: Where it is, if one of these satisfies the demand.
  private func boundaries(for demands: [Demand], preferring preferred: [Int]) -> [Int] {
    var chosen: [Int] = []
    for demand in demands
    where !imageStarts.hasElement(in: demand) && chosen.last ?? 0 <= demand.first {
      let start = preferred.last(notAbove: demand.second).flatMap { $0 > demand.first ? $0 : nil }
      chosen.append(start ?? demand.second)
    }
    return chosen
  }

  /// Moves each boundary to the best position between the previous and the next one.
  private func refine(_ chosen: [Int]) -> [Int] {
    var refined: [Int] = []
    for (number, boundary) in chosen.enumerated() {
      let next = number + 1 < chosen.count ? chosen[number + 1] : nodes.count
      let start = max(refined.last ?? 0, imageStarts.last(notAbove: boundary) ?? 0)
      let end = min(next, imageStarts.first(above: boundary) ?? nodes.count)
      guard let places = places(in: start..<end, for: boundary) else { continue }
      refined.append(bestPlace(places, in: start..<end))
    }
    return refined
  }

  /// The indices of nodes before which a boundary satisfies all demands inside a range of nodes; nil if there is no demand in the range.
  private func places(in range: Range<Int>, for boundary: Int) -> ClosedRange<Int>? {
    var places: ClosedRange<Int>?
    let first = partition(demands.count) { demands[$0].first >= range.lowerBound }
    for demand in demands[first...].prefix(while: { $0.first < range.upperBound })
    where demand.second < range.upperBound {
      let low = max(places?.lowerBound ?? 0, demand.first + 1)
      let high = min(places?.upperBound ?? .max, demand.second)
      guard low <= high else { return boundary...boundary }
      places = low...high
    }
    return places
  }

  /// The index of the node before which a boundary costs least; the last of equal ones.
  private func bestPlace(_ places: ClosedRange<Int>, in range: Range<Int>) -> Int {
    guard places.count > 1 else { return places.lowerBound }
    var before = ConsistencyScore(nodes[range.lowerBound..<places.lowerBound])
    var sides: [(cost: Int, spread: UInt64)] = []
    for place in places {
      sides.append((before.cost, before.spread))
      before.add(nodes[place])
    }
    var behind = ConsistencyScore(nodes[places.upperBound..<range.upperBound])
    var best: (place: Int, cost: Int, spread: UInt64, alignment: Int)?
    for place in places.reversed() {
      let side = sides[place - places.lowerBound]
      let cost = side.cost + behind.cost + BoundaryCandidate(place, self).cost
      let spread = side.spread + behind.spread
      // Partitions are better aligned than blocks.
      let alignment = -alignment(of: nodes[place])
      if best.map({ (cost, spread, alignment) < ($0.cost, $0.spread, $0.alignment) }) ?? true {
        best = (place, cost, spread, alignment)
      }
      if place > places.lowerBound { behind.add(nodes[place - 1]) }
    }
    return best?.place ?? places.upperBound
  }
}

extension BoundaryFinder {
  /// The number of zero bits at the end of the offset of the boundary before a node, counted from the start of the file or of a block.
  func alignment(of node: NodeEvidence) -> Int {
    max(node.boundary.trailingZeroBitCount, (node.boundary &- origin).trailingZeroBitCount)
  }
}

/// A place for a boundary, before a node.
private struct BoundaryCandidate {
  private let node: NodeEvidence
  private let isBehindForeignData: Bool
  private let isShifted: Bool
  /// As ``BoundaryFinder/alignment(of:)`` gives it.
  private let alignment: Int
  /// Whether a block starts here that has a cleanmarker, like those after it.
  private let isMarker: Bool
  /// Whether an image of mkfs.jffs2 starts here.
  private let isImageStart: Bool
  /// Whether a complete one ends here.
  private let isImageEnd: Bool
  init(_ place: Int, _ finder: BoundaryFinder) {
    let nodes = finder.nodes
    node = nodes[place]
    isBehindForeignData = finder.isBehindForeignData(place)
    isImageStart = finder.rootStarts.last(notAbove: place) == place
    isImageEnd = finder.imageEnds[place]
    isMarker = finder.isMarker[place]
    alignment = finder.alignment(of: node)
    isShifted = place > 0 && (nodes[place - 1].offset ^ node.offset) % 4 != 0
  }

  /// The cost of an offset because of its position.
  var cost: Int {
    var cost = alignment >= 16 ? 0 : alignment >= 12 ? 2 : 12
    if isMarker { cost -= 3 }
    if isImageStart { cost -= 30 }
    if isImageEnd { cost -= 10 }
    if isBehindForeignData { cost -= 8 }
    if isShifted { cost -= 20 }
    return cost
  }
}

extension [Int] {
  /// Whether one of the sorted places satisfies a demand.
  func hasElement(in demand: BoundaryFinder.Demand) -> Bool {
    first(above: demand.first).map { $0 <= demand.second } ?? false
  }

  func first(above bound: Int) -> Int? {
    let index = Support.partition(count) { self[$0] > bound }
    return index < count ? self[index] : nil
  }

  func last(notAbove bound: Int) -> Int? {
    let index = Support.partition(count) { self[$0] > bound }
    return index > 0 ? self[index - 1] : nil
  }
}
