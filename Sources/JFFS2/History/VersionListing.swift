internal import Storage
internal import Support

/// Decides which versions of its files a path shows.
///
/// A version belongs to a name if it was visible while the name referred to the file: it was written then, or was the newest when the name
/// began. Where the recorded times cannot decide, it is listed.
struct VersionListing {
  /// A part of the versions of a generation that a path shows, because of one interval.
  private struct Part {
    let path: Int
    let interval: Int
    let versions: Range<Int>
  }

  private let versions: [FileVersion]
  private let intervals: [NameInterval]
  private let isClockSteady: Bool
  private var parts: [Part] = []
  /// For each version the path that the file had when it was written.
  private(set) var homes: [UInt32?]
  private var isHomeProven: [Bool]
  /// How many versions may be listed besides a few for each version and each name.
  private var allowedExcess = 1 << 20
  /// How often a version of one file may be compared with a name of it one by one.
  private static let maximumComparisonCount = 1 << 26
  /// For each interval the versions of the file that it named; none if that is unknown.
  private(set) var files: [Range<Int>?]
  /// For each interval the last version that was visible under its name; nil if none was.
  private(set) var lastVersions: [Int?]

  /// - Parameter isClockSteady: Whether no times fall back anywhere, so that a name can have been given to a file of which no version is left.
  init(_ versions: [FileVersion], _ intervals: [NameInterval], isClockSteady: Bool) {
    self.isClockSteady = isClockSteady
    self.versions = versions
    self.intervals = intervals
    homes = Array(repeating: nil, count: versions.count)
    isHomeProven = Array(repeating: false, count: versions.count)
    files = Array(repeating: nil, count: intervals.count)
    lastVersions = files.map { _ in nil }
  }

  /// Adds the versions of an inode.
  ///
  /// - Parameters:
  ///   - generations: The versions of each generation, by ascending age, the newest last; none of them empty.
  ///   - named: The intervals of the inode's names.
  mutating func add(_ generations: [Range<Int>], named: [Int]) {
    let named = intervals.ordered(named)
    var intervalsOf = [[Int]](repeating: [], count: generations.count)
    for interval in named {
      if let index = generation(of: interval, among: generations) {
        intervalsOf[index].append(interval)
        files[interval] = generations[index]
      } else {
        for index in generations.indices { intervalsOf[index].append(interval) }
      }
    }
    for (index, generation) in generations.enumerated() {
      add(generation, named: intervalsOf[index].isEmpty ? named : intervalsOf[index])
    }
  }

  /// Adds all versions of an inode to one path.
  mutating func add(_ versions: Range<Int>, path: Int) {
    for version in versions { homes[version] = UInt32(path) }
    parts.append(Part(path: path, interval: .max, versions: versions))
  }

  /// The generation that a name was given to; nil if times cannot decide.
  private func generation(of interval: Int, among generations: [Range<Int>]) -> Int? {
    if generations.count == 1 { return 0 }
    if intervals[interval].isCurrent { return generations.count - 1 }
    let start = intervals[interval].start
    guard start != 0 else { return nil }
    let older = generations.indices.filter {
      versions[generations[$0].lowerBound].changeTime <= start &+ 2
    }
    return older.max {
      versions[generations[$0].lowerBound].changeTime
        < versions[generations[$1].lowerBound].changeTime
    }
  }

  private mutating func add(_ generation: Range<Int>, named: [Int]) {
    if named.count == 1 {
      return add(generation, interval: named[0])
    }
    let visible = visibleRanges(generation, named)
    let hidden = hiddenRanges(generation, visible)
    let listedCount =
      visible.reduce(0) { $0 + $1.count } + named.count * hidden.reduce(0) { $0 + $1.count }
    let excess = max(0, listedCount - 8 * (generation.count + named.count))
    // Only a malicious image has this many.
    guard excess <= allowedExcess else {
      let chosen = named.last { intervals[$0].isCurrent } ?? named[named.count - 1]
      return add(generation, interval: chosen)
    }
    allowedExcess -= excess
    for (interval, range) in zip(named, visible) where !range.isEmpty {
      add(range, interval: interval)
    }
    for range in hidden {
      for interval in named { add(range, interval: interval) }
    }
  }

  /// The versions that were visible under no name.
  private func hiddenRanges(_ generation: Range<Int>, _ visible: [Range<Int>]) -> [Range<Int>] {
    var hidden: [Range<Int>] = []
    var covered = generation.lowerBound
    for range in visible.sorted(by: { $0.lowerBound < $1.lowerBound }) + [
      generation.upperBound..<generation.upperBound
    ] {
      if range.lowerBound > covered { hidden.append(covered..<range.lowerBound) }
      covered = max(covered, range.upperBound)
    }
    return hidden
  }

  private mutating func add(_ listed: Range<Int>, interval: Int) {
    let path = intervals[interval].path
    parts.append(Part(path: path, interval: interval, versions: listed))
    lastVersions[interval] = max(lastVersions[interval] ?? 0, listed.upperBound - 1)
    for version in listed where !isHomeProven[version] {
      isHomeProven[version] = intervals[interval].contains(time: versions[version].changeTime)
      if isHomeProven[version] || homes[version] == nil { homes[version] = UInt32(path) }
    }
  }

  /// The versions that were visible during each interval; all where the times contradict the order of the versions.
  private func visibleRanges(_ generation: Range<Int>, _ named: [Int]) -> [Range<Int>] {
    let isOrdered = generation.dropFirst().allSatisfy {
      versions[$0 - 1].changeTime <= versions[$0].changeTime
    }
    // A malicious image has as many names of a file as versions.
    let isAffordable = generation.count * named.count <= Self.maximumComparisonCount
    return named.indices.map { index in
      let interval = intervals[named[index]]
      var intervalEnd = interval.end
      if interval.isDropped, index + 1 < named.count {
        // Renamed, most likely.
        intervalEnd = intervals[named[index + 1]].start
      }
      guard interval.start != 0, interval.start <= intervalEnd else { return generation }
      let time = interval.start...intervalEnd
      if isOrdered, interval.isClockSteady {
        let visible = visibleRange(ordered: generation, time, isCurrent: interval.isCurrent)
        if !visible.isEmpty || isClockSteady { return visible }
      }
      return isAffordable ? visibleRange(generation, time) : generation
    }
  }

  /// The versions that were visible during a time, where their times ascend.
  private func visibleRange(
    ordered generation: Range<Int>, _ time: ClosedRange<UInt32>, isCurrent: Bool
  ) -> Range<Int> {
    let started = partition(generation.count) {
      versions[generation.lowerBound + $0].changeTime >= time.lowerBound
    }
    let ended = partition(generation.count) {
      versions[generation.lowerBound + $0].changeTime > time.upperBound
    }
    let first = max(0, started - 1)
    let end = isCurrent && ended < generation.count ? generation.count : ended
    return generation.lowerBound + first..<generation.lowerBound + max(first, end)
  }

  /// The versions that were visible under a name of two seconds, such as that of a temporary file, where times fall back; all under a
  /// name that lasted longer.
  private func visibleRange(
    _ generation: Range<Int>, _ time: ClosedRange<UInt32>
  ) -> Range<Int> {
    let isShort = time.upperBound - time.lowerBound <= 2
    func isWritten(_ version: Int) -> Bool { time.contains(versions[version].changeTime) }
    guard isShort, let first = generation.first(where: isWritten),
      let last = generation.last(where: isWritten)
    else { return generation }
    return first..<last + 1
  }

  /// Gives each path its versions in order, each once.
  mutating func assign(to paths: inout [HistoryPath]) {
    parts.sort {
      ($0.path, $0.interval, $0.versions.lowerBound) < (
        $1.path, $1.interval, $1.versions.lowerBound
      )
    }
    var first = 0
    while first < parts.count {
      let path = parts[first].path
      var end = first
      while end < parts.count, parts[end].path == path { end += 1 }
      paths[path].versions = ordered(parts[first..<end], isInTree: paths[path].isInTree)
      first = end
    }
  }

  private func ordered(_ parts: ArraySlice<Part>, isInTree: Bool) -> [Int] {
    if parts.count == 1 { return Array(parts[parts.startIndex].versions) }
    var seen: Set<Int> = []
    var newestFirst: [Int] = []
    for part in parts.reversed() {
      for version in part.versions.reversed() where seen.insert(version).inserted {
        newestFirst.append(version)
      }
    }
    let ordered = Array(newestFirst.reversed())
    guard isInTree, let current = ordered.lastIndex(where: { versions[$0].isCurrent }) else {
      return ordered
    }
    return ordered[..<current] + ordered[(current + 1)...] + [ordered[current]]
  }
}
