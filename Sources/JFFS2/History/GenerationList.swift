/// The nodes of one of the files that have used the same inode number.
///
/// The driver gives the number of a deleted file to another one when the flash, mounted again, holds no live node with a higher number. And
/// a device whose power failed may continue from an older state, and give version numbers a second time.
struct InodeGeneration: Sendable {
  let ino: UInt32
  /// By ascending version, in the history's table of nodes.
  let nodes: Range<Int>
}

/// Separates the files that have used the same inode number.
struct GenerationList {
  /// The maximum number of generations of an inode; other nodes that contradict them are left out.
  private static let maximumCount = 64

  /// The nodes ordered by inode, generation and version.
  private(set) var nodes: [HistoryNode]
  /// By ascending inode, an inode's newest last.
  private(set) var generations: [InodeGeneration] = []
  /// How many of the nodes are in their generations.
  private var count = 0

  /// - Parameter scanned: Ordered by ``HistoryNode/areInIncreasingOrder(_:_:)``.
  init(_ scanned: consuming [HistoryNode]) {
    nodes = consume scanned
    var first = 0
    while first < nodes.count {
      let ino = nodes[first].node.ino
      var end = first
      while end < nodes.count, nodes[end].node.ino == ino { end += 1 }
      if hasOneGeneration(first..<end) {
        if count < first {
          for index in first..<end { nodes[count + index - first] = nodes[index] }
        }
        append(ino, end - first)
      } else {
        for generation in Self.generations(nodes[first..<end]) {
          for (index, node) in generation.enumerated() { nodes[count + index] = node }
          append(ino, generation.count)
        }
      }
      first = end
    }
    nodes.removeSubrange(count...)
  }

  /// Whether each version of an inode is there once, none has another type of file, and none contradicts what is live.
  private func hasOneGeneration(_ inode: Range<Int>) -> Bool {
    let isDistinct = inode.dropFirst().allSatisfy {
      nodes[$0 - 1].node.version != nodes[$0].node.version
        && nodes[$0 - 1].node.fileType == nodes[$0].node.fileType
    }
    return isDistinct && !Self.isContinued(nodes[inode])
  }

  /// - Parameter length: The number of nodes, which were moved to the end of the generations before.
  private mutating func append(_ ino: UInt32, _ length: Int) {
    generations.append(InodeGeneration(ino: ino, nodes: count..<count + length))
    count += length
  }

  /// Whether an inode has valid nodes newer than all its live ones: a node that garbage collection wrote, or a save, would be live, so that
  /// these are of an older file.
  private static func isContinued(_ nodes: ArraySlice<HistoryNode>) -> Bool {
    guard let lastLive = nodes.lastIndex(where: \.isLive) else { return false }
    return nodes[lastLive...].dropFirst().contains { $0.hasValidData }
  }

  private static func generations(_ inode: ArraySlice<HistoryNode>) -> [[HistoryNode]] {
    let writes = distinctWrites(inode)
    let hasConflict = zip(writes, writes.dropFirst()).contains {
      $0.node.version == $1.node.version || $0.node.fileType != $1.node.fileType
    }
    guard hasConflict || isContinued(writes[...]) else { return [writes] }
    return chains(writes, lastLive: writes.lastIndex(where: \.isLive))
  }

  /// The nodes without copies; of a version that has a valid node, without its damaged ones.
  private static func distinctWrites(_ inode: ArraySlice<HistoryNode>) -> [HistoryNode] {
    var writes: [HistoryNode] = []
    var first = inode.startIndex
    while first < inode.endIndex {
      var end = first
      while end < inode.endIndex, inode[end].node.version == inode[first].node.version { end += 1 }
      if end - first == 1 {
        writes.append(inode[first])
      } else {
        writes += distinct(inode[first..<end])
      }
      first = end
    }
    return writes
  }

  private static func distinct(_ version: ArraySlice<HistoryNode>) -> [HistoryNode] {
    let valid = version.filter(\.hasValidData)
    guard !valid.isEmpty else { return Array(version.suffix(1)) }
    var indices: [UInt64: Int] = [:]
    var writes: [HistoryNode] = []
    // If two live nodes have the same version, the driver uses the later one.
    let lastLive = valid.last(where: \.isLive)?.node.flashOffset
    for node in valid where !node.isLive || node.node.flashOffset == lastLive {
      let hash = node.node.isHoleNode ? 0 : node.contentHash
      if let index = indices[hash] {
        if node.isLive || !writes[index].isLive { writes[index] = node }
      } else {
        indices[hash] = writes.count
        writes.append(node)
      }
    }
    return writes
  }

  private struct Chain {
    var nodes: [HistoryNode]
    var isCurrent: Bool
    var isClosed = false

    var last: HistoryNode { nodes[nodes.count - 1] }

    /// How badly the time of a node fits after the last one: least after the nearest earlier time, worse if the clock was set back.
    func distance(to node: HistoryNode) -> UInt64 {
      let distance = UInt64(HistoryNode.distance(last.changeTime, node.changeTime))
      return node.changeTime < last.changeTime ? 1 << 32 + distance : distance
    }
  }

  /// Puts each node after the one of a lower version whose time fits best.
  private static func chains(_ writes: [HistoryNode], lastLive: Int?) -> [[HistoryNode]] {
    var chains: [Chain] = []
    var first = 0
    while first < writes.count {
      var end = first
      while end < writes.count, writes[end].node.version == writes[first].node.version { end += 1 }
      for index in order(writes[first..<end], chains) {
        append(writes[index], to: &chains)
        if index == lastLive, let current = chains.firstIndex(where: \.isCurrent) {
          chains[current].isClosed = true
        }
      }
      first = end
    }
    return chains.sorted {
      ($0.isCurrent ? 1 : 0, $0.nodes[0].changeTime, $0.nodes[0].node.flashOffset)
        < ($1.isCurrent ? 1 : 0, $1.nodes[0].changeTime, $1.nodes[0].node.flashOffset)
    }.map(\.nodes)
  }

  /// The nodes of one version: the live one first, then those that fit a chain best.
  private static func order(_ version: ArraySlice<HistoryNode>, _ chains: [Chain]) -> [Int] {
    guard version.count > 1 else { return Array(version.indices) }
    let ranked = version.indices.map { index in
      let distance = chains.map { $0.distance(to: version[index]) }.min()
      return (version[index].isLive ? 0 : 1, distance ?? 0, index)
    }
    return ranked.sorted { $0 < $1 }.map { $0.2 }
  }

  private static func append(_ node: HistoryNode, to chains: inout [Chain]) {
    let open = chains.indices.filter { index in
      let last = chains[index].last
      return !chains[index].isClosed && last.node.version < node.node.version
        && last.node.fileType == node.node.fileType
    }
    let current = node.isLive ? open.first { chains[$0].isCurrent } : nil
    let nearest = open.min {
      chains[$0].distance(to: node) < chains[$1].distance(to: node)
    }
    if let index = current ?? nearest {
      chains[index].nodes.append(node)
      chains[index].isCurrent = chains[index].isCurrent || node.isLive
    } else if chains.count < maximumCount {
      chains.append(Chain(nodes: [node], isCurrent: node.isLive))
    }
  }
}
