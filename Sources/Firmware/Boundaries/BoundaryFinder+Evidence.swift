internal import Storage
internal import Support

extension BoundaryFinder {
  /// The pairs of nodes that cannot be in one file system: different nodes with the same version, nodes of one inode with different types
  /// or with file sizes that do not follow from each other, and a name with an inode node of its directory that has another type.
  ///
  /// - Parameter isDamaged: Whether a node's data are damaged: the driver counts on from the version of one that it could not finish.
  static func conflicts(
    _ nodes: [NodeEvidence], isDamaged: (NodeEvidence) -> Bool
  ) -> [Demand] {
    var demands: [Demand] = []
    var holders: [VersionKey: Int] = [:]
    /// The node of each inode's highest version, and the last one.
    var newest: [UInt32: Int] = [:]
    var last: [UInt32: Int] = [:]
    /// The last name in each directory.
    var names: [UInt32: Int] = [:]
    for (index, node) in nodes.enumerated() where node.kind != .cleanmarker && !node.isObsolete {
      if let holder = holders.updateValue(index, forKey: node.key),
        node.conflicts(with: nodes[holder])
      {
        demands.append(Demand(first: holder, second: index))
      }
      if node.kind == .dirent {
        names[node.number] = index
        if let parent = last[node.number], nodes[parent].target != NodeEvidence.directory {
          demands.append(Demand(first: parent, second: index))
        }
      }
      guard node.kind == .inode, node.target != 0 else { continue }
      if node.target != NodeEvidence.directory, let name = names[node.number] {
        demands.append(Demand(first: name, second: index))
      }
      let neighbor = last.updateValue(index, forKey: node.number)
      guard let latest = newest[node.number] else {
        newest[node.number] = index
        continue
      }
      let isNewest = node.version > nodes[latest].version
      if isNewest { newest[node.number] = index }
      let isNext = isNewest && node.version - 1 == nodes[latest].version
      let previous = isNext ? latest : holders[node.key(after: -1)]
      let next = isNewest ? nil : holders[node.key(after: 1)]
      var conflicting = -1
      if let neighbor, nodes[neighbor].target != node.target { conflicting = neighbor }
      if let previous, !node.follows(nodes[previous]), !isDamaged(nodes[previous]) {
        conflicting = max(conflicting, previous)
      }
      if let next, !nodes[next].follows(node), !isDamaged(node) {
        conflicting = max(conflicting, next)
      }
      if conflicting >= 0 { demands.append(Demand(first: conflicting, second: index)) }
    }
    return demands
  }

  /// More runs of cleanmarkers are not compared with the nodes.
  private static let maximumCleanmarkerRuns = 64

  /// The cleanmarkers at equal distances and the nearest nodes that cross the start of an erase block as these show it.
  static func crossings(_ nodes: [NodeEvidence]) -> [Demand] {
    let markers = nodes.indices.filter { nodes[$0].kind == .cleanmarker }
    var demands: [Demand] = []
    var number = 1
    var runCount = 0
    while number < markers.count, runCount < maximumCleanmarkerRuns {
      let start = number - 1
      let distance = nodes[markers[number]].offset - nodes[markers[start]].offset
      while number < markers.count,
        nodes[markers[number]].offset - nodes[markers[number - 1]].offset == distance
      {
        number += 1
      }
      guard distance % BlockGrid.smallest == 0, distance > 0 else { continue }
      runCount += 1
      let origin = distance - nodes[markers[start]].offset % distance
      func crosses(_ index: Int) -> Bool {
        let node = nodes[index]
        guard node.length > 0 else { return false }
        let offset = node.offset + origin
        guard offset / distance != (offset + UInt64(node.length) - 1) / distance else {
          return false
        }
        // Where bytes are inserted or lost the blocks are elsewhere.
        let next = partition(markers.count) { markers[$0] > index }
        return markers[max(0, next - 1)..<min(next + 1, markers.count)].allSatisfy {
          (nodes[$0].offset + origin) % distance == 0
        }
      }
      if let last = nodes[..<markers[start]].indices.last(where: crosses) {
        demands.append(Demand(first: last, second: markers[start + 1]))
      }
      if let first = nodes[markers[number - 1]...].indices.first(where: crosses) {
        demands.append(Demand(first: markers[number - 2], second: first))
      }
    }
    return demands
  }

  /// The first dirents of images from mkfs.jffs2, or the cleanmarkers directly before them, except at the start.
  static func rootStarts(_ nodes: [NodeEvidence]) -> [Int] {
    nodes.indices.filter { nodes[$0].isRootStart }.map { place in
      guard place > 0, nodes[place - 1].kind == .cleanmarker,
        nodes[place].offset - nodes[place - 1].offset <= 4096
      else { return place }
      return place - 1
    }.filter { $0 > 0 }
  }

  /// Where images of mkfs.jffs2 start that are independent of what precedes them, and where what `mkfs.jffs2 -i` made continues an image.
  ///
  /// - Parameter places: What ``rootStarts(_:)`` returns.
  static func imageStarts(
    _ nodes: [NodeEvidence], _ places: [Int], _ conflicts: [Demand]
  ) -> (starts: [Int], increments: [Int]) {
    guard !places.isEmpty else { return ([], []) }
    var (starts, increments): ([Int], [Int]) = ([], [])
    var before = StartCheck(nodes[..<places[0]])
    for (number, place) in places.enumerated() {
      let end = number + 1 < places.count ? places[number + 1] : nodes.count
      let image = StartCheck(nodes[place..<end])
      let isIncrement = before.hasImage && image.numbers.lowerBound > before.numbers.upperBound
      // Data of separated parts is no longer needed.
      let isIndependent = before.add(image, nodes[place..<end])
      if isIncrement {
        increments.append(place)
      } else if isIndependent || isOtherImage(nodes, place..<end, from: starts.last ?? 0)
        || isRepeatedImage(nodes, place..<end, from: starts.last ?? 0),
        !isContested(place..<end, from: starts.last ?? 0, conflicts)
      {
        starts.append(place)
        before = image
      }
    }
    return (starts, increments)
  }

  /// Whether nodes are a complete image of mkfs.jffs2 and those before them the end of one with other numbers.
  private static func isOtherImage(
    _ nodes: [NodeEvidence], _ image: Range<Int>, from start: Int
  ) -> Bool {
    let before = nodes[start..<image.lowerBound]
    let run = ImageRun(nodes, from: image.lowerBound, to: image.upperBound)
    guard run.end == image.upperBound, run.isComplete,
      let first = before.first(where: { $0.kind == .dirent }), first.version != run.direntCount
    else { return false }
    return FileSystemAssembly.isPartOfImage(before)
  }

  /// Whether nodes are a complete image of mkfs.jffs2 with which those before them begin, too: both slots of an update hold it. Garbage
  /// collection copies no image in its order.
  private static func isRepeatedImage(
    _ nodes: [NodeEvidence], _ image: Range<Int>, from start: Int
  ) -> Bool {
    let run = ImageRun(nodes, from: image.lowerBound, to: image.upperBound)
    guard run.isComplete, run.direntCount > 1 else { return false }
    var before = nodes[start..<image.lowerBound].lazy.filter { $0.kind != .cleanmarker }
      .makeIterator()
    return nodes[image.lowerBound..<run.contentEnd].lazy.filter { $0.kind != .cleanmarker }
      .allSatisfy { node in before.next()?.signature == node.signature }
  }

  /// For each node, whether it is a cleanmarker, and the next node of another kind follows one in its block. Other cleanmarkers are of
  /// free blocks of the file system before that node.
  static func markers(_ nodes: [NodeEvidence]) -> [Bool] {
    var markers = [Bool](repeating: false, count: nodes.count)
    for index in nodes.indices.reversed() where nodes[index].kind == .cleanmarker {
      let next = index + 1
      markers[index] =
        next == nodes.count || nodes[next].offset - nodes[index].offset < BlockGrid.smallest
        || nodes[next].kind == .cleanmarker && markers[next]
    }
    return markers
  }

  /// For each node, whether a complete image of mkfs.jffs2 ends before it.
  static func imageEnds(_ nodes: [NodeEvidence]) -> [Bool] {
    var ends = [Bool](repeating: false, count: nodes.count + 1)
    for start in nodes.indices where nodes[start].isRootStart {
      let run = ImageRun(nodes, from: start, to: nodes.count)
      guard run.isComplete else { continue }
      for place in run.contentEnd...run.end { ends[place] = true }
    }
    return ends
  }

  /// Whether nodes of an image conflict with those before it, so that the best boundary is to be looked for.
  private static func isContested(
    _ image: Range<Int>, from start: Int, _ conflicts: [Demand]
  ) -> Bool {
    let first = partition(conflicts.count) { conflicts[$0].second >= image.lowerBound }
    return conflicts[first...].prefix { $0.second < image.upperBound }
      .contains { start..<image.lowerBound ~= $0.first }
  }

  /// Demands for boundaries after images of mkfs.jffs2 of which the rest is another image's.
  ///
  /// - Parameter starts: The starts of images and their extensions, ascending.
  static func foreignNodes(_ nodes: [NodeEvidence], _ starts: [Int]) -> [Demand] {
    ([0] + starts).enumerated().compactMap { number, start in
      let limit = number < starts.count ? starts[number] : nodes.count
      let run = ImageRun(nodes, from: start, to: limit)
      guard run.direntCount > 0, let second = run.firstForeignNode(nodes, to: limit) else {
        return nil
      }
      return Demand(first: run.contentEnd - 1, second: second)
    }
  }
}

/// The facts about the nodes on one side of the start of an image.
private struct StartCheck {
  private var score = ConsistencyScore()
  /// The inode numbers that nodes have or names lead to.
  private(set) var numbers: ClosedRange<UInt32> = 1...1
  private var starts: Set<UInt64> = []

  init(_ nodes: ArraySlice<NodeEvidence>) {
    for node in nodes { add(node) }
  }

  /// Whether the nodes include the start of an image.
  var hasImage: Bool { !starts.isEmpty }

  private mutating func add(_ node: NodeEvidence) {
    score.add(node)
    guard !node.isObsolete else { return }
    if node.isRootStart { starts.insert(node.signature) }
    let number = node.kind == .inode ? node.number : node.target
    guard number > 1 else { return }
    numbers =
      numbers == 1...1
      ? number...number : min(numbers.lowerBound, number)...max(numbers.upperBound, number)
  }

  /// Adds what is after.
  ///
  /// - Returns: Whether both sides were as complete apart as they are together, and the start of the second is not a copy.
  mutating func add(_ other: StartCheck, _ nodes: ArraySlice<NodeEvidence>) -> Bool {
    let isCopy = !starts.isDisjoint(with: other.starts)
    let apart = score.unresolved + other.score.unresolved
    for node in nodes { add(node) }
    return !isCopy && apart <= score.unresolved
  }
}
