internal import Storage
internal import Support

/// A period during which a name referred to one inode.
struct NameInterval: Sendable {
  /// In the table of paths.
  let path: Int
  let ino: UInt32
  /// The directory that the name is in, and the version of the first dirent in it.
  let parentIno: UInt32
  let version: UInt32
  /// The dirents that began and ended it, among ``NameHistory/dirents``; no end for a name that was neither deleted nor replaced.
  let firstDirent: Int
  var endDirent: Int?
  /// Whether the name was given to a directory.
  let isDirectory: Bool
  /// When it began, in seconds since 1970; 0 if unknown.
  let start: UInt32
  /// When it ended; the maximum if unknown.
  var end = UInt32.max
  /// Whether the tree has the name for the inode now.
  var isCurrent = false
  /// Whether the times of no dirent in the directory fell back while the name referred to the inode, and its first
  /// time is not before an earlier one.
  var isClockSteady = true
  /// Whether the flash marks the name as obsolete, and no newer node reports why: on NOR flash a deletion leaves no other trace.
  var isDropped = false
}

extension NameInterval {
  /// Whether the name referred to the inode at a time, in seconds since 1970.
  func contains(time: UInt32) -> Bool { (start...Swift.max(start, end)).contains(time) }
}

extension [NameInterval] {
  /// The intervals of one file by their beginnings: in one directory versions decide, else times.
  func ordered(_ indices: [Int]) -> [Int] {
    guard let first = indices.first, indices.count > 1 else { return indices }
    let isOneDirectory = indices.allSatisfy { self[$0].parentIno == self[first].parentIno }
    return indices.sorted {
      let (left, right) = (self[$0], self[$1])
      let times = isOneDirectory ? (0, 0) : (left.start, right.start)
      return (times.0, left.version, $0) < (times.1, right.version, $1)
    }
  }
}

/// The history of names in directory entries: which inode each name referred to, and when.
struct NameHistory {
  private let volume: Volume
  private let pathIndex: PathIndex
  private let obsoleteDirents: Set<UInt32>
  /// Ordered by directory, name and version.
  let dirents: [Dirent]
  let names: [UInt8]
  /// The dirents that lead to an inode, ordered by it.
  private let namesOfInodes: [Int]
  var table = HistoryPathTable()
  private(set) var intervals: [NameInterval] = []
  /// Whether the times of no directory's dirents fall back from one version to the next.
  private(set) var isClockSteady = true
  /// The deletions of names of which nothing else is left, with their paths.
  private(set) var lostNames: [(dirent: Int, path: Int)] = []
  private var directories: [UInt32: Int] = [Volume.rootIno: HistoryPathTable.root]

  init(_ volume: Volume, _ scan: HistoryScan) {
    self.volume = volume
    pathIndex = volume.pathIndex
    names = scan.names
    obsoleteDirents = scan.obsoleteDirents
    dirents = scan.dirents.sorted { [names] in DirectoryTable.isOrdered($0, $1, names.span) }
    namesOfInodes = dirents.indices.filter { [dirents] in
      dirents[$0].ino != 0 && dirents[$0].ino != Volume.rootIno
    }.sorted { [dirents] in (dirents[$0].ino, $0) < (dirents[$1].ino, $1) }
    addIntervals()
    checkClock()
  }

  /// Marks the intervals that began while times were earlier than before in the directory, and those in which they fall back.
  private mutating func checkClock() {
    let order = dirents.indices.sorted { [dirents] in
      (dirents[$0].parentIno, dirents[$0].version, $0)
        < (dirents[$1].parentIno, dirents[$1].version, $1)
    }
    // For each dirent how often times fell back in its directory up to it, and whether they have not caught up since.
    var counts = [Int](repeating: 0, count: dirents.count)
    var isEarlier = [Bool](repeating: false, count: dirents.count)
    var last: [UInt32: Int] = [:]
    var (count, newest, highest): (Int, UInt32, UInt32) = (0, 0, 0)
    for (position, index) in order.enumerated() {
      if position > 0, dirents[order[position - 1]].parentIno != dirents[index].parentIno {
        (newest, highest) = (0, 0)
      }
      let time = dirents[index].changeTime
      if time != 0 {
        if time < newest { count += 1 }
        (newest, highest) = (time, max(highest, time))
        isEarlier[index] = time < highest
      }
      counts[index] = count
      last[dirents[index].parentIno] = count
    }
    isClockSteady = count == 0
    for index in intervals.indices {
      let interval = intervals[index]
      let end = interval.endDirent.map { counts[$0] } ?? last[interval.parentIno]
      intervals[index].isClockSteady =
        counts[interval.firstDirent] == end && !isEarlier[interval.firstDirent]
    }
  }

  /// Records that an inode is a directory, and makes its path.
  mutating func addDirectory(_ ino: UInt32) { table.paths[directory(of: ino)].directory = ino }

  /// The path of an inode without a name.
  mutating func lostPath(of ino: UInt32) -> Int { table.lostPath(of: ino) }

  /// The inodes that paths referred to; nil if one of the paths is unknown, or in the directory of what has no name.
  func inodes(of paths: [[[UInt8]]]) -> Set<UInt32>? {
    var indices: Set<Int> = []
    for names in paths {
      guard names.first != HistoryPathTable.lostAndFound, let index = table.index(of: names) else {
        return nil
      }
      indices.insert(index)
    }
    return Set(intervals.lazy.filter { indices.contains($0.path) }.map(\.ino))
  }

  /// The bytes of a dirent's name.
  func name(_ dirent: Dirent) -> [UInt8] {
    let start = Int(dirent.nameOffset)
    return Array(names[start..<start + Int(dirent.nameLength)])
  }

  private mutating func addIntervals() {
    var first = 0
    while first < dirents.count {
      var end = first + 1
      while end < dirents.count,
        DirectoryTable.haveSameName(dirents[first], dirents[end], names.span)
      {
        end += 1
      }
      addIntervals(of: first..<end)
      first = end
    }
  }

  /// - Parameter group: The dirents of one name in one directory, by ascending version.
  private mutating func addIntervals(of group: Range<Int>) {
    let dirent = dirents[group.lowerBound]
    let name = name(dirent)
    let path = table.path(of: name, in: directory(of: dirent.parentIno))
    if dirent.ino == 0 { lostNames.append((group.lowerBound, path)) }
    var open: NameInterval?
    for index in group where dirents[index].ino != open?.ino ?? 0 {
      if var ended = open {
        ended.endDirent = index
        if dirents[index].changeTime != 0 { ended.end = dirents[index].changeTime }
        intervals.append(ended)
      }
      let ino = dirents[index].ino
      open =
        ino == 0 || ino == Volume.rootIno
        ? nil
        : NameInterval(
          path: path, ino: ino, parentIno: dirent.parentIno, version: dirents[index].version,
          firstDirent: index, isDirectory: dirents[index].type == Dirent.directoryType,
          start: dirents[index].changeTime)
    }
    let current = currentInode(name, in: dirent.parentIno)
    if current != nil { table.paths[path].isInTree = true }
    guard var last = open else { return }
    last.isCurrent = current == last.ino
    last.isDropped =
      !last.isCurrent
      && group.suffix(from: last.firstDirent).allSatisfy {
        obsoleteDirents.contains(dirents[$0].flashOffset)
      }
    intervals.append(last)
  }

  private func currentInode(_ name: [UInt8], in directory: UInt32) -> UInt32? {
    guard pathIndex.isReachable(directory) else { return nil }
    return try? volume.lookup(name.span, in: directory)
  }

  /// The path of a directory: where the tree has it, or by its own last name.
  private mutating func directory(of ino: UInt32) -> Int {
    var inner: [(ino: UInt32, name: [UInt8])] = []
    var visited: Set<UInt32> = []
    var next = ino
    var path: Int
    while true {
      if let known = directories[next] {
        path = known
        break
      }
      guard visited.insert(next).inserted, let dirent = lastName(of: next) else {
        path = table.lostPath(of: next)
        directories[next] = path
        break
      }
      inner.append((next, dirent.name))
      next = dirent.parent
    }
    for (ino, name) in inner.reversed() where directories[ino] == nil {
      path = table.path(of: name, in: path)
      directories[ino] = path
    }
    return directories[ino] ?? path
  }

  private func lastName(of ino: UInt32) -> (parent: UInt32, name: [UInt8])? {
    if let dirent = pathIndex.parentDirent(of: ino) {
      return (dirent.parentIno, volume.name(of: dirent))
    }
    let first = partition(namesOfInodes.count) { dirents[namesOfInodes[$0]].ino >= ino }
    let names = namesOfInodes[first...].lazy.map { dirents[$0] }.prefix { $0.ino == ino }
      .filter { $0.parentIno != ino }
    // In one directory versions decide, else times.
    var newest: [UInt32: Dirent] = [:]
    for name in names where newest[name.parentIno].map({ $0.version < name.version }) != false {
      newest[name.parentIno] = name
    }
    let last = newest.values.max {
      ($0.changeTime, $0.version, $0.flashOffset) < ($1.changeTime, $1.version, $1.flashOffset)
    }
    return last.map { ($0.parentIno, name($0)) }
  }
}
