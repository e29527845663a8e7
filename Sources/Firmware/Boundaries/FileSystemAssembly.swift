/// A file system that is put together from the nodes of one dialect, part by part.
struct FileSystemAssembly {
  /// The relation of nodes to a file system that they conflict with.
  enum Relation {
    /// Another file system's.
    case independent
    /// The leftover of an older image after a shorter one was written over it.
    case rest
    /// Parts of two images that cannot be distinguished.
    case mixed
  }

  private let group: NodeGroup
  private let start: UInt64
  private var nodes: Range<Int>
  private var limit: UInt64
  private var score: ConsistencyScore
  /// The nodes after ``nodes`` that ``score`` includes already.
  private var scored: Range<Int>?
  /// The nodes as mkfs.jffs2 wrote them, and whether these are all; nil until they are needed.
  private var run: (nodes: ImageRun, isAll: Bool)?
  /// The leftover of an older file system after it.
  private(set) var rest: Range<UInt64>?

  init(_ group: NodeGroup, _ nodes: Range<Int>, _ range: Range<UInt64>) {
    self.group = group
    self.nodes = nodes
    start = range.lowerBound
    limit = range.upperBound
    score = ConsistencyScore(group.nodes[nodes])
  }

  /// Whether there are nodes other than cleanmarkers.
  var hasContents: Bool { !score.versions.isEmpty }

  /// Whether there are several cleanmarkers, or one at the start of the flash memory. A single one may be in other data.
  func hasCleanmarkers(from start: UInt64) -> Bool {
    let markers = group.nodes[nodes].lazy.filter { $0.kind == .cleanmarker }.prefix(2)
    return markers.count == 2 || markers.first?.offset == start
  }

  /// Takes in the nodes after it.
  mutating func extend(_ more: Range<Int>, to limit: UInt64) {
    addToScore(more)
    scored = nil
    nodes = nodes.lowerBound..<more.upperBound
    self.limit = limit
  }

  mutating func addRest(_ range: Range<UInt64>) {
    rest = (rest?.lowerBound ?? range.lowerBound)..<range.upperBound
  }

  private mutating func addToScore(_ more: Range<Int>) {
    guard scored != more else { return }
    for node in group.nodes[more] { score.add(node) }
    scored = more
  }

  /// Whether nodes after it, which conflict with nothing, continue it: names lead to inodes on the other side, or versions continue.
  ///
  /// - Parameter reach: The number of versions that may be missing between them.
  mutating func isContinued(
    by other: ConsistencyScore, _ more: Range<Int>, reach: UInt64
  ) -> Bool {
    let continues = score.isContinued(by: other, reach: reach) || other.isTail(of: score)
    let apart = score.unresolved + other.unresolved
    addToScore(more)
    return score.unresolved < apart || continues
  }

  /// The kind of conflicting nodes after it.
  ///
  /// - Parameter isPadded: Whether there is more erased flash between them than in the middle of an image.
  mutating func relation(to more: Range<Int>, isPadded: Bool) -> Relation {
    if run == nil {
      let run = ImageRun(group.nodes, from: nodes.lowerBound, to: nodes.upperBound)
      self.run = (run, run.end == nodes.upperBound)
    }
    let other = ConsistencyScore(group.nodes[more])
    let (before, apart) = (score.unresolved, score.unresolved + other.unresolved)
    addToScore(more)
    guard let run, run.nodes.direntCount > 0, Self.isPartOfImage(group.nodes[more]) else {
      return other.unresolved * 2 > other.inodeCount && score.unresolved < apart
        ? .mixed : .independent
    }
    if startsImage(more) { return .independent }
    let isComplete = run.isAll && run.nodes.isComplete && before == 0
    let isOld = group.nodes[more].allSatisfy {
      $0.kind != .dirent || Int($0.version) < run.nodes.direntCount
    }
    return isComplete && (isPadded || isOld) ? .rest : .mixed
  }

  /// Whether nodes after it are an image that lost its first names, and not the end of an older one in the same place: these names would
  /// not have filled the space before them.
  private func startsImage(_ more: Range<Int>) -> Bool {
    let dirents = group.nodes[more].filter { $0.kind == .dirent }
    guard let first = dirents.first, let begin = group.nodes[more].first?.offset,
      let end = group.nodes[more].last?.offset, first.target == first.version &+ 2
    else { return false }
    let bytesPerName = (end - begin) / UInt64(dirents.count)
    let filled = bytesPerName.multipliedReportingOverflow(by: 4 * UInt64(first.version))
    return !filled.overflow && filled.partialValue < begin - start
  }

  /// Whether nodes are in the order of mkfs.jffs2 but without the start of an image.
  static func isPartOfImage(_ nodes: ArraySlice<NodeEvidence>) -> Bool {
    var last: NodeEvidence?
    var lastDirent: NodeEvidence?
    var (dirents, pairs) = (0, 0)
    for node in nodes where node.kind != .cleanmarker && !node.isObsolete {
      if node.kind == .dirent {
        guard node.version > 0, node.version > lastDirent?.version ?? 0 else { return false }
        dirents += 1
        lastDirent = node
      } else if let last {
        if last.kind == .inode {
          guard
            last.number != node.number
              || last.version < node.version && last.attributes == node.attributes
          else { return false }
        } else if last.target == node.number, node.version == 1 {
          pairs += 1
        }
      }
      last = node
    }
    return pairs * 2 >= dirents
  }
}

extension FileSystemAssembly {
  /// The result.
  var located: LocatedNodes {
    let end = group.end(before: rest?.lowerBound ?? limit)
    let range = start..<max(start, end)
    return LocatedNodes(
      range: range, limit: rest?.lowerBound ?? limit,
      cleanmarkers: group.nodes[nodes].filter { $0.kind == .cleanmarker }.map(\.offset),
      hasContents: hasContents, shifts: group.shifts(in: range), rest: rest)
  }
}

extension ConsistencyScore {
  /// Whether the nodes may be the end of the other file system: all inode numbers are higher, and no name is in the root or in a directory
  /// of the other. The directories between them may be lost.
  fileprivate func isTail(of other: ConsistencyScore) -> Bool {
    versions.keys.allSatisfy {
      $0.isDirent ? $0.number != 1 && other.versions[$0] == nil : $0.number > other.largestInode
    }
  }

  /// Whether sequences of versions continue in the other, in either order, and none of one is in the middle of the same one of the other.
  ///
  /// - Parameter reach: The number of versions that may be missing between names.
  fileprivate func isContinued(by other: ConsistencyScore, reach: UInt64) -> Bool {
    var isContinued = false
    for (sequence, second) in other.versions {
      guard let first = versions[sequence] else { continue }
      guard !first.overlaps(second) else { return false }
      let gap = UInt64(
        max(first.lowerBound, second.lowerBound) - min(first.upperBound, second.upperBound))
      let spans =
        UInt64(first.span) + UInt64(second.span)
      let most = sequence.isDirent ? min(reach, 4 * spans + 16) : 2
      isContinued = isContinued || gap <= most
    }
    return isContinued
  }
}
