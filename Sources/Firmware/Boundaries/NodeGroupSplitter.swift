internal import Storage
internal import Support

/// A file system in an image, by its nodes.
struct LocatedNodes {
  /// From the first node, or the start of its block, to the end of the last node.
  var range: Range<UInt64>
  /// The latest offset at which other data begins.
  var limit: UInt64
  var cleanmarkers: [UInt64] = []
  /// Whether there are nodes other than cleanmarkers.
  var hasContents = false
  var shifts: [ImageShift] = []
  /// The leftover of an older file system after it.
  var rest: Range<UInt64>?
}

/// Splits the nodes of one dialect into file systems.
struct NodeGroupSplitter: ~Copyable {
  /// Why nodes may belong to another file system than those before them, the weakest last.
  enum Reason {
    case imageStart
    case foreignData
    case conflict
    case shift
  }

  /// An offset at which one file system may end and another start.
  struct Separator {
    /// The first node after it.
    let index: Int
    let offset: UInt64
    let reason: Reason
    /// The bytes of foreign data before it.
    var foreignBytes: UInt64 = 0
  }

  /// The size of blocks of foreign data where no cleanmarkers suggest one.
  private static let defaultBlockSize: UInt64 = 16 << 10
  /// The cleanmarkers on each side of a gap that suggest the size of blocks there.
  private static let nearbyCleanmarkers = 8
  /// The free bytes that mkfs.jffs2 leaves at most before the next block: less than the longest dirent needs.
  private static let maximumPaddingLength: UInt64 = 512
  /// The bytes that may be written between erased blocks of one file system if these are large.
  private static let maximumDamageLength: UInt64 = 4096

  private let group: NodeGroup
  private let image: FlashImage
  private let range: Range<UInt64>
  private let cleanmarkers: [UInt64]
  private var reader: GapReader

  init(_ image: FlashImage, _ range: Range<UInt64>, _ group: NodeGroup) {
    self.group = group
    self.image = image
    self.range = range
    cleanmarkers = group.nodes.filter { $0.kind == .cleanmarker }.map(\.offset)
    reader = GapReader(image, range)
  }

  /// The file systems, ascending.
  mutating func fileSystems() throws(StorageError) -> [LocatedNodes] {
    guard !group.nodes.isEmpty else { return [] }
    let separators = try separators()
    var found: [LocatedNodes] = []
    var current: FileSystemAssembly?
    for (number, separator) in separators.enumerated() {
      let next = number + 1 < separators.count ? separators[number + 1] : nil
      let nodes = separator.index..<(next?.index ?? group.nodes.count)
      let limit = max(separator.offset, next?.offset ?? range.upperBound)
      if var assembly = current {
        // No longer shared, so it is changed in place.
        current = nil
        switch try decide(&assembly, nodes, separator) {
        case .joined:
          assembly.extend(nodes, to: limit)
          current = assembly
          continue
        case .rest:
          assembly.addRest(separator.offset..<limit)
          current = assembly
          continue
        case .separate: found.append(assembly.located)
        }
      }
      current = FileSystemAssembly(group, nodes, separator.offset..<limit)
    }
    if let current { found.append(current.located) }
    return found
  }

  private enum Decision {
    case separate
    case joined
    case rest
  }
}

extension NodeGroupSplitter {
  /// The start of the nodes, and all places after it where another file system may begin.
  private mutating func separators() throws(StorageError) -> [Separator] {
    let nodes = group.nodes
    var separators: [Int: Separator] = [:]
    for index in nodes.indices.dropFirst()
    where (nodes[index - 1].offset ^ nodes[index].offset) % 4 != 0 {
      separators[index] = Separator(
        index: index, offset: nodes[index].boundary, reason: .shift)
    }
    let foreign = try foreignGaps()
    let foreignIndices = Set(foreign.map(\.index))
    let finder = BoundaryFinder(
      nodes, origin: group.cleanmarkers?.first ?? 0,
      isBehindForeignData: foreignIndices.contains,
      isDamaged: { [image, range, dialect = group.dialect] node in
        let bytes = try? image.bytes(
          at: node.offset, count: min(Int(node.length), NodeBreak.maximumLength),
          within: range)
        return bytes.map { NodeBreak.isDamaged($0.span, dialect) } ?? true
      })
    let required = finder.required()
    for index in finder.optional(
      besides: (required + finder.imageStarts + foreign.map(\.index)).sorted())
    {
      separators[index] = Separator(
        index: index, offset: nodes[index].boundary, reason: .imageStart)
    }
    for index in required {
      separators[index] = Separator(
        index: index, offset: nodes[index].boundary,
        reason: separators[index] == nil ? .conflict : .imageStart)
    }
    for separator in foreign {
      // A conflict at foreign data needs no further decision.
      let isDecided = separators[separator.index].map { $0.reason != .shift } ?? false
      separators[separator.index] = Separator(
        index: separator.index, offset: separator.offset,
        reason: isDecided ? .imageStart : .foreignData, foreignBytes: separator.foreignBytes)
    }
    for index in finder.imageStarts {
      separators[index] = Separator(
        index: index, offset: nodes[index].boundary, reason: .imageStart)
    }
    let first = separators[0]?.offset ?? group.extents[0].lowerBound
    separators[0] = Separator(index: 0, offset: first, reason: .imageStart)
    return separators.values.sorted { $0.index < $1.index }
  }

  /// The places after at least an erase block of foreign data.
  private mutating func foreignGaps() throws(StorageError) -> [Separator] {
    var separators: [Separator] = []
    for (first, second) in zip(group.extents, group.extents.dropFirst())
    where second.lowerBound >= first.upperBound + BlockGrid.smallest {
      let gap = first.upperBound..<second.lowerBound
      guard try reader.firstWrittenBlock(gap, Self.smallest(grids(beside: gap))) != nil else {
        continue
      }
      let index = partition(group.nodes.count) { group.nodes[$0].offset >= second.lowerBound }
      guard index < group.nodes.count else { break }
      if separators.last?.index == index { separators.removeLast() }
      separators.append(
        Separator(
          index: index, offset: second.lowerBound, reason: .foreignData,
          foreignBytes: gap.upperBound - gap.lowerBound))
    }
    return separators
  }

  /// The erase blocks as the cleanmarkers before and after a gap suggest them.
  private func grids(beside gap: Range<UInt64>) -> [BlockGrid] {
    let middle = partition(cleanmarkers.count) { cleanmarkers[$0] >= gap.upperBound }
    let before = cleanmarkers[..<middle].suffix(Self.nearbyCleanmarkers)
    let behind = cleanmarkers[middle...].prefix(Self.nearbyCleanmarkers)
    return [before, behind].map { BlockGrid(cleanmarkers: $0, anchor: gap.lowerBound) }
  }

  private static func smallest(_ grids: [BlockGrid]) -> BlockGrid {
    grids.filter(\.isKnown).min { $0.blockSize < $1.blockSize }
      ?? BlockGrid(blockSize: defaultBlockSize)
  }

  /// The treatment of nodes after a separator.
  private mutating func decide(
    _ before: inout FileSystemAssembly, _ nodes: Range<Int>, _ separator: Separator
  ) throws(StorageError) -> Decision {
    switch separator.reason {
    case .imageStart: return .separate
    case .conflict where before.rest != nil:
      return FileSystemAssembly.isPartOfImage(group.nodes[nodes]) ? .rest : .separate
    case .conflict: return try decideConflict(&before, nodes, separator)
    case .foreignData, .shift:
      guard before.rest == nil else { return .separate }
      return try isJoined(&before, nodes, separator) ? .joined : .separate
    }
  }

  /// Whether nodes after foreign data or a shift continue a file system.
  private mutating func isJoined(
    _ before: inout FileSystemAssembly, _ nodes: Range<Int>, _ separator: Separator
  ) throws(StorageError) -> Bool {
    let alone = ConsistencyScore(group.nodes[nodes])
    if !before.hasContents || alone.versions.isEmpty {
      guard separator.reason == .foreignData else {
        return alone.versions.isEmpty || before.hasCleanmarkers(from: range.lowerBound)
      }
      // Blocks without a node may be the free ones of the file system: the data between fill no block.
      let gap = separator.offset - separator.foreignBytes..<separator.offset
      let grids = grids(beside: gap)
      // One damaged block between others.
      let isFormatted = [
        before.hasCleanmarkers(from: range.lowerBound), alone.versions.isEmpty && nodes.count > 1,
      ]
      for (index, isFormatted) in isFormatted.enumerated() where isFormatted {
        guard let grid = [grids[index], grids[1 - index]].first(where: \.isKnown) else { continue }
        if let block = try reader.firstWrittenBlock(gap, grid),
          try reader.firstWrittenBlock(block + grid.blockSize..<gap.upperBound, grid) == nil
        {
          return true
        }
      }
      let grid = Self.smallest(grids)
      let most = Int(max(grid.blockSize / 4, min(grid.blockSize / 2, Self.maximumDamageLength)))
      return try reader.firstWrittenBlock(gap, grid, moreThan: most, ignoresZeros: true) == nil
    }
    let reach = separator.foreignBytes / 64 + 16
    return before.isContinued(by: alone, nodes, reach: reach)
  }

  /// The treatment of nodes that conflict with those before them: a file system if they have a separate start.
  private mutating func decideConflict(
    _ before: inout FileSystemAssembly, _ nodes: Range<Int>, _ separator: Separator
  ) throws(StorageError) -> Decision {
    let end = group.end(before: separator.offset)
    if try reader.startsWithEndMarker(end..<max(end, separator.offset)) { return .joined }
    let isPadded = separator.offset >= end + Self.maximumPaddingLength
    switch before.relation(to: nodes, isPadded: isPadded) {
    case .independent: return .separate
    case .rest: return .rest
    case .mixed: return .joined
    }
  }
}

extension NodeGroup {
  /// The offset of the end of the last node that starts before an offset.
  func end(before offset: UInt64) -> UInt64 {
    let index = partition(extents.count) { extents[$0].lowerBound >= offset }
    return index > 0 ? min(offset, extents[index - 1].upperBound) : offset
  }
}
