internal import JFFS2

/// What pieces of the work found in one file system.
struct VerificationResults: Sendable {
  var log = LogVerification.Result()
  var failure: JFFS2Error?
  private var counts = VerificationReport.Counts()
  private var faults: [UInt32: [NodeFault]] = [:]
  /// Without their paths.
  private var findings: [Finding] = []

  /// Takes over what another piece found.
  mutating func add(_ other: VerificationResults) {
    log.add(other.log)
    failure = failure ?? other.failure
    counts.inodes += other.counts.inodes
    counts.files += other.counts.files
    counts.chunks += other.counts.chunks
    faults.merge(other.faults, uniquingKeysWith: +)
    findings += other.findings
  }

  /// Checks what an inode shows.
  mutating func check(
    _ ino: UInt32, of volume: Volume, includesContents: Bool, _ progress: Progress?
  ) throws(JFFS2Error) {
    counts.inodes += 1
    do throws(JFFS2Error) {
      let attributes = try volume.attributes(of: ino)
      for datum in try volume.damagedXattrs(of: ino) {
        findings.append(
          Finding(
            .lostXattr, "wrong data CRC", ino: ino,
            flashOffset: volume.range.imageOffset(datum.flashOffset)))
      }
      guard FileType(mode: attributes.mode) == .regular else { return }
      counts.files += 1
      guard includesContents else { return }
      try checkContents(of: ino, nil, of: volume, progress)
    } catch {
      switch error {
      case .unusableInode:
        findings.append(Finding(.lostFile, "nothing usable is left of it", ino: ino))
      case .damaged(let damage):
        findings.append(
          Finding(.lostFile, "\(damage.reason)", ino: ino, flashOffset: damage.flashOffset))
      default: throw error
      }
    }
  }

  /// Expands what shows in a part of a file, or in all of it.
  mutating func checkContents(
    of ino: UInt32, _ part: Range<Int>?, of volume: Volume, _ progress: Progress?
  ) throws(JFFS2Error) {
    let part = if let part { part } else { 0..<(try volume.fragmentCount(of: ino)) }
    counts.chunks += part.count
    let found = try volume.faults(of: ino, in: part) { progress?.advance(UInt64($0)) }
    if !found.isEmpty { faults[ino, default: []] += found }
  }

  /// What all pieces together say.
  func summarised(
    _ fileSystem: OpenedFirmware.FileSystem
  ) throws(JFFS2Error) -> VerificationReport.FileSystem {
    let volume = fileSystem.volume
    var report = VerificationReport.FileSystem(name: fileSystem.name)
    report.counts = counts
    report.counts.nodes = log.nodeCount
    report.counts.obsoleteNodes = log.obsoleteCount
    report.counts.damagedObsoleteNodes = log.damagedObsoleteCount
    var findings = findings
    for (ino, faults) in faults {
      for damage in try volume.damage(of: ino, faults: faults) {
        findings.append(
          Finding(
            .lostRange, "\(damage.reason)", ino: ino, range: damage.range,
            flashOffset: damage.flashOffset))
      }
    }
    let lostInos = Set(findings.filter { $0.kind == .lostFile }.compactMap(\.ino))
    let told = Set(findings.compactMap(\.flashOffset))
    // What a node with good fields lost was found above, if it shows anywhere.
    findings += log.findings.filter { finding in
      finding.flashOffset.map { !told.contains($0) } != false
        && finding.ino.map { !lostInos.contains($0) } != false
    }
    report.findings = Self.withPaths(findings, volume)
    return report
  }

  /// The most paths that a finding gives.
  private static let maximumPathCount = 8
  /// What all paths of a report may take, about: of many that are long the ends are shown.
  private static let pathBudget = 16 << 20
  /// Room for one name at least.
  private static let shortestPathLimit = 255

  /// The findings with paths, in order, and those about names.
  private static func withPaths(_ findings: [Finding], _ volume: Volume) -> [Finding] {
    let (impossible, dangling) = (volume.impossibleNames, volume.danglingNames)
    guard !findings.isEmpty || !impossible.isEmpty || !dangling.isEmpty else { return [] }
    let index = volume.pathIndex
    let findingCount = findings.count + impossible.count + dangling.count
    let share = pathBudget / (findingCount * maximumPathCount)
    let longest = max(shortestPathLimit, min(PathIndex.longestPath, share))
    var known: [UInt32: (paths: [[UInt8]], more: Int)] = [:]
    var findings = findings.map { finding in
      guard let ino = finding.ino else { return finding }
      var finding = finding
      let found = known[ino] ?? index.paths(of: ino, atMost: maximumPathCount, longest: longest)
      known[ino] = found
      (finding.paths, finding.morePathCount) = found
      return finding
    }
    for (names, kind, reason) in [
      (impossible, Finding.Kind.impossibleName, "no directory can show this name"),
      (dangling, .danglingName, "nothing is left of the inode that it names"),
    ] {
      for dirent in names {
        guard let path = index.path(of: dirent, longest: longest) else { continue }
        findings.append(
          Finding(
            kind, reason, ino: dirent.ino, paths: [path],
            flashOffset: volume.range.imageOffset(dirent.flashOffset)))
      }
    }
    return findings.sorted { $0.isOrdered(before: $1) }
  }
}

extension Finding {
  /// Damage before what is normal, then by path, range and flash offset.
  fileprivate func isOrdered(before other: Finding) -> Bool {
    if kind.isDamage != other.kind.isDamage { return kind.isDamage }
    let (path, otherPath) = (paths.first ?? [0xFF], other.paths.first ?? [0xFF])
    if path != otherPath { return path.lexicographicallyPrecedes(otherPath) }
    return (range?.lowerBound ?? 0, flashOffset ?? 0)
      < (other.range?.lowerBound ?? 0, other.flashOffset ?? 0)
  }
}
