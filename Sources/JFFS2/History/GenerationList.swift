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
  private(set) var nodes: [HistoryNode] = []
  /// By ascending inode, an inode's newest last.
  private(set) var generations: [InodeGeneration] = []

  /// - Parameter scanned: Ordered by ``HistoryNode/areInIncreasingOrder(_:_:)``.
  init(_ scanned: [HistoryNode]) {
    nodes.reserveCapacity(scanned.count)
    var first = 0
    while first < scanned.count {
      var end = first
      while end < scanned.count, scanned[end].node.ino == scanned[first].node.ino { end += 1 }
      append(inode: scanned[first..<end])
      first = end
    }
  }

  private mutating func append(inode: ArraySlice<HistoryNode>) {
    let writes = Self.distinctWrites(inode)
    let lastLive = writes.lastIndex { $0.isLive }
    let hasConflict = zip(writes, writes.dropFirst()).contains {
      $0.node.version == $1.node.version
    }
    // A node that garbage collection wrote, or a save, would be live: what is newer than all live nodes is of an older file.
    let isContinued = lastLive.map { writes[$0...].dropFirst().contains { $0.hasValidData } }
    guard hasConflict || isContinued == true else { return append(writes) }
    for chain in Self.chains(writes, lastLive: lastLive) { append(chain) }
  }

  private mutating func append(_ chain: [HistoryNode]) {
    guard let first = chain.first else { return }
    generations.append(
      InodeGeneration(ino: first.node.ino, nodes: nodes.count..<nodes.count + chain.count))
    nodes += chain
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
  }

  /// Puts each node after the one of a lower version whose time is nearest.
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
      let distance = chains.map {
        HistoryNode.distance($0.last.changeTime, version[index].changeTime)
      }
      return (version[index].isLive ? 0 : 1, distance.min() ?? 0, index)
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
      HistoryNode.distance(chains[$0].last.changeTime, node.changeTime)
        < HistoryNode.distance(chains[$1].last.changeTime, node.changeTime)
    }
    if let index = current ?? nearest {
      chains[index].nodes.append(node)
      chains[index].isCurrent = chains[index].isCurrent || node.isLive
    } else if chains.count < maximumCount {
      chains.append(Chain(nodes: [node], isCurrent: node.isLive))
    }
  }
}
