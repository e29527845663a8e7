/// A measure of how far nodes are from one complete file system. Nodes are added one by one, in any order.
struct ConsistencyScore {
  private struct InodeState {
    var hasNodes = false
    var isNamed = false
    var isDirectory = false

    /// A name that leads nowhere, an inode without a name, a directory without one.
    var unresolved: Int { (hasNodes != isNamed ? 1 : 0) + (isDirectory && !isNamed ? 1 : 0) }
  }

  /// Names that lead nowhere, inodes without a name, directories without one.
  private(set) var unresolved = 0
  /// The sum of the distances from the least to the largest version of each sequence: those of one file system are near each other.
  private(set) var spread: UInt64 = 0
  /// The same, in bits.
  private var spreadBits = 0
  /// The least and the largest version of each sequence.
  private(set) var versions: [VersionSequence: ClosedRange<UInt32>] = [:]
  private var inodes: [UInt32: InodeState] = [1: InodeState(hasNodes: true, isNamed: true)]

  init() {}

  init(_ nodes: some Sequence<NodeEvidence>) {
    for node in nodes { add(node) }
  }

  /// The number of aligned blocks that begin with a cleanmarker, and with another node: a file system has one kind.
  private var (markedBlocks, otherBlocks) = (0, 0)

  /// The total cost.
  var cost: Int { 3 * unresolved + spreadBits + 12 * min(markedBlocks, otherBlocks) }

  /// The number of inodes that nodes or names mention.
  var inodeCount: Int { inodes.count }

  /// The largest inode number.
  private(set) var largestInode: UInt32 = 1

  mutating func add(_ node: NodeEvidence) {
    if node.offset % BlockGrid.usual == 0 {
      if node.kind == .cleanmarker { markedBlocks += 1 } else { otherBlocks += 1 }
    }
    guard node.kind != .cleanmarker else { return }
    let known = versions[node.sequence] ?? node.version...node.version
    let wider = min(known.lowerBound, node.version)...max(known.upperBound, node.version)
    spread += UInt64(wider.span)
    spread -= UInt64(known.span)
    spreadBits += wider.span.bitWidthOfValue - known.span.bitWidthOfValue
    versions[node.sequence] = wider
    guard !node.isObsolete else { return }
    if node.kind == .inode {
      change(node.number) { $0.hasNodes = true }
    } else {
      change(node.number) { $0.isDirectory = true }
      if node.target != 0 { change(node.target) { $0.isNamed = true } }
    }
  }

  private mutating func change(_ number: UInt32, _ body: (inout InodeState) -> Void) {
    var state = inodes[number] ?? InodeState()
    unresolved -= state.unresolved
    body(&state)
    unresolved += state.unresolved
    inodes[number] = state
    largestInode = max(largestInode, number)
  }
}

extension ClosedRange<UInt32> {
  var span: UInt32 { upperBound - lowerBound }
}

extension UInt32 {
  fileprivate var bitWidthOfValue: Int { Self.bitWidth - leadingZeroBitCount }
}
