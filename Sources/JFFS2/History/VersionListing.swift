internal import Storage

/// Decides which versions of its files a path shows.
///
/// A version belongs to a name if it was visible while the name stood for the file: it was written then, or was the newest when the name
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
  private var parts: [Part] = []

  init(_ versions: [FileVersion], _ intervals: [NameInterval]) {
    self.versions = versions
    self.intervals = intervals
  }

  /// Adds the versions of an inode.
  ///
  /// - Parameters:
  ///   - generations: The versions of each generation, by ascending age, the newest last; none of them empty.
  ///   - named: The intervals of the inode's names.
  mutating func add(_ generations: [Range<Int>], named: [Int]) {
    var intervalsOf = [[Int]](repeating: [], count: generations.count)
    for interval in named {
      if let index = generation(of: interval, among: generations) {
        intervalsOf[index].append(interval)
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
    let total = visible.reduce(0) { $0 + $1.count }
    // So many only a hostile image has.
    guard total <= 8 * (generation.count + named.count) + 65536 else {
      let chosen = named.last { intervals[$0].isCurrent } ?? named[named.count - 1]
      return add(generation, interval: chosen)
    }
    for (interval, range) in zip(named, visible) where !range.isEmpty {
      add(range, interval: interval)
    }
    var covered = generation.lowerBound
    for range in visible.sorted(by: { $0.lowerBound < $1.lowerBound }) + [
      generation.upperBound..<generation.upperBound
    ] {
      if range.lowerBound > covered {
        for interval in named { add(covered..<range.lowerBound, interval: interval) }
      }
      covered = max(covered, range.upperBound)
    }
  }

  private mutating func add(_ versions: Range<Int>, interval: Int) {
    parts.append(Part(path: intervals[interval].path, interval: interval, versions: versions))
  }

  /// The versions that were visible during each interval; all where the times contradict the order of the versions.
  private func visibleRanges(_ generation: Range<Int>, _ named: [Int]) -> [Range<Int>] {
    let isOrdered = generation.dropFirst().allSatisfy {
      versions[$0 - 1].changeTime <= versions[$0].changeTime
    }
    return named.map { index in
      let interval = intervals[index]
      guard isOrdered, interval.start != 0, interval.start <= interval.end else {
        return generation
      }
      let started = partition(generation.count) {
        versions[generation.lowerBound + $0].changeTime >= interval.start
      }
      let ended = partition(generation.count) {
        versions[generation.lowerBound + $0].changeTime > interval.end
      }
      let first = max(0, started - 1)
      let isLastVisible = interval.isCurrent && ended < generation.count
      let end = isLastVisible ? generation.count : ended
      guard first < end else { return generation.lowerBound..<generation.lowerBound }
      return generation.lowerBound + first..<generation.lowerBound + end
    }
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
