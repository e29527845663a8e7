/// Builds a history from the nodes of a log.
struct HistoryBuilder {
  private let volume: Volume
  private let scanned: GenerationList
  private let damagedLiveOffsets: Set<UInt32>
  private(set) var names: NameHistory
  private(set) var versions: [FileVersion] = []
  private(set) var nodes: [DataNode]
  /// As ``VersionListing`` gives them.
  private(set) var homes: [UInt32?] = []
  private(set) var files: [Range<Int>?] = []
  private(set) var lastVersions: [Int?] = []
  private(set) var directoryNodes: [UInt32: DataNode] = [:]
  /// The inodes that were directories, some of them also files at another time.
  private var directoryInos: Set<UInt32> = []

  /// - Parameters:
  ///   - scan: Left without its inode nodes.
  ///   - wanted: As ``History/init(_:of:progress:)`` has it.
  init(_ volume: Volume, _ scan: inout HistoryScan, of wanted: [[[UInt8]]]?) {
    self.volume = volume
    names = NameHistory(volume, scan)
    damagedLiveOffsets = Set(
      scan.nodes.lazy.filter { $0.isLive && !($0.hasValidData && $0.isSupported) }
        .map(\.node.flashOffset))
    scanned = GenerationList(scan.takeNodes(of: wanted.flatMap(names.inodes)))
    nodes = scanned.nodes.map(\.node)
  }

  /// Whether the times of no inode and of no directory's names fall back from one version to the next.
  private(set) var isClockSteady = true

  mutating func build() throws(JFFS2Error) {
    var ranges: [(ino: UInt32, versions: Range<Int>)] = []
    isClockSteady = names.isClockSteady && hasSteadyInodes
    versions.reserveCapacity(nodes.count)
    for (index, generation) in scanned.generations.enumerated() {
      let isLast =
        index + 1 == scanned.generations.count
        || scanned.generations[index + 1].ino != generation.ino
      if let range = try addVersions(of: generation, isNewest: isLast) {
        ranges.append((generation.ino, range))
      }
    }
    for dirent in directories { names.addDirectory(dirent) }
    listVersions(ranges)
  }

  private var hasSteadyInodes: Bool {
    scanned.generations.allSatisfy { generation in
      let nodes = scanned.nodes[generation.nodes]
      return zip(nodes, nodes.dropFirst()).allSatisfy {
        !$0.hasValidData || !$1.hasValidData || $0.changeTime <= $1.changeTime
      }
    }
  }

  /// The inodes that hold names.
  private var directories: [UInt32] {
    var inos: [UInt32] = []
    for dirent in names.dirents where inos.last != dirent.parentIno {
      inos.append(dirent.parentIno)
    }
    return inos
  }

  /// - Returns: nil for a directory, or if no node of it is valid.
  private mutating func addVersions(
    of generation: InodeGeneration, isNewest: Bool
  ) throws(JFFS2Error) -> Range<Int>? {
    let nodes = scanned.nodes[generation.nodes]
    guard let last = nodes.last(where: \.hasValidData) else { return nil }
    if last.node.isDirectory {
      names.addDirectory(generation.ino)
      directoryInos.insert(generation.ino)
      if !volume.pathIndex.isReachable(generation.ino) {
        directoryNodes[generation.ino] = last.node
      }
      return nil
    }
    let first = versions.count
    versions += FileVersionList(nodes).versions
    if isNewest, nodes.contains(where: \.isLive), volume.pathIndex.isReachable(generation.ino) {
      try replaceCurrent(generation)
      for index in first..<versions.count { versions[index].isFileInTree = true }
    }
    return first..<versions.count
  }

  /// Replaces the last version by the state of the file in the tree, which is made of live nodes only.
  private mutating func replaceCurrent(_ generation: InodeGeneration) throws(JFFS2Error) {
    let ino = generation.ino
    let live = volume.nodes(of: ino)
    let all = scanned.nodes[generation.nodes]
    if let last = versions.last, last.isComplete, live.count == all.count,
      all.allSatisfy({ $0.isLive && $0.isIntactRegular })
    {
      versions[versions.count - 1].isCurrent = true
      return
    }
    guard let attributes = try? volume.attributes(of: ino), let last = versions.last,
      let latest = try volume.latestNodeIndex(of: try volume.entry(ino))
    else { return }
    var isComplete = true
    if FileType(mode: attributes.mode) == .regular {
      let tree = try volume.fragmentTree(of: ino)
      isComplete =
        tree.lostGaps.isEmpty
        && !tree.fragments.contains {
          UInt64($0.start) < tree.size
            && damagedLiveOffsets.contains(volume.inodes.nodes[$0.node].flashOffset)
        }
    }
    var range = UInt32(generation.nodes.lowerBound)..<UInt32(generation.nodes.upperBound)
    if live.count != all.count || !all.allSatisfy(\.isLive) {
      range = UInt32(nodes.count)..<UInt32(nodes.count + live.count)
      nodes += live
    }
    versions[versions.count - 1] = FileVersion(
      ino: ino, version: volume.inodes.nodes[latest].version,
      modificationTime: attributes.modificationTime, changeTime: attributes.changeTime,
      size: UInt32(clamping: attributes.size), isComplete: isComplete,
      changesContents: last.changesContents, isFirst: last.isFirst, isCreation: last.isCreation,
      isCurrent: true,
      isFileInTree: true, nodes: range, firstProvenNode: range.lowerBound)
  }

  /// The generations that are separate files: one without its beginning continues from the one before.
  private mutating func files(_ generations: [Range<Int>]) -> [Range<Int>] {
    var files: [Range<Int>] = []
    for generation in generations {
      if let last = files.last, !versions[generation.lowerBound].isCreation {
        versions[generation.lowerBound].isFirst = false
        files[files.count - 1] = last.lowerBound..<generation.upperBound
      } else {
        files.append(generation)
      }
    }
    return files
  }

  /// - Parameter ranges: The versions of each generation, by ascending inode.
  private mutating func listVersions(_ ranges: [(ino: UInt32, versions: Range<Int>)]) {
    let named = names.intervals.indices.sorted {
      (names.intervals[$0].ino, $0) < (names.intervals[$1].ino, $1)
    }
    var inodes: [(ino: UInt32, files: [Range<Int>], names: [Int])] = []
    var (next, first) = (0, 0)
    while first < ranges.count {
      let ino = ranges[first].ino
      var end = first
      while end < ranges.count, ranges[end].ino == ino { end += 1 }
      while next < named.count, names.intervals[named[next]].ino < ino { next += 1 }
      let all = named[next...].prefix { names.intervals[$0].ino == ino }
      let own =
        directoryInos.contains(ino) ? all.filter { !names.intervals[$0].isDirectory } : Array(all)
      let generations = ranges[first..<end].map(\.versions)
      inodes.append((ino, own.isEmpty ? generations : files(generations), own))
      first = end
    }
    var listing = VersionListing(versions, names.intervals, isClockSteady: isClockSteady)
    for inode in inodes {
      if inode.names.isEmpty {
        let path = names.lostPath(of: inode.ino)
        for versions in inode.files { listing.add(versions, path: path) }
      } else {
        listing.add(inode.files, named: inode.names)
      }
    }
    listing.assign(to: &names.table.paths)
    homes = listing.homes
    files = listing.files
    lastVersions = listing.lastVersions
  }
}
