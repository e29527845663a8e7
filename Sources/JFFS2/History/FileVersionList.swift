/// Divides the nodes of one generation into the versions of its file.
struct FileVersionList {
  private let nodes: ArraySlice<HistoryNode>
  private(set) var versions: [FileVersion] = []

  // The nodes without a missing number up to the current one.
  private var coverage = CoveredPrefix()
  private var firstProvenNode: Int
  private var sizeBefore: UInt32?
  private var isRunSupported = true
  /// The last node after which nothing older shows.
  private var firstNode: Int
  private var changesContents = false

  /// - Parameter nodes: By ascending version; those with a wrong data CRC count as missing.
  init(_ nodes: ArraySlice<HistoryNode>) {
    self.nodes = nodes
    firstProvenNode = nodes.startIndex
    firstNode = nodes.startIndex
    var previous: Int?
    for index in nodes.indices where nodes[index].hasValidData {
      if let previous, endsVersion(previous, before: index) { append(previous, next: index) }
      extendRun(to: index, from: previous)
      previous = index
    }
    if let previous { append(previous, next: nil) }
  }

  private func endsVersion(_ index: Int, before next: Int) -> Bool {
    nodes[next].node.fileSize < nodes[index].node.fileSize
      || nodes[index].isSeparated(from: nodes[next])
  }

  private mutating func extendRun(to index: Int, from previous: Int?) {
    let node = nodes[index].node
    let follows = previous.map { $0 + 1 == index && nodes[$0].node.version &+ 1 == node.version }
    if follows != true {
      coverage = CoveredPrefix()
      firstProvenNode = index
      isRunSupported = true
      sizeBefore = previous == nil && index == nodes.startIndex && node.version <= 1 ? 0 : nil
    }
    // A truncation to nothing, or all of the contents: nothing older shows.
    if node.fileSize == 0 || (node.fileOffset == 0 && node.fileEnd >= node.fileSize) {
      coverage = CoveredPrefix()
      isRunSupported = true
      firstNode = index
      firstProvenNode = index
    }
    if !node.isMetadata {
      // What is between the end of the file and a node after it is a hole.
      coverage.insert(min(node.fileOffset, sizeBefore ?? node.fileOffset)..<node.fileEnd)
    }
    if let previous, nodes[previous].node.fileSize != node.fileSize { changesContents = true }
    if previous == nil || !node.isMetadata { changesContents = true }
    isRunSupported = isRunSupported && nodes[index].isSupported
    sizeBefore = node.fileSize
  }

  private mutating func append(_ index: Int, next: Int?) {
    let latest = nodes[index]
    let node = latest.node
    let isRegular = node.isRegularFile
    let isLast = index + 1 == nodes.endIndex
    let isFollowed = next == index + 1 && nodes[index + 1].node.version &- 1 == node.version
    let isCovered = !isRegular || coverage.end >= node.fileSize
    let isComplete = isCovered && isRunSupported && (isLast || isFollowed)
    // A link or a device is written whole each time.
    let first = !isRegular ? index : isComplete ? max(firstNode, firstProvenNode) : firstNode
    versions.append(
      FileVersion(
        ino: node.ino, version: node.version, modificationTime: latest.modificationTime,
        changeTime: latest.changeTime, size: node.fileSize, isComplete: isComplete,
        changesContents: changesContents,
        isFirst: versions.isEmpty,
        isCreation: versions.isEmpty && nodes[nodes.startIndex].node.version <= 1,
        isCurrent: false, isFileInTree: false, nodes: UInt32(first)..<UInt32(index + 1),
        firstProvenNode: UInt32(firstProvenNode)))
    changesContents = false
  }
}

/// The end of the range from the start of a file that is covered without a gap.
private struct CoveredPrefix {
  /// The first byte that is not covered.
  private(set) var end: UInt32 = 0
  private var pending = Heap<PendingRange>()

  mutating func insert(_ range: Range<UInt32>) {
    if range.lowerBound <= end {
      end = max(end, range.upperBound)
    } else {
      pending.push(PendingRange(range: range))
    }
    while let next = pending.top, next.range.lowerBound <= end {
      end = max(end, next.range.upperBound)
      pending.pop()
    }
  }

  /// The greatest is the one that starts first.
  private struct PendingRange: Comparable {
    let range: Range<UInt32>

    static func < (left: PendingRange, right: PendingRange) -> Bool {
      left.range.lowerBound > right.range.lowerBound
    }
  }
}
