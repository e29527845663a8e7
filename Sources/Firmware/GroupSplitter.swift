internal import Storage

/// Splits a group of nodes into file systems.
struct GroupSplitter: ~Copyable {
  /// Written bytes that leave a block without nodes an erased one, with damage.
  private static let mostFlipped = 64
  /// The part of a block that may be written where only erased blocks lie on one side of it.
  private static let mostWritten: UInt64 = 4

  private let image: FlashImage
  private let range: Range<UInt64>
  private var window: ReadWindow

  init(_ image: FlashImage, _ range: Range<UInt64>) {
    self.image = image
    self.range = range
    window = ReadWindow(image, range)
  }

  /// The ranges of the group's file systems, ascending.
  mutating func fileSystems(_ group: NodeGroup) throws(StorageError) -> [Range<UInt64>] {
    let grid = BlockGrid(group)
    var stretches: [NodeGroup] = []
    var consistency = Consistency()
    for stretch in try separate(group, grid) {
      let alone = Consistency(stretch.claims)
      let apart = consistency.cost + alone.cost
      for claim in stretch.claims { consistency.add(claim) }
      // Foreign data between the two are only damage where names in one lead to inodes in the other.
      var isDamage = consistency.cost.unresolved < apart.unresolved
      if !isDamage, let last = stretches.last {
        isDamage = try isMostlyErased(between: last, stretch, grid)
      }
      if !stretches.isEmpty, isDamage {
        stretches[stretches.count - 1].join(stretch)
      } else {
        stretches.append(stretch)
        consistency = alone
      }
    }
    var found: [Range<UInt64>] = []
    for (index, stretch) in stretches.enumerated() where stretch.isCertain {
      let next = index + 1 < stretches.count ? stretches[index + 1].range.lowerBound : nil
      let start = try start(stretch, grid, after: found.last?.upperBound ?? range.lowerBound)
      let isAtStart = index == 0 ? try isErased(range.lowerBound..<start) : false
      let borders = BorderSearch(stretch, grid).borders(allowsSoft: !isAtStart)
      let end = try end(stretch, grid, before: next ?? range.upperBound)
      let all = [start] + borders + [end]
      found += zip(all, all.dropFirst()).compactMap { $0 < $1 ? $0..<$1 : nil }
    }
    return found
  }

  /// Whether a range in front of a file system is erased flash: all of it, or whole blocks with a few bits flipped.
  mutating func isErased(before fileSystem: Range<UInt64>) throws(StorageError) -> Bool {
    let before = range.lowerBound..<fileSystem.lowerBound
    let isWholeBlocks = (before.upperBound - before.lowerBound) % BlockGrid.smallest == 0
    return try !hasWritten(before, moreThan: isWholeBlocks ? Self.mostFlipped : 0)
  }

  /// Whether all bytes of a range are those of erased flash.
  private mutating func isErased(_ range: Range<UInt64>) throws(StorageError) -> Bool {
    try !hasWritten(range, moreThan: 0)
  }

  /// Whether more than so many bytes are not those of erased flash.
  private mutating func hasWritten(
    _ range: Range<UInt64>, moreThan most: Int
  ) throws(StorageError) -> Bool {
    var written = 0
    var offset = range.lowerBound
    while offset < range.upperBound {
      try window.move(to: offset, wanted: 1)
      let bytes = window.bytes(from: offset)
      let count = min(bytes.count, Int(clamping: range.upperBound - offset))
      for index in 0..<count where bytes[index] != 0xFF {
        written += 1
        if written > most { return true }
      }
      offset += UInt64(count)
    }
    return false
  }

  /// The group in parts with at least an erase block of foreign data between them.
  private mutating func separate(
    _ group: NodeGroup, _ grid: BlockGrid
  ) throws(StorageError) -> [NodeGroup] {
    var cuts: [UInt64] = []
    for (first, second) in zip(group.extents, group.extents.dropFirst())
    where second.lowerBound - first.upperBound >= grid.blockSize {
      if try firstForeignBlock(first.upperBound..<second.lowerBound, grid) != nil {
        cuts.append(second.lowerBound)
      }
    }
    return group.split(at: cuts)
  }

  /// Whether blocks without a node on one side of foreign data may be the free ones of the file system on the other: nothing but
  /// their cleanmarkers is there to be shown, and the data between fill no block.
  private mutating func isMostlyErased(
    between first: NodeGroup, _ second: NodeGroup, _ grid: BlockGrid
  ) throws(StorageError) -> Bool {
    guard first.claims.isEmpty || second.claims.isEmpty else { return false }
    let gap = first.range.upperBound..<second.range.lowerBound
    return try firstForeignBlock(gap, grid, moreThan: Int(grid.blockSize / Self.mostWritten)) == nil
  }

  /// The first whole erase block in a range without nodes that is not erased: that has more than so many other bytes.
  private mutating func firstForeignBlock(
    _ gap: Range<UInt64>, _ grid: BlockGrid, moreThan most: Int = mostFlipped
  ) throws(StorageError) -> UInt64? {
    var block = grid.ceiling(gap.lowerBound)
    while block + grid.blockSize <= gap.upperBound {
      if try hasWritten(block..<block + grid.blockSize, moreThan: most) { return block }
      block += grid.blockSize
    }
    return nil
  }

  /// The start of the block that the first node stands in, where the grid is known and the block is free before it.
  private mutating func start(
    _ stretch: NodeGroup, _ grid: BlockGrid, after least: UInt64
  ) throws(StorageError) -> UInt64 {
    let first = stretch.range.lowerBound
    let block = grid.floor(first)
    guard stretch.cleanmarkers.count >= 2, block >= least, try isErased(block..<first) else {
      return first
    }
    return block
  }

  /// The end of the last node's block, and of the erased blocks that follow.
  private mutating func end(
    _ stretch: NodeGroup, _ grid: BlockGrid, before most: UInt64
  ) throws(StorageError) -> UInt64 {
    let rounded = min(most, grid.ceiling(stretch.range.upperBound))
    return try firstForeignBlock(rounded..<most, grid) ?? most
  }
}

extension NodeGroup {
  /// The parts that begin at each of `cuts`, and what is before the first.
  fileprivate func split(at cuts: [UInt64]) -> [NodeGroup] {
    var parts: [NodeGroup] = []
    var extents = extents[...]
    var claims = claims[...]
    var cleanmarkers = cleanmarkers[...]
    for cut in cuts + [.max] {
      var part = NodeGroup(key: key)
      part.extents = Array(extents.prefix { $0.lowerBound < cut })
      part.claims = Array(claims.prefix { $0.offset < cut })
      part.cleanmarkers = Array(cleanmarkers.prefix { $0 < cut })
      part.isCertain = !part.claims.isEmpty || !part.cleanmarkers.isEmpty
      extents = extents.dropFirst(part.extents.count)
      claims = claims.dropFirst(part.claims.count)
      cleanmarkers = cleanmarkers.dropFirst(part.cleanmarkers.count)
      parts.append(part)
    }
    return parts
  }

  fileprivate mutating func join(_ other: NodeGroup) {
    extents += other.extents
    claims += other.claims
    cleanmarkers += other.cleanmarkers
    isCertain = isCertain || other.isCertain
  }
}
