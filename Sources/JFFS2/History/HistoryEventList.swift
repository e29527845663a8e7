internal import Support

/// Determines what happened from the names and versions of a history.
struct HistoryEventList {
  /// The most versions of a file that are compared one by one with the time of a name.
  private static let maximumUnsteadyCount = 1024

  private let history: History
  /// The events of each directory, with the version of the dirent that reports them.
  private var nameEvents: [UInt32: [(version: UInt32, event: HistoryEvent, file: Int?)]] = [:]
  /// The versions that a creation reports, by the first version of their file.
  private var createdFiles: Set<Int> = []
  /// The versions that a path had when its name began, and that this event reports.
  private var firstVersions: Set<ListedVersion> = []
  /// The files by their first version.
  private var fileSequences: [Int: Int] = [:]
  private var sequences: [HistoryEvents.OrderedEvents] = []
  /// The dirents that gave a file or directory its first name.
  private var newFileDirents: Set<Int> = []

  /// A version among those of a path.
  private struct ListedVersion: Hashable {
    let path: Int
    let version: Int
  }

  init(_ history: History) { self.history = history }

  /// All events, oldest first.
  mutating func events() -> HistoryEvents {
    let order = history.intervals.indices.sorted {
      let (left, right) = (history.intervals[$0], history.intervals[$1])
      return (left.ino, fileKey($0), $0) < (right.ino, fileKey($1), $1)
    }
    var files: [ArraySlice<Int>] = []
    for index in order.indices {
      if index > 0, isSameFile(order[index - 1], order[index]) {
        files[files.count - 1] = order[files[files.count - 1].startIndex...index]
      } else {
        files.append(order[index...index])
      }
    }
    let ordered = files.map { history.intervals.ordered(Array($0)) }
    for names in ordered {
      if let first = names.first { newFileDirents.insert(history.intervals[first].firstDirent) }
    }
    for names in ordered { addNames(of: names) }
    for lost in history.lostNames { addLost(lost.dirent, path: lost.path) }
    addVersions()
    addNameSequences()
    return HistoryEvents(sequences, history.versions)
  }

  private func fileKey(_ interval: Int) -> Int { history.files[interval]?.lowerBound ?? -1 }

  private func isSameFile(_ left: Int, _ right: Int) -> Bool {
    history.intervals[left].ino == history.intervals[right].ino && fileKey(left) == fileKey(right)
  }

  /// - Parameter intervals: All names of one file, those that began first in front.
  private mutating func addNames(of intervals: [Int]) {
    let renamed = renames(intervals)
    var isCreated = false
    var earlier: [Int: Int] = [:]
    for interval in intervals {
      let earlier = earlier.updateValue(interval, forKey: history.intervals[interval].path)
      if let old = renamed[interval] {
        addBeginning(interval, .renamed, from: old, earlier: earlier)
      } else {
        addBeginning(interval, isCreated ? .linked : .created, from: nil, earlier: earlier)
        isCreated = true
      }
    }
    let oldNames = Set(renamed.values)
    let deleted = intervals.filter { !oldNames.contains($0) }
    // With its last name the file is gone.
    let last =
      intervals.contains { history.intervals[$0].isCurrent }
      ? nil : deleted.max { history.intervals[$0].end < history.intervals[$1].end }
    for interval in deleted { addDeletion(interval, isOfLastName: interval == last) }
  }

  /// For each new name the old one, which was deleted within two seconds.
  private func renames(_ intervals: [Int]) -> [Int: Int] {
    guard intervals.count > 1 else { return [:] }
    let begun = intervals.dropFirst().sorted {
      (history.intervals[$0].start, $0) < (history.intervals[$1].start, $1)
    }
    let ended = intervals.filter { deletion(of: $0) != nil && history.intervals[$0].end != .max }
      .sorted { (history.intervals[$0].end, $0) < (history.intervals[$1].end, $1) }
    var renames: [Int: Int] = [:]
    var next = 0
    for old in ended {
      let end = history.intervals[old].end
      while next < begun.count, history.intervals[begun[next]].start &+ 2 < end { next += 1 }
      let near = begun[next...].prefix(64).prefix { history.intervals[$0].start <= end &+ 2 }
      let new = near.first {
        renames[$0] == nil && history.intervals[$0].path != history.intervals[old].path
      }
      if let new { renames[new] = old }
    }
    for (old, new) in zip(intervals, intervals.dropFirst())
    where renames[new] == nil && history.intervals[old].isDropped {
      renames[new] = old
    }
    return renames
  }

  /// The node that deleted a name for which no other inode was put.
  private func deletion(of interval: Int) -> Dirent? {
    guard let end = history.intervals[interval].endDirent, history.dirents[end].ino == 0 else {
      return nil
    }
    return history.dirents[end]
  }

  private func isLost(_ interval: Int) -> Bool {
    history.files[interval] == nil && !history.intervals[interval].isDirectory
      && history.table.paths[history.intervals[interval].path].versions.isEmpty
  }

  /// - Parameters:
  ///   - old: The interval of the name that a renamed file had before.
  ///   - earlier: The one before in which the file had this name.
  private mutating func addBeginning(
    _ interval: Int, _ kind: HistoryEvent.Kind, from old: Int?, earlier: Int?
  ) {
    let name = history.intervals[interval]
    var time = name.start == 0 ? nil : name.start
    var event: HistoryEvent?
    let file = history.files[interval]
    if kind == .created, let file {
      let first = history.versions[file.lowerBound]
      if first.isCreation {
        time = min(time ?? first.changeTime, first.changeTime)
        if HistoryNode.distance(time ?? 0, first.changeTime) <= 2 {
          createdFiles.insert(file.lowerBound)
          event = HistoryEvent(
            kind: kind, time: time, path: name.path, ino: name.ino, version: first,
            number: number(of: file.lowerBound, in: name.path))
        }
      }
    }
    if event == nil {
      event = HistoryEvent(
        kind: kind, time: time, path: old.map { history.intervals[$0].path } ?? name.path,
        newPath: old == nil ? nil : name.path, ino: name.ino,
        isDirectory: history.intervals[interval].isDirectory,
        isLost: isLost(interval))
      if kind != .created, let (version, number) = firstVersion(of: interval) {
        event?.version = history.versions[version]
        event?.number = number
        // Under this name the file may have been written before it lost it.
        let time = history.versions[version].changeTime
        if earlier.map({ history.intervals[$0].contains(time: time) }) != true {
          firstVersions.insert(ListedVersion(path: name.path, version: version))
        }
      }
    }
    guard let event else { return }
    add(event, history.dirents[name.firstDirent], file: kind == .created ? file?.lowerBound : nil)
  }

  /// The version that a file had when it got another name, and its number in that path; nil if times cannot decide.
  private func firstVersion(of interval: Int) -> (version: Int, number: Int)? {
    let name = history.intervals[interval]
    guard name.start != 0, let file = history.files[interval] else { return nil }
    // Renaming changes no time of the file.
    guard let next = firstVersion(of: file, after: name.start), next > file.lowerBound,
      let number = number(of: next - 1, in: name.path)
    else { return nil }
    return (next - 1, number)
  }

  /// The first version that was written after a time, or the end of the file's; nil if the clock was set back, so that it cannot decide.
  private func firstVersion(of file: Range<Int>, after time: UInt32) -> Int? {
    func isLater(_ version: Int) -> Bool { history.versions[version].changeTime > time }
    if history.isClockSteady {
      return file.lowerBound + partition(file.count) { isLater(file.lowerBound + $0) }
    }
    // A file may have as many names as versions.
    guard file.count <= Self.maximumUnsteadyCount else { return nil }
    let next = file.first(where: isLater) ?? file.upperBound
    return file[next...].allSatisfy(isLater) ? next : nil
  }

  private mutating func addDeletion(_ interval: Int, isOfLastName: Bool) {
    let name = history.intervals[interval]
    let deletion = deletion(of: interval)
    guard deletion != nil || name.isDropped || isReplacedByNewFile(interval) else { return }
    let file = history.files[interval]
    let last = history.lastVersions[interval] ?? file.map { $0.upperBound - 1 }
    let time = deletion?.changeTime ?? 0
    let event = HistoryEvent(
      kind: .deleted, time: time == 0 ? nil : time, path: name.path, ino: name.ino,
      isDirectory: history.intervals[interval].isDirectory, isLost: isLost(interval),
      version: last.map { history.versions[$0] },
      number: last.flatMap { number(of: $0, in: name.path) })
    add(
      event, deletion ?? history.dirents[name.firstDirent],
      file: isOfLastName ? file?.lowerBound : nil)
  }

  /// Whether the name was given to a file that had no name before: the old file was deleted first.
  private func isReplacedByNewFile(_ interval: Int) -> Bool {
    guard let end = history.intervals[interval].endDirent, history.dirents[end].ino != 0 else {
      return false
    }
    return newFileDirents.contains(end)
  }

  private mutating func addLost(_ index: Int, path: Int) {
    let dirent = history.dirents[index]
    let event = HistoryEvent(
      kind: .deleted, time: dirent.changeTime == 0 ? nil : dirent.changeTime, path: path, ino: nil,
      isLost: true)
    add(event, dirent, file: nil)
  }

  private mutating func add(_ event: HistoryEvent, _ dirent: Dirent, file: Int?) {
    nameEvents[dirent.parentIno, default: []].append((dirent.version, event, file))
  }

  /// The number of a version in a path; of one among many that was not written there, nil.
  private func number(of version: Int, in path: Int) -> Int? {
    if let home = history.homes[version], home.path == path { return Int(home.number) }
    return history.table.paths[path].versions.suffix(64).lastIndex(of: version).map { $0 + 1 }
  }

  /// The paths besides that of its home that list a version, and its number there. A file with several names is written under all of them.
  ///
  /// None for a malicious image, in which many names list many versions.
  private func furtherPaths() -> [Int: [(path: Int, number: Int)]] {
    var further: [Int: [(path: Int, number: Int)]] = [:]
    var rest = 8 * history.versions.count + 65536
    for (path, listed) in history.table.paths.enumerated() {
      for (index, version) in listed.versions.enumerated()
      where history.homes[version]?.path != UInt32(path)
        && !firstVersions.contains(ListedVersion(path: path, version: version))
      {
        rest -= 1
        guard rest > 0 else { return [:] }
        further[version, default: []].append((path, index + 1))
      }
    }
    return further
  }

  private mutating func addVersions() {
    var first = 0
    let versions = history.versions
    let further = furtherPaths()
    while first < versions.count {
      // A file begins where the versions of a generation do.
      var end = first + 1
      while end < versions.count, versions[end].ino == versions[first].ino,
        !versions[end].isFirst
      {
        end += 1
      }
      var writes: [HistoryEvents.VersionWrite] = []
      writes.reserveCapacity(end - first)
      for index in first..<end {
        if index > first || !createdFiles.contains(first), let home = history.homes[index] {
          writes.append(
            HistoryEvents.VersionWrite(
              version: UInt32(index), path: home.path, number: home.number))
        }
        for (path, number) in further[index] ?? [] {
          writes.append(
            HistoryEvents.VersionWrite(
              version: UInt32(index), path: UInt32(path), number: UInt32(number)))
        }
      }
      fileSequences[first] = sequences.count
      sequences.append(HistoryEvents.OrderedEvents(events: .writes(writes)))
      first = end
    }
  }

  private mutating func addNameSequences() {
    var creations: [(ino: UInt32, sequence: Int, event: Int)] = []
    var directories: [UInt32: Int] = [:]
    for directory in nameEvents.keys.sorted() {
      directories[directory] = sequences.count
      let sorted = (nameEvents[directory] ?? []).sorted {
        ($0.version, $0.event.path) < ($1.version, $1.event.path)
      }
      var sequence = HistoryEvents.OrderedEvents(events: .names(sorted.map(\.event)))
      for (index, item) in sorted.enumerated() {
        let file = item.file.flatMap { fileSequences[$0] }
        if item.event.kind == .created, item.event.isDirectory, let ino = item.event.ino {
          creations.append((ino, sequences.count, index))
        }
        guard let file else { continue }
        if item.event.kind == .created {
          sequence.opens[index] = file
          sequences[file].isOpen = false
        } else {
          sequence.closes[index] = file
        }
      }
      sequences.append(sequence)
    }
    for creation in creations {
      guard let opened = directories[creation.ino] else { continue }
      sequences[creation.sequence].opens[creation.event] = opened
      sequences[opened].isOpen = false
    }
  }
}
